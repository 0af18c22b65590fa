//! Recordings on which fits went wrong, each of a kind: what is right for them. The cells are simulated, so the right value
//! is known.

mod shared;

use serde_json::Value;
use shared::shared;
use std::path::Path;
use std::process::{Command, Output};

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/recorded-cell.yaml");

fn brain_fit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brain-fit")).args(args).output().unwrap()
}

/// A fit of some sweeps of a recording, tested on others.
fn fit(name: &str, [fitted, tested]: [&str; 2], out: &Path, more: &[&str]) -> Output {
    let data = shared(&format!("faults/recordings/{name}.csv"));
    let mut line = vec!["run", CONFIG, "--data", data.to_str().unwrap(), "--fit-sweeps", fitted];
    if !tested.is_empty() {
        line.extend(["--test-sweeps", tested]);
    }
    line.extend(["--out", out.to_str().unwrap()]);
    line.extend(more);
    brain_fit(&line)
}

fn metrics(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("metrics.json")).unwrap()).unwrap()
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} of {value}"))
}

/// The largest errors of the spikes of all sweeps: count, first spike in ms, interval as a fraction.
fn errors(metrics: &Value) -> (f64, f64, f64) {
    let sweeps = metrics["sweeps"].as_array().unwrap();
    let largest = |of: &dyn Fn(&Value) -> f64| sweeps.iter().map(|s| of(s).abs()).fold(0.0, f64::max);
    (
        largest(&|s| number(s, "/spikes_model") - number(s, "/spikes_data")),
        largest(&|s| number(s, "/first_spike_error_ms")),
        largest(&|s| number(s, "/mean_isi_error")),
    )
}

