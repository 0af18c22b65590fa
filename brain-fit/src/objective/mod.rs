//! An objective says how far a model's free run is from a recorded sweep, as one number.
//!
//! A [`RunObjective`] compares an [`Answer`] of the model with the recorded one: their spikes and their potentials. A fit by the
//! strategy [`free-run`](crate::fit::strategies::FreeRun) minimises its mean over the sweeps.
//!
//! | objective | compares | gradient |
//! |---|---|---|
//! | [`Potential`] | potentials, sample by sample | yes |
//! | [`VanRossum`] | spike trains behind an exponential filter | yes |
//! | [`SoftCoincidence`] | spike trains behind a Gaussian filter, whatever their size | yes |
//! | [`Coincidence`] | spikes that coincide, and their number | no |
//! | [`Features`] | features in eFEL's names, in units of tolerances | no |
//! | [`PaperSpikes`] | spikes, by the formula of the paper's code | no |
//! | [`WeightedSum`] | a weighted sum of others | where all have one |
//!
//! The stages of other strategies have objectives of their own: the potential with the recorded spikes given and the spike
//! times (`spike-forced`), and the likelihood of the recorded spikes under an escape rate
//! ([`escape`](crate::fit::escape), `moving-threshold`), none of which is a function of the free run alone.
//!
//! An objective is a file with its settings, which are its keys in a config, and a line in the list at the end of this page.

use std::fmt::Debug;

/// What a cell or a model does in a sweep.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Its spikes in order, ms.
    pub spikes_ms: &'a [f64],
    /// Its potential at every sample, mV.
    pub voltage_mv: &'a [f64],
    /// Sampling interval, ms.
    pub dt_ms: f64,
    /// The stimulus begins and ends here, ms.
    pub stimulus_ms: (f64, f64),
}

impl Answer<'_> {
    /// Gives the length of the sweep, ms.
    pub fn duration_ms(&self) -> f64 {
        self.voltage_mv.len() as f64 * self.dt_ms
    }
}

/// The derivatives of an objective w.r.t. what the model does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slopes {
    /// By the time of each of its spikes, 1/ms; it may be empty where all are zero.
    pub by_spikes: Vec<f64>,
    /// By its potential at each sample, 1/mV; it may be empty where all are zero.
    pub by_voltage: Vec<f64>,
}

/// A distance of a model's answer from the recorded one.
pub trait RunObjective: Debug + Send + Sync {
    /// Returns the name, as configs write it.
    fn name(&self) -> &'static str;

    /// Computes the distance, which is least where the model answers as the cell does.
    fn value(&self, recorded: &Answer, model: &Answer) -> f64;

    /// Tells whether it compares potentials; one that compares spikes alone may be given a model's answer without.
    fn compares_potentials(&self) -> bool {
        false
    }

    /// Says why the objective has no gradient to follow; `None` where it has one.
    fn no_gradient(&self) -> Option<String>;

    /// Computes the derivatives of the distance; they are zero for an objective without a gradient.
    fn slopes(&self, _recorded: &Answer, _model: &Answer) -> Slopes {
        Slopes::default()
    }
}

brain_core::family! {
    /// Returns all objectives, in the order of the table above.
    pub fn objectives() -> "objective", dyn RunObjective {
        potential::Potential,
        van_rossum::VanRossum,
        soft_coincidence::SoftCoincidence,
        coincidence::Coincidence,
        features::Features,
        paper_spikes::PaperSpikes,
        weighted_sum::WeightedSum,
    }
}

mod kernel;
#[cfg(test)]
mod tests;
