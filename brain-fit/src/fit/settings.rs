//! A fit's settings: checked, and in the units of the model and the recording.
//!
//! They are made once from a config ([`FitConfig::resolve`](super::FitConfig::resolve)); what fits takes these and never
//! looks back at the text.

use super::electrode::FittedElectrode;
use super::sweep::FitSweep;
use crate::objective::RunObjective;
use crate::recording::Sweep;
use brain_core::family::{Choice, Family, SettingError, Settings as _, SettingsReader};
use brain_core::loss::{Loss, SquaredError, losses};
use brain_core::optim::search::Optimiser;
use kernels::equations::Field;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of a fit.
#[derive(Clone, Debug)]
pub struct FitSettings {
    /// Seed of the random starts.
    pub seed: u64,
    /// Potential whose upward crossing is a spike in the recording, mV.
    pub spike_level: f64,
    /// Refractory period, ms; the shape of the recorded spikes tells it where this is none.
    pub t_ref: Option<f64>,
    /// What a pA is in the unit of the model's input.
    pub per_pa: f64,
    /// Potential at the start, mV; the recording tells it where this is none.
    pub v_start: Option<f64>,
    /// It is true where the potential of a sample is that after the sample's step, as in the Allen simulator, instead of
    /// that before.
    pub after_step: bool,
    /// Bounds of every parameter of the model, in its order and units.
    pub bounds: Vec<(f64, f64)>,
    /// Value of every parameter of the model while it is not fitted.
    pub values: Vec<f64>,
    /// Parameters whose value was given: they are not fitted.
    pub held: Vec<bool>,
    /// Parameters to fit, by position; empty where the strategy chooses.
    pub fitted: Vec<usize>,
    /// Whether profile likelihoods are made.
    pub profile: bool,
    /// The loss of each sample of the potential.
    pub loss: FitLoss,
    /// What of the electrode is fitted with the membrane.
    pub electrode: FittedElectrode,
    /// The objective of the free run; none where the strategy has its own.
    pub objective: Option<Arc<dyn RunObjective>>,
    /// The optimiser of every stage; none where the strategy takes its own.
    pub optimiser: Option<Arc<dyn Optimiser>>,
    /// The subthreshold membrane.
    pub membrane: Membrane,
    /// Threshold and spike times.
    pub spikes: SpikeStage,
    /// The potential of the free run.
    pub voltage: Voltage,
}

/// The loss that a fit's config chooses. It is built for each length of a step.
#[derive(Clone, Debug)]
pub struct FitLoss {
    /// The losses that there are.
    pub losses: Family<dyn Loss>,
    /// The loss that is chosen.
    pub choice: Choice,
}

impl Default for FitLoss {
    fn default() -> Self {
        Self { losses: losses(), choice: Choice::named(SquaredError::NAME) }
    }
}

impl FitLoss {
    /// Gives the loss for steps of `dt_ms`.
    pub fn build(&self, dt_ms: f64) -> Result<Arc<dyn Loss>, SettingError> {
        Ok(self.losses.build(&self.choice, &SettingsReader::new(dt_ms)?)?.into())
    }
}

/// How the subthreshold membrane is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Membrane {
    /// The fit leaves out this much time before every spike, ms, and the refractory period after it.
    pub cut_before: f64,
    /// Samples after the onset and the end of the stimulus count this many times.
    pub edge_weight: f64,
    /// That weight holds for this long after either edge, ms.
    pub edge_window: f64,
    /// A ridge holds the after-spike currents: a current that moves the rest by 1 mV costs as much as this many independent
    /// samples of the noise that the residuals show; 0 takes it away.
    pub ridge: f64,
    /// The prior on the membrane time constant weighs as this many such samples where the time constant is off by a factor of
    /// e; 0 takes it away.
    pub tau_m_weight: f64,
    /// That prior expects this membrane time constant, ms.
    pub tau_m_value: f64,
    /// The fit starts from each of these membrane time constants, ms.
    pub tau_m_starts: Vec<f64>,
    /// Each start has each of these triples of after-spike time constants, ms.
    pub tau_starts: Vec<[f64; 3]>,
    /// The fit ends after this many iterations.
    pub iterations: u32,
}