fn succeeded(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn ten_sweeps_are_drawn_on_two_pages_and_the_next_run_removes_them() {
    let dir = tempfile::tempdir().unwrap();
    succeeded(&fit("tensweeps", ["8,9", "0,1,2,3,4,5,6,7"], dir.path(), &[]));
    assert_eq!(metrics(dir.path())["sweeps"].as_array().unwrap().len(), 10);
    for file in ["fit.png", "fit-2.png", "fit-2.svg", "fit-2.csv", "traces-0.csv", "spikes.csv", "model.safetensors"] {
        assert!(dir.path().join(file).exists(), "{file}");
    }
    std::fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    succeeded(&fit("tensweeps", ["8,9", "7"], dir.path(), &[]));
    for file in ["fit-2.png", "fit-2.svg", "fit-2.csv", "traces-0.csv"] {
        assert!(!dir.path().join(file).exists(), "{file}");
    }
    assert!(dir.path().join("notes.txt").exists() && dir.path().join("traces-7.csv").exists());
    for file in metrics(dir.path())["files"].as_array().unwrap() {
        assert!(dir.path().join(file.as_str().unwrap()).exists(), "{file} is listed");
    }
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn an_early_step_is_fitted_like_a_late_one() {
    let dir = tempfile::tempdir().unwrap();
    let text = succeeded(&fit("onset", ["1,2", "3"], dir.path(), &[]));
    assert!(!text.contains("fluctuates"), "{text}");
    let metrics = metrics(dir.path());
    assert_eq!(metrics["loss_unit"], "1", "spike times were fitted");
    let (count, first, interval) = errors(&metrics);
    assert!(count == 0.0 && first < 0.4 && interval < 0.01, "{count} {first} {interval}");
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn a_spike_before_the_stimulus_moves_no_latency() {
    let dir = tempfile::tempdir().unwrap();
    succeeded(&fit("stray", ["1,2", "3"], dir.path(), &[]));
    let metrics = metrics(dir.path());
    let sweep = |k: usize| &metrics["sweeps"][k];
    // The stray spike delays the first answer of its own sweep by 2.25 ms: it is given to the free run.
    let first = |k: usize| number(sweep(k), "/first_spike_error_ms").abs();
    assert!(first(0) < 0.6 && first(1) < 0.6 && first(2) < 0.6, "{metrics}");
    assert_eq!(sweep(0)["spikes_model"], sweep(0)["spikes_data"]);
    assert_eq!(sweep(2)["spikes_model"], sweep(2)["spikes_data"]);
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn what_is_no_membrane_is_refused_by_sweep_and_sample() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (name, sweeps, words) in [
        ("inverted", ["1,2", "3"], &["sweep 1", "sweep 2", "sweep 3", "sign", "--allow"][..]),
        ("units-nA-as-pA", ["1", "2"], &["sweep 1", "GOhm", "`unit: nA`", "--allow"]),
        ("units-x1000", ["1", "2"], &["sweep 1", "kOhm", "`unit: fA`", "--allow"]),
        ("zeropad", ["1,2", "3"], &["sweep 2", "samples 1200 to 1799", "exactly 0", "--allow"]),
        ("plateau", ["1,2", "3"], &["sweep 1", "sweep 2", "samples 1651 to 1799", "spike level", "--allow"]),
    ] {
        let output = fit(name, sweeps, &out, &[]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "{name}: {words:?} not in {text}");
        assert!(!out.exists(), "{name}");
        // The same words in a list of sweeps, which is no fit and refuses nothing.
        let data = shared(&format!("faults/recordings/{name}.csv"));
        let listed = succeeded(&brain_fit(&["inspect", data.to_str().unwrap()]));
        assert!(listed.contains("doubtful: sweep") && listed.contains(words[words.len() - 2]), "{name}: {listed}");
    }
    let data = shared("faults/recordings/zeropad.csv");
    assert!(!succeeded(&brain_fit(&["inspect", data.to_str().unwrap()])).contains("sweep 1:"), "one sweep is padded");
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn a_fit_that_fails_says_so_and_writes_all() {
    let dir = tempfile::tempdir().unwrap();
    let output = fit("inverted", ["1,2", "3"], dir.path(), &["--allow"]);
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(text.contains("Allowed, sweep 1: the voltage falls") && error.contains("the fit failed"), "{text}{error}");
    assert!(!text.contains("not even that"), "{text}");
    let metrics = metrics(dir.path());
    assert_eq!(metrics["status"], "failed");
    assert!(metrics["reason"].as_str().unwrap().contains("sweep") && metrics["advice"].as_str().is_some());
    for file in metrics["files"].as_array().unwrap() {
        assert!(dir.path().join(file.as_str().unwrap()).exists(), "{file}");
    }
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn noise_is_judged_by_coincidence() {
    let dir = tempfile::tempdir().unwrap();
    let text = succeeded(&fit("noisejudged", ["1", "2"], dir.path(), &[]));
    let metrics = metrics(dir.path());
    let unseen = &metrics["sweeps"][1];
    assert!(number(unseen, "/coincidence") > 0.6, "{unseen}");
    assert_eq!(unseen["coincidence"], unseen["gamma_factor"]);
    assert!(text.contains("coincidence 0.") && text.contains("unseen sweep 2 the prediction is within"), "{text}");
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn small_spikes_have_a_level_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let text = succeeded(&fit("smallspikes", ["1,2", "3"], dir.path(), &[]));
    assert!(text.contains("spike_level") && text.contains("peak at -20 mV"), "{text}");
    let metrics = metrics(dir.path());
    assert!((-45.0..-20.0).contains(&number(&metrics, "/spike_level_mv")));
    assert_eq!(metrics["sweeps"][1]["spikes_data"], 12);
    let (count, first, interval) = errors(&metrics);
    assert!(count == 0.0 && first < 0.4 && interval < 0.01, "{count} {first} {interval}");
}

#[test]
#[ignore = "40 s: two fits of a conductance-based model"]
fn windows_of_conductance_based_models_begin_at_the_onset() {
    for (name, fitted, unseen) in [("hh-10kHz", 5, 3), ("hh-4kHz", 8, 4)] {
        let dir = tempfile::tempdir().unwrap();
        succeeded(&fit(name, ["1", "2"], dir.path(), &["--set", "model=hh-pospischil"]));
        let metrics = metrics(dir.path());
        assert_eq!(metrics["sweeps"][0]["spikes_model"], fitted, "{name}");
        assert_eq!(metrics["sweeps"][1]["spikes_model"], unseen, "{name}");
        assert!(metrics["sweeps"][0]["peak_error_mv"].is_number(), "{name}");
    }
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn a_current_alone_is_predicted_in_its_own_layout() {
    let dir = tempfile::tempdir().unwrap();
    let data = shared("faults/recordings/onset.csv");
    let renamed =
        std::fs::read_to_string(&data).unwrap().replace("time_ms,current_pa,voltage_mv", "zeit,strom,spannung");
    let cell = dir.path().join("cell.csv");
    std::fs::write(&cell, renamed).unwrap();
    let columns = [
        "data.declared.columns.time={name: zeit, unit: ms}",
        "data.declared.columns.current={name: strom, unit: pA}",
        "data.declared.columns.voltage={name: spannung, unit: mV}",
    ];
    let sets: Vec<&str> = columns.iter().flat_map(|set| ["--set", *set]).collect();
    let cell = cell.to_str().unwrap();
    assert_eq!(brain_fit(&["inspect", cell]).status.code(), Some(2), "nobody said which column is what");
    assert!(succeeded(&brain_fit(&[&["inspect", cell], &sets[..]].concat())).contains("current clamp"));
    let out = dir.path().join("out");
    let line =
        ["run", CONFIG, "--data", cell, "--fit-sweeps", "1,2", "--test-sweeps", "3", "--out", out.to_str().unwrap()];
    succeeded(&brain_fit(&[&line[..], &sets].concat()));
    let config = out.join("config.yaml");
    succeeded(&brain_fit(&["inspect", cell, "--config", config.to_str().unwrap()]));

    let (model, to) = (out.join("model.safetensors"), dir.path().join("predicted"));
    let predict = |file: &str, more: &[&str]| {
        let line = ["predict", model.to_str().unwrap(), "--data", file, "--out", to.to_str().unwrap()];
        brain_fit(&[&line[..], more].concat())
    };
    let current = shared("faults/recordings/predict-current.csv");
    succeeded(&predict(current.to_str().unwrap(), &[]));
    assert!(metrics(&to)["sweeps"][0]["spikes_data"].is_null());
    succeeded(&predict(cell, &["--sweeps", "3"]));
    assert_eq!(metrics(&to)["sweeps"][0]["spikes_data"], 10, "the layout of the fit is still read");
    assert!(!to.join("traces-predict-current.csv").exists(), "the prediction before left its traces");
    // Another layout than both is declared for the prediction alone.
    let other = shared("faults/recordings/predict-si-current.csv");
    let declared = [
        "--set",
        "data.declared.columns.time={name: t, unit: s}",
        "--set",
        "data.declared.columns.current={name: I, unit: A}",
    ];
    succeeded(&predict(other.to_str().unwrap(), &declared));
}

/// A value and its standard error.
fn fitted(metrics: &Value, name: &str) -> (f64, f64) {
    let at = |key: &str| number(metrics, &format!("/params/{name}/{key}"));
    (at("value"), at("std_error"))
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn clean_data_outweigh_priors() {
    for (name, truth) in [("tau-tau5", 5.0), ("tau-tau50", 50.0)] {
        let dir = tempfile::tempdir().unwrap();
        fit(name, ["1,2,3", ""], dir.path(), &[]);
        let metrics = metrics(dir.path());
        let tau = number(&metrics, "/params/c_m/value") / number(&metrics, "/params/g_L/value");
        assert!((tau / truth - 1.0).abs() < 0.01, "{name}: {tau}");
        for name in ["c_m", "g_L", "E_L"] {
            assert!(number(&metrics, &format!("/params/{name}/prior_shift")).abs() < 0.5, "{name}: {metrics}");
        }
    }
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn the_reset_is_found() {
    for name in ["stray-control", "onset-control", "smallspikes"] {
        let dir = tempfile::tempdir().unwrap();
        succeeded(&fit(name, ["1,2,3", ""], dir.path(), &[]));
        let metrics = metrics(dir.path());
        let ((reset, error), (t_ref, _)) = (fitted(&metrics, "V_reset"), fitted(&metrics, "t_ref"));
        assert!((reset + 58.0).abs() < 0.1 && error < 0.1, "{name}: {reset} +- {error}");
        assert!((t_ref - 4.0).abs() < 0.26, "{name}: {t_ref}");
    }
}

#[test]
#[cfg_attr(not(shared_data), ignore = "needs faults in ../shared/data or BRAIN_DATA")]
fn profiles_agree_with_errors_where_these_hold() {
    let dir = tempfile::tempdir().unwrap();
    fit("tau-tau5", ["1,2,3", ""], dir.path(), &["--profile"]);
    let metrics = metrics(dir.path());
    for name in ["c_m", "g_L", "E_L"] {
        let ends = |key: &str| [0, 1].map(|end| number(&metrics, &format!("/{key}/{end}")));
        let (profile, interval) = (ends(&format!("profiles/{name}")), ends(&format!("params/{name}/interval_95")));
        let width = interval[1] - interval[0];
        for end in 0..2 {
            assert!((profile[end] - interval[end]).abs() < 0.1 * width, "{name}: {profile:?} {interval:?}");
        }
    }
    let table = std::fs::read_to_string(dir.path().join("profiles.csv")).unwrap();
    assert!(table.lines().filter(|line| line.starts_with("g_L,")).count() > 8, "{table}");
    // There is no spike, so that nothing tells of what spikes do.
    let notes = metrics["notes"].to_string();
    assert!(notes.contains("do not determine") && notes.contains("a_1") && notes.contains("V_reset"), "{notes}");
}
