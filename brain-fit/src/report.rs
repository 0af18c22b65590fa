//! The output folder of a fit: `metrics.json`, traces, spikes, the figure, and the checkpoint.

use crate::fit::{Fitted, Outcome};
use crate::predict::Predicted;
use crate::protocol::StimulusWindow;
use crate::recording::Sweep;
use crate::score::{Role, SweepScore};
use brain_core::checkpoint::{Array, Checkpoint, CheckpointError, FieldInfo, Meta, ModelInfo};
use brain_core::output::{Output, OutputError};
use brain_plot::{self as plot, PlotError};
use kernels::Cell;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use thiserror::Error;

/// Name of the fitted neuron in its checkpoint.
pub const POPULATION: &str = "neuron";
/// The checkpoint's file.
pub const CHECKPOINT: &str = "model.safetensors";
/// A model's spike is drawn up to this potential, mV, where there is no recorded one.
const PEAK: f64 = 20.0;

/// What stops a report.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The checkpoint cannot be written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The figure cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The metrics cannot be written as JSON.
    #[error("metrics.json: {0}")]
    Json(#[from] serde_json::Error),
}

/// The contents of `metrics.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Metrics {
    /// Name of the model.
    pub model: String,
    /// Name of the strategy that fitted it.
    pub strategy: String,
    /// Device it was fitted on.
    pub device: String,
    /// Precision it was fitted in.
    pub dtype: String,
    /// Seed of the random starts.
    pub seed: u64,
    /// Duration of the fit and the predictions, s.
    pub seconds: f64,
    /// Final loss.
    pub loss: f64,
    /// Unit of the loss.
    pub loss_unit: String,
    /// Number of parameter sets that were simulated.
    pub evaluations: u64,
    /// Number of those that were simulated with derivatives.
    pub gradient_evaluations: u64,
    /// Gives the parameters by name.
    pub params: BTreeMap<String, ParamReport>,
    /// Pairs of parameters that stand in for each other, with their correlation.
    pub correlated: Vec<(String, String, f64)>,
    /// Remarks that a reader should know.
    pub notes: Vec<String>,
    /// Scores of every sweep.
    pub sweeps: Vec<SweepScore>,
}

/// One parameter in `metrics.json`.
#[derive(Clone, Debug, Serialize)]
pub struct ParamReport {
    /// Value.
    pub value: f64,
    /// Unit.
    pub unit: String,
    /// Standard error, where the data determine it.
    pub std_error: Option<f64>,
    /// Bounds.
    pub bounds: (f64, f64),
    /// It is true where the data determine the parameter to better than half of its value.
    pub identifiable: bool,
}

/// Parameters by name.
pub fn params(fitted: &[Fitted]) -> BTreeMap<String, ParamReport> {
    let param = |f: &Fitted| ParamReport {
        value: f.value,
        unit: f.unit.clone(),
        std_error: f.std_error,
        bounds: f.bounds,
        identifiable: f.identifiable,
    };
    fitted.iter().map(|f| (f.name.clone(), param(f))).collect()
}

/// Makes a checkpoint of the fitted neuron.
pub fn checkpoint(cell: &Cell, meta: &Meta, outcome: &Outcome) -> Checkpoint {
    let mut checkpoint = Checkpoint::default();
    checkpoint.meta = meta.clone();
    let mut fields: Vec<FieldInfo> = cell.param.iter().map(FieldInfo::from).collect();
    for (field, p) in fields.iter_mut().zip(&outcome.params) {
        (field.low, field.high) = (Some(p.bounds.0), Some(p.bounds.1));
        checkpoint.insert(format!("param/{POPULATION}/{}", p.name), Array::one(p.value));
    }
    checkpoint.meta.models = vec![ModelInfo {
        population: POPULATION.into(),
        model: cell.name.into(),
        doi: cell.source.into(),
        params: fields,
        states: cell.state.iter().map(FieldInfo::from).collect(),
    }];
    checkpoint
}

/// Writes `traces-<sweep>.csv`, `spikes.csv` and the figure.
pub fn traces(output: &Output, title: &str, zoom_ms: f64, sweeps: &[(&Sweep, Predicted)]) -> Result<(), ReportError> {
    for (sweep, p) in sweeps {
        output.csv(&format!("traces-{}.csv", sweep.file_name()), |table| {
            table.write_record(["time_ms", "current_pa", "v_data_mv", "v_model_mv"])?;
            for (k, (i, v)) in sweep.current_pa.iter().zip(&p.free_mv).enumerate() {
                let data = sweep.voltage_mv.as_ref().map_or(String::new(), |v| format!("{:.4}", v[k]));
                let time = format!("{:.4}", k as f64 * sweep.dt_ms);
                table.write_record([time, format!("{i:.4}"), data, format!("{v:.4}")])?;
            }
            Ok(())
        })?;
    }
    output.csv("spikes.csv", |table| {
        table.write_record(["sweep", "source", "time_ms"])?;
        for (sweep, p) in sweeps {
            for (source, times) in [("data", &p.data_ms), ("model", &p.spikes_ms)] {
                times.iter().try_for_each(|t| table.write_record([&sweep.id, source, &format!("{t:.4}")]))?;
            }
        }
        Ok(())
    })?;
    figure(output, title, zoom_ms, sweeps)
}

