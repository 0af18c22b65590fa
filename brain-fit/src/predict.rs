//! A prediction is what a model says about a sweep: its own spikes and potential, and the run that is reset at the
//! recorded spikes.

use crate::features::SpikeDetector;
use crate::fit::{FitError, FitSettings, Subject};
use crate::recording::Sweep;
use crate::score::{Prediction, Role, SweepScore};

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

/// Simulates a model with `params` (in its order) on a sweep, and scores it where there is data.
///
/// Spikes are those that the model says it has, or where they show in its potential, those that are detected there as in
/// a recording. A model that was compiled with its spikes given is also run with the recorded ones.
pub fn predict(
    subject: &Subject,
    settings: &FitSettings,
    params: &[f64],
    sweep: &Sweep,
    role: Role,
) -> Result<Predicted, FitError> {
    let cell = subject.model().cell();
    let parameter = |name: &str| cell.parameter(name).map(|row| params[row]);
    let rest = parameter("E_L").unwrap_or(cell.state[0].default);
    let prepared = settings.to_predict(sweep, rest);
    // With the potentials after the steps, the last sample has a step of its own.
    let later = usize::from(settings.after_step);
    let mut driven = prepared.clone();
    driven.current.extend(prepared.current.last().filter(|_| settings.after_step));
    let step = settings.step(subject.shows_spikes);
    let detector = SpikeDetector::at(settings.spike_level);
    let spikes_ms = match subject.shows_spikes {
        true => None,
        false => Some(subject.free.spike_times(&driven, params, step)?.remove(0).times),
    };
    let free_mv = subject.free.potential(&driven, params, step)?.split_off(later);
    let spikes_ms =
        spikes_ms.unwrap_or_else(|| SpikeDetector { interpolate: true, ..detector }.times_ms(&free_mv, sweep.dt_ms));
    let forced_mv = match (&subject.forced, &sweep.voltage_mv) {
        (Some(forced), Some(_)) => Some(forced.potential(&prepared, params, sweep.dt_ms)?),
        _ => None,
    };
    let prediction = Prediction {
        spikes_ms: &spikes_ms,
        free_mv: Some(&free_mv),
        forced_mv: forced_mv.as_deref(),
        t_ref_ms: parameter("t_ref").unwrap_or(0.0),
    };
    let score = SweepScore::of(sweep, role, &detector, &prediction);
    let data_ms = sweep.voltage_mv.as_ref().map_or(Vec::new(), |v| detector.times_ms(v, sweep.dt_ms));
    Ok(Predicted { score, spikes_ms, data_ms, free_mv })
}
