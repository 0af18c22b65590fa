//! Fits.
//!
//! A plain distance between two spiking voltage traces is a trap: a spike a millisecond late costs more than no spike
//! at all, and a model that fires constantly can score best. So `gif` is fitted in stages, each smooth:
//!
//! 0. [`sweep`]: when the cell spiked, the refractory period, when the stimulus was on;
//! 1. [`membrane`]: the subthreshold membrane with the recorded spikes given to the model;
//! 2. [`threshold`]: the moving threshold from the potential at the recorded spikes, by linear least squares;
//! 3. the same from the times of the free-running model's spikes.
//!
//! The first two follow Mensi et al. (2012), <https://doi.org/10.1152/jn.00408.2011>, and Pozzorini et al. (2015),
//! <https://doi.org/10.1371/journal.pcbi.1004275>; judging on sweeps that were not fitted, and at spike times rather
//! than by a trace distance, follows Teeter et al. (2018), <https://doi.org/10.1038/s41467-017-02717-4>. Hodgkin-Huxley
//! models, which are smooth, are fitted in [`hh`] to windows of growing length.
//!
//! Every optimisation is a batch of Levenberg-Marquardt problems ([`brain_core::optim`]), one column a start, evaluated
//! together by one fused scan.

pub mod columns;
pub mod config;
mod error;
pub mod gif;
pub mod hh;
pub mod latency;
pub mod membrane;
pub mod simulate;
pub mod state;
pub mod sweep;
pub mod threshold;

use kernels::equations::Field;
use std::collections::BTreeMap;

pub use config::FitConfig;
pub use error::FitError;

/// One fitted parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Value.
    pub value: f64,
    /// Standard error, where the data determine the parameter.
    pub std_error: Option<f64>,
    /// Bounds.
    pub bounds: (f64, f64),
    /// Whether it was fitted and the data determine it: to better than half of its value.
    pub identifiable: bool,
}

impl Fitted {
    /// Every parameter of a model at its value, before anything is known of how well the data determine it.
    fn all(fields: &[Field], values: Vec<f64>, bounds: &BTreeMap<String, (f64, f64)>) -> Vec<Fitted> {
        let fitted = |(f, value): (&Field, f64)| Fitted {
            name: f.name.to_string(),
            unit: f.unit.into(),
            value,
            std_error: None,
            bounds: bounds.get(&*f.name).copied().unwrap_or(f.bounds),
            identifiable: false,
        };
        fields.iter().zip(values).map(fitted).collect()
    }
}

/// What a fit found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every parameter of the model, in its order.
    pub params: Vec<Fitted>,
    /// Final loss.
    pub loss: f64,
    /// Its unit.
    pub loss_unit: &'static str,
    /// Columns evaluated.
    pub evaluations: u64,
    /// Pairs of parameters that stand in for each other, with their correlation.
    pub correlated: Vec<(String, String, f64)>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

impl Outcome {
    /// Values in the model's order.
    pub fn values(&self) -> Vec<f64> {
        self.params.iter().map(|p| p.value).collect()
    }
}
