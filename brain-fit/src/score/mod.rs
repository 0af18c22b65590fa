//! Scores compare a model's sweep with the recorded one: they are the per-sweep numbers of `metrics.json`.
//!
//! Free-running RMSE is reported last because it misleads: the data against itself, shifted by a fraction of an
//! interval, already scores several mV, and a model that fires too much masks its own errors. What is fair on step
//! currents is the count, the first spike, the mean interval and the spike-forced RMSE; on frozen noise, the
//! coincidence factor.

mod potential;
mod shape;
mod spike_trains;
mod verdict;

use serde::{Deserialize, Serialize};

use crate::features::{SpikeDetector, intervals, mean, window, within};
use crate::protocol::{Protocol, Waveform};
use crate::recording::Sweep;

pub use potential::{explained_variance, outside_spikes, rmse};
pub use shape::{Shape, ShapeErrors};
pub use spike_trains::{coincidences, explained_spike_variance, gamma_factor};
pub use verdict::Verdict;

/// Two spikes coincide within this time, ms.
pub const COINCIDENCE_MS: f64 = 4.0;
/// The spike-forced error leaves out this much time before each recorded spike, ms.
pub const CUT_BEFORE_MS: f64 = 2.0;
/// It leaves out at least this much after one, ms.
pub const CUT_AFTER_MS: f64 = 5.0;

/// The part that a sweep plays in a fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The parameters were fitted to it.
    #[default]
    Fit,
    /// It was kept back, and is only predicted.
    Test,
}

/// The answer of a model to a sweep, sampled as the sweep is.
#[derive(Clone, Copy, Debug)]
pub struct Prediction<'a> {
    /// Spikes of the free run.
    pub spikes_ms: &'a [f64],
    /// Voltage of the free run.
    pub free_mv: Option<&'a [f64]>,
    /// Voltage of a run that is reset at the recorded spikes.
    pub forced_mv: Option<&'a [f64]>,
    /// The model's refractory period: the cut after a spike is at least this long.
    pub t_ref_ms: f64,
}

/// Scores of one sweep; a number that is not defined (no spikes, no data) is `None`, `null` in JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepScore {
    /// The sweep.
    pub id: String,
    /// Its role.
    pub role: Role,
    /// Root mean square error of the spike-forced potential, sqrt(mean (V_data - V_forced)^2), mV, outside -2 ms .. max(5 ms, t_ref) around recorded spikes.
    pub rmse_forced_mv: Option<f64>,
    /// Recorded spikes; `None` where no voltage was recorded.
    pub spikes_data: Option<usize>,
    /// Spikes of the free run.
    pub spikes_model: usize,
    /// First model spike minus first recorded spike after the onset of the stimulus: negative is early.
    pub first_spike_error_ms: Option<f64>,
    /// Error of the mean interval within the stimulus, (mean of the model - mean of the data) / mean of the data.
    pub mean_isi_error: Option<f64>,
    /// Coincidence factor at 4 ms, see [`gamma_factor`].
    pub gamma_factor: Option<f64>,
    /// The same where the current is noise, and noise is judged by it; `None` where it is not.
    pub coincidence: Option<f64>,
    /// Explained variance, 1 - sum (V_data - V_forced)^2 / sum (V_data - mean V_data)^2, on the samples of `rmse_forced_mv`
    /// (Pozzorini et al. 2015, doi:10.1371/journal.pcbi.1004275).
    pub explained_variance: Option<f64>,
    /// Explained variance of the spike train at 10 ms, see [`explained_spike_variance`].
    pub explained_variance_10ms: Option<f64>,
    /// Errors of the shape of spikes, in the free run.
    #[serde(flatten)]
    pub shape: ShapeErrors,
    /// Root mean square error of the free run, sqrt(mean (V_data - V_free)^2), over the whole sweep, mV.
    pub rmse_free_mv: Option<f64>,
}

impl SweepScore {
    /// Scores a prediction of `sweep`.
    pub fn of(sweep: &Sweep, role: Role, detector: &SpikeDetector, model: &Prediction) -> Self {
        let mut score = Self { id: sweep.id.clone(), role, spikes_model: model.spikes_ms.len(), ..Self::default() };
        let Some(data_mv) = &sweep.voltage_mv else { return score };
        let data = detector.times_ms(data_mv, sweep.dt_ms);
        let protocol = Protocol::of(&sweep.current_pa, sweep.dt_ms);
        let (onset, offset) = window(&protocol, sweep.duration_ms());
        let (data_step, model_step) = (within(&data, onset, offset), within(model.spikes_ms, onset, offset));
        score.spikes_data = Some(data.len());
        score.first_spike_error_ms = data_step.first().zip(model_step.first()).map(|(data, model)| model - data);
        let mean_isi = |spikes: &[f64]| mean(&intervals(spikes));
        score.mean_isi_error = mean_isi(data_step).zip(mean_isi(model_step)).map(|(data, model)| (model - data) / data);
        score.gamma_factor = gamma_factor(&data, model.spikes_ms, sweep.duration_ms(), COINCIDENCE_MS);
        score.coincidence = score.gamma_factor.filter(|_| protocol.stimulus == Waveform::Noise);
        score.explained_variance_10ms = explained_spike_variance(&data, model.spikes_ms, sweep.duration_ms());
        if let Some(forced_mv) = model.forced_mv {
            let kept = outside_spikes(data_mv.len(), sweep.dt_ms, &data, model.t_ref_ms);
            score.rmse_forced_mv = rmse(data_mv, forced_mv, Some(&kept));
            score.explained_variance = explained_variance(data_mv, forced_mv, Some(&kept));
        }
        score.rmse_free_mv = model.free_mv.and_then(|free_mv| rmse(data_mv, free_mv, None));
        if let Some(free_mv) = model.free_mv {
            let data = Shape { voltage_mv: data_mv, spikes_ms: &data, dt_ms: sweep.dt_ms };
            let model = Shape { voltage_mv: free_mv, spikes_ms: model.spikes_ms, dt_ms: sweep.dt_ms };
            score.shape = ShapeErrors::of(&data, &model, &protocol);
        }
        score
    }
}