/// Gives the potential of a model without spike shapes, with its spikes drawn up to the height of the recorded ones.
fn drawn(sweep: &Sweep, p: &Predicted) -> Vec<f64> {
    let mut v = p.free_mv.clone();
    let recorded = sweep.voltage_mv.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let peak = if recorded > 0.0 { recorded } else { PEAK };
    for t in &p.spikes_ms {
        let k = (t / sweep.dt_ms) as usize;
        if let Some(v) = v.get_mut(k) {
            *v = v.max(peak);
        }
    }
    v
}

fn figure(output: &Output, title: &str, zoom_ms: f64, sweeps: &[(&Sweep, Predicted)]) -> Result<(), ReportError> {
    struct Shown {
        title: String,
        time: Vec<f64>,
        model: Vec<f64>,
    }
    let shown: Vec<Shown> = sweeps
        .iter()
        .map(|(s, p)| Shown {
            title: match p.score.spikes_data {
                Some(n) => format!("Sweep {}: {} of {n} spikes", s.id, p.score.spikes_model),
                None => format!("Sweep {}: {} spikes", s.id, p.score.spikes_model),
            },
            time: (0..s.current_pa.len()).map(|k| k as f64 * s.dt_ms).collect(),
            model: drawn(s, p),
        })
        .collect();
    let panels: Vec<plot::SweepTraces> = sweeps
        .iter()
        .zip(&shown)
        .map(|((s, p), shown)| plot::SweepTraces {
            title: &shown.title,
            held_out: p.score.role == Role::Test,
            time_ms: &shown.time,
            current_pa: &s.current_pa,
            onset_ms: StimulusWindow::of(&s.current_pa, s.dt_ms).map_or(0.0, |window| window.onset_ms),
            v_data: s.voltage_mv.as_deref(),
            v_model: &shown.model,
        })
        .collect();
    output.figure("fit", &plot::traces(title, &panels, zoom_ms)?)?;
    Ok(())
}

/// Says in words what is good in the scores, and what is chance.
pub fn summary(scores: &[SweepScore], notes: &[String]) -> String {
    let mut text = String::new();
    for s in scores {
        let Some(data) = s.spikes_data else {
            let _ = writeln!(text, "sweep {} (no recording to compare with): {} spikes", s.id, s.spikes_model);
            continue;
        };
        let role = if s.role == Role::Fit { "fitted" } else { "unseen" };
        let number =
            |x: Option<f64>, digits: usize, unit: &str| x.map_or("-".to_owned(), |x| format!("{x:+.digits$}{unit}"));
        let _ = writeln!(
            text,
            "sweep {} ({role}): {} spikes of {data}, first {}, mean interval {}, potential between spikes {} RMS",
            s.id,
            s.spikes_model,
            number(s.first_spike_error_ms, 1, " ms"),
            number(s.mean_isi_error.map(|x| 100.0 * x), 1, " %"),
            s.rmse_forced_mv.map_or("-".to_owned(), |x| format!("{x:.2} mV")),
        );
    }
    for s in scores {
        let Some(n) = s.spikes_data else { continue };
        let count = s.spikes_model.abs_diff(n) as f64 <= (0.1 * n as f64).max(2.0) && (n == 0 || s.spikes_model > 0);
        if s.role == Role::Fit {
            if !count {
                let _ = writeln!(
                    text,
                    "The model's number of spikes is not even that of the fitted sweep {}: do not use it.",
                    s.id
                );
            }
            continue;
        }
        let good = count
            && s.first_spike_error_ms.is_none_or(|x| x.abs() <= 8.0)
            && s.mean_isi_error.is_none_or(|x| x.abs() <= 0.15)
            && s.rmse_forced_mv.is_none_or(|x| x <= 2.5);
        let (verdict, advice) = if good { ("within", "") } else { ("outside", ": treat the fit with care") };
        let _ = writeln!(
            text,
            "On the unseen sweep {} the prediction is {verdict} the usual bounds (count 10 % or 2, first spike 8 ms, interval 15 %, 2.5 mV){advice}.",
            s.id
        );
    }
    if scores.iter().any(|s| s.spikes_data.is_some()) {
        let _ = writeln!(
            text,
            "The coincidence factor on a constant step is chance, and the free-running RMSE mostly measures phase: neither is judged."
        );
    }
    notes.iter().for_each(|n| {
        let _ = writeln!(text, "{n}");
    });
    text
}
