//! The output folder of a fit: `metrics.json`, traces, spikes, the figure, and the checkpoint.

pub mod comparison;
mod failure;
mod figure;
mod leftovers;
mod summary;
mod tables;

use crate::electrode::Electrode;
use crate::fit::electrode::ElectrodeReport;
use crate::fit::errors::{ErrorReport, SweepNoise};
use crate::fit::{Fitted, Outcome};
use crate::score::SweepScore;
use brain_core::checkpoint::{Array, Checkpoint, CheckpointError, FieldInfo, Meta, ModelInfo};
use brain_core::output::OutputError;
use brain_plot::PlotError;
use kernels::Cell;
use serde::Serialize;
use std::collections::BTreeMap;
use thiserror::Error;

pub use comparison::Candidate;
pub use failure::{Failure, bound_notes};
pub use figure::{FIGURE, pages};
pub use leftovers::{METRICS, files, remove_leftovers};
pub use summary::summary;
pub use tables::{PROFILES, profile_table, tables};

/// Name of the fitted neuron in its checkpoint.
pub const POPULATION: &str = "neuron";
/// The checkpoint's file.
pub const CHECKPOINT: &str = "model.safetensors";

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
    /// A file of an earlier run cannot be removed.
    #[error("cannot remove {}, which an earlier run left: {cause}; remove it, or choose another folder with --out DIR", file.display())]
    Leftover {
        /// The file.
        file: std::path::PathBuf,
        /// From the system.
        cause: std::io::Error,
    },
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
    /// A recorded spike crosses this potential, mV.
    pub spike_level_mv: f64,
    /// Gives the parameters by name.
    pub params: BTreeMap<String, ParamReport>,
    /// Pairs of parameters that stand in for each other, with their correlation.
    pub correlated: Vec<(String, String, f64)>,
    /// The noise of the potential of each fitted sweep, as the residuals tell it.
    pub noise: Vec<NoiseReport>,
    /// 95 % intervals by profile likelihoods, by parameter, where they were asked for; an end is null where the data do not
    /// bound the parameter on that side.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<String, (Option<f64>, Option<f64>)>,
    /// Eigenvalues of the curvature of each stage, scaled to a unit diagonal, the largest first: a small one is a
    /// combination of parameters that the data hardly tell.
    pub eigenvalues: BTreeMap<&'static str, Vec<f64>>,
    /// Remarks that a reader should know.
    pub notes: Vec<String>,
    /// `ok`, or `failed` where the model must not be used.
    pub status: Status,
    /// What shows that the fit failed.
    pub reason: Option<String>,
    /// What to try then.
    pub advice: Option<String>,
    /// Scores of every sweep.
    pub sweeps: Vec<SweepScore>,
    /// What the electrode added to the recorded potentials, and was taken away from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub electrode: Option<ElectrodeMetrics>,
    /// Bayesian information criterion of the potential between recorded spikes, where the model was fitted to it; it
    /// compares models of the same sweeps, and the least is best.
    pub bic: Option<f64>,
    /// The models that were compared, the best first, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comparison: Vec<Candidate>,
    /// The files of the run in its folder.
    pub files: Vec<String>,
}

impl Metrics {
    /// Gives why the model must not be used, if it must not.
    pub fn failure(&self) -> Option<Failure> {
        let (reason, advice) = (self.reason.clone()?, self.advice.clone()?);
        Some(Failure { reason, advice })
    }
}

/// Whether a fit gave a model that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It did.
    Ok,
    /// It did not.
    Failed,
}

/// One parameter in `metrics.json`.
#[derive(Clone, Debug, Serialize)]
pub struct ParamReport {
    /// Value.
    pub value: f64,
    /// Unit.
    pub unit: String,
    /// Standard error, where the data determine it: the larger of the next two.
    pub std_error: Option<f64>,
    /// Standard error by the noise within sweeps.
    pub std_error_within: Option<f64>,
    /// Standard error by how sweeps differ.
    pub std_error_between: Option<f64>,
    /// The truth lies between these in 95 of 100 data sets.
    pub interval_95: Option<(f64, f64)>,
    /// How far the priors move the value, in standard errors.
    pub prior_shift: Option<f64>,
    /// Bounds.
    pub bounds: (f64, f64),
    /// It is true where the data determine the parameter to better than half of its value.
    pub identifiable: bool,
}

/// An electrode in `metrics.json`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ElectrodeMetrics {
    /// What it adds.
    #[serde(flatten)]
    pub electrode: Electrode,
    /// Standard error of the series resistance, MOhm, where it was fitted and the data determine it.
    pub series_resistance_std_error: Option<f64>,
    /// Standard error of the offset, mV, where it was fitted and the data determine it.
    pub offset_std_error: Option<f64>,
}

impl ElectrodeMetrics {
    /// Reports an electrode of which a part may have been fitted; there is nothing to say of one that adds nothing.
    pub fn of(electrode: Electrode, fitted: Option<&ElectrodeReport>) -> Option<Self> {
        let [series_resistance_std_error, offset_std_error] = fitted.map_or([None; 2], |fitted| fitted.std_errors);
        let some = fitted.is_some() || !electrode.is_none();
        some.then_some(Self { electrode, series_resistance_std_error, offset_std_error })
    }
}

/// The noise of a sweep in `metrics.json`.
#[derive(Clone, Debug, Serialize)]
pub struct NoiseReport {
    /// The sweep.
    pub sweep: String,
    /// Standard deviation, mV.
    pub sd_mv: f64,
    /// This much time stands for one independent sample, ms.
    pub independent_ms: f64,
}

/// The noise of sweeps.
pub fn noise(errors: &ErrorReport) -> Vec<NoiseReport> {
    let report = |(sweep, noise): &(String, SweepNoise)| NoiseReport {
        sweep: sweep.clone(),
        sd_mv: noise.sd,
        independent_ms: noise.independent,
    };
    errors.noise.iter().map(report).collect()
}

/// Intervals by profile likelihoods.
pub fn profiles(errors: &ErrorReport) -> BTreeMap<String, (Option<f64>, Option<f64>)> {
    errors.profiles.iter().map(|p| (p.name.clone(), p.interval)).collect()
}

/// Parameters by name.
pub fn params(fitted: &[Fitted]) -> BTreeMap<String, ParamReport> {
    let param = |f: &Fitted| ParamReport {
        value: f.value,
        unit: f.unit.clone(),
        std_error: f.std_error,
        std_error_within: f.std_error_within,
        std_error_between: f.std_error_between,
        interval_95: f.interval,
        prior_shift: f.prior_shift,
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
