//! What a model says about a sweep: its own spikes and potential, and the run that is reset at the recorded spikes.

use crate::features::Spikes;
use crate::fit::simulate::{self, free, potential};
use crate::fit::sweep::FitSweep;
use crate::fit::{FitConfig, FitError, hh};
use crate::recording::Sweep;
use crate::score::{Prediction, Role, SweepScore};
use brain_core::Engine;

/// A simulated sweep.
#[derive(Clone, Debug)]
pub struct Predicted {
    /// The scores.
    pub score: SweepScore,
    /// The model's spikes, ms.
    pub spikes_ms: Vec<f64>,
    /// The recorded ones, ms; empty without a recording.
    pub data_ms: Vec<f64>,
    /// Potential of the free run at every sample, mV.
    pub free_mv: Vec<f64>,
}

/// Simulates `model` with `params` (in the kernel's order) on a sweep and scores it where there is data.
pub fn predict(
    model: &str,
    params: &[f64],
    sweep: &Sweep,
    role: Role,
    level: f64,
    config: &FitConfig,
    engine: &Engine,
) -> Result<Predicted, FitError> {
    let missing = || FitError::NoFit { stage: "predict" };
    let kernel = engine.simulator(kernels::find_for(model, kernels::Use::Scan).ok_or_else(missing)?);
    let at = |name: &str| kernel.parameter(name).map_or(0.0, |r| params[r]);
    let prepared = FitSweep::to_predict(sweep, level, at("E_L"));
    let step = if model == "gif" { config.threshold.dt_value } else { config.hh.dt };
    let (spikes_ms, free_mv, forced_mv);
    if model == "gif" {
        spikes_ms = free(&kernel, &prepared, params, step)?.remove(0).times;
        free_mv = potential(&kernel, &prepared, params, step)?;
        let forced = engine.simulator(kernels::find("gif-forced").ok_or_else(missing)?);
        forced_mv = match sweep.voltage_mv {
            Some(_) => Some(potential(&forced, &prepared, params, sweep.dt_ms)?),
            None => None,
        };
    } else {
        let scaled = hh::scaled(&kernel, &prepared, &config.hh);
        free_mv = simulate::potential(&kernel, &scaled, params, step)?;
        spikes_ms = Spikes { threshold_mv: level, ..Spikes::default() }.times_ms(&free_mv, sweep.dt_ms);
        forced_mv = None;
    }
    let detector = Spikes { threshold_mv: level, interpolate: false, ..Spikes::default() };
    let prediction = Prediction {
        spikes_ms: &spikes_ms,
        free_mv: Some(&free_mv),
        forced_mv: forced_mv.as_deref(),
        t_ref_ms: at("t_ref"),
    };
    let score = SweepScore::of(sweep, role, &detector, &prediction);
    let data_ms = sweep.voltage_mv.as_ref().map_or(Vec::new(), |v| detector.times_ms(v, sweep.dt_ms));
    Ok(Predicted { score, spikes_ms, data_ms, free_mv })
}