/// How threshold and spike times are fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SpikeStage {
    /// No step of the free run is longer than this, ms.
    pub dt: f64,
    /// The model's spike times are expected to be wrong by this fraction.
    pub timing_error: f64,
    /// The potential above threshold at recorded spikes has this weight, 1/mV2.
    pub margin_weight: f64,
    /// The fit starts from each of these pairs `T_1, T_2`, ms (`moving-threshold`).
    pub time_constants: Vec<[f64; 2]>,
    /// Each start has each of these values of `tau_u`, ms (`moving-threshold`).
    pub tau_u: Vec<f64>,
    /// Each start has each of these values of `c_u` (`moving-threshold`).
    pub c_u: Vec<f64>,
    /// The fit ends after this many iterations.
    pub iterations: u32,
}

/// How the potential of a model is fitted from random starts.
#[derive(Clone, Debug)]
pub struct Voltage {
    /// Random starts within the bounds.
    pub starts: usize,
    /// Longest step, ms.
    pub dt: f64,
    /// Part of the time from the onset of the stimulus that is fitted first, grown in steps to the whole.
    pub windows: Vec<f64>,
    /// Most iterations in each window.
    pub iterations: u32,
    /// Time left out before and after spikes where samples are too far apart to show them, ms.
    pub mask: [f64; 2],
}

impl FitSettings {
    /// Settings for a model with such parameters, everything at its default.
    pub fn of_model(param: &[Field]) -> Self {
        Self {
            seed: 1,
            spike_level: -10.0,
            t_ref: None,
            per_pa: 1.0,
            v_start: None,
            after_step: false,
            bounds: param.iter().map(|f| f.bounds).collect(),
            values: param.iter().map(|f| f.default).collect(),
            held: vec![false; param.len()],
            fitted: Vec::new(),
            profile: false,
            loss: FitLoss::default(),
            electrode: FittedElectrode::default(),
            objective: None,
            optimiser: None,
            membrane: Membrane::default(),
            spikes: SpikeStage::default(),
            voltage: Voltage::default(),
        }
    }

    /// Longest step of a free run, ms.
    pub fn step(&self, shows_spikes: bool) -> f64 {
        if shows_spikes { self.voltage.dt } else { self.spikes.dt }
    }

    /// A recorded sweep in the model's units.
    pub fn to_fit(&self, sweep: &Sweep) -> Result<FitSweep, super::FitError> {
        Ok(self.prepared(FitSweep::new(sweep, self.spike_level)?))
    }

    /// A sweep to be predicted in the model's units; it starts at `rest`, mV, where no potential was recorded.
    pub fn to_predict(&self, sweep: &Sweep, rest: f64) -> FitSweep {
        self.prepared(FitSweep::to_predict(sweep, self.spike_level, rest))
    }

    fn prepared(&self, mut sweep: FitSweep) -> FitSweep {
        sweep.current.iter_mut().for_each(|i| *i *= self.per_pa);
        sweep.v0 = self.v_start.unwrap_or(sweep.v0);
        sweep
    }
}

impl Default for Membrane {
    fn default() -> Self {
        Self {
            cut_before: 2.0,
            edge_weight: 5.0,
            edge_window: 50.0,
            ridge: 1e-3,
            tau_m_weight: 0.1,
            tau_m_value: 20.0,
            tau_m_starts: vec![8.0, 15.0, 30.0],
            tau_starts: vec![[4.0, 30.0, 200.0], [8.0, 50.0, 300.0]],
            iterations: 80,
        }
    }
}

impl Default for SpikeStage {
    fn default() -> Self {
        Self {
            dt: 0.05,
            timing_error: 0.05,
            margin_weight: 0.5,
            time_constants: vec![[10.0, 100.0], [20.0, 300.0]],
            tau_u: vec![10.0, 50.0],
            c_u: vec![0.0, 0.3, 0.6],
            iterations: 30,
        }
    }
}

impl Default for Voltage {
    fn default() -> Self {
        Self { starts: 64, dt: 0.025, windows: vec![0.25, 0.5, 1.0], iterations: 60, mask: [1.0, 2.0] }
    }
}
