//! Whether a fit's `metrics.json` predicts the sweeps it never saw well enough: `check-fit FILE`.
//!
//! Demanded of every test sweep: spike count within 10 %, first spike within 8 ms, mean interval within 15 %, and at
//! most 2 mV between the spikes.

use anyhow::{Context, bail};
use serde_json::Value;
use std::process::exit;

fn main() -> anyhow::Result<()> {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: check-fit METRICS.JSON");
        exit(2);
    };
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    let metrics: Value = serde_json::from_str(&text).with_context(|| format!("{file} is not JSON"))?;
    let complaints = complaints(&metrics).with_context(|| file.clone())?;
    if complaints.is_empty() {
        println!("{file}: good enough");
        return Ok(());
    }
    bail!("{file}: {}", complaints.join("; "))
}

fn complaints(metrics: &Value) -> anyhow::Result<Vec<String>> {
    let sweeps = metrics["sweeps"].as_array().context("no list of sweeps")?;
    let tests: Vec<&Value> = sweeps.iter().filter(|s| s["role"] == "test").collect();
    if tests.is_empty() {
        bail!("no test sweep");
    }
    let mut complaints = vec![];
    for sweep in tests {
        let number = |key: &str| sweep[key].as_f64().with_context(|| format!("sweep {}: no {key}", sweep["id"]));
        let (data, model) = (number("spikes_data")?, number("spikes_model")?);
        let checks = [
            ("spike count off by (fraction)", (model - data) / data.max(1.0), 0.10),
            ("first_spike_error_ms", number("first_spike_error_ms")?, 8.0),
            ("mean_isi_error", number("mean_isi_error")?, 0.15),
            ("rmse_forced_mv", number("rmse_forced_mv")?, 2.0),
        ];
        let bad = checks.iter().filter(|(_, value, most)| value.abs() > *most);
        complaints
            .extend(bad.map(|(what, value, most)| format!("sweep {}: {what} {value:.3}, allowed {most}", sweep["id"])));
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_hold_on_test_sweeps_only() {
        let sweep = |role: &str, spikes: u32, isi: f64| {
            json!({"id": 183, "role": role, "spikes_data": 20, "spikes_model": spikes, "first_spike_error_ms": -7.9,
                   "mean_isi_error": isi, "rmse_forced_mv": 1.9})
        };
        let of = |sweeps: Vec<Value>| complaints(&json!({ "sweeps": sweeps }));
        assert!(of(vec![sweep("test", 22, -0.149), sweep("fit", 90, 9.0)]).unwrap().is_empty());
        assert_eq!(of(vec![sweep("test", 23, -0.151)]).unwrap().len(), 2);
        assert!(of(vec![sweep("fit", 20, 0.0)]).is_err(), "nothing was tested");
        let mut silent = sweep("test", 0, 0.0);
        silent["mean_isi_error"] = Value::Null;
        assert!(of(vec![silent]).is_err(), "what has no value is not good");
    }
}
