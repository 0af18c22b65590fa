//! Scores compare a model's sweep with the recorded one: they are the per-sweep numbers of `metrics.json`.
//!
//! Free-running RMSE is reported last because it misleads: the data against itself, shifted by a fraction of an
//! interval, already scores several mV, and a model that fires too much masks its own errors. What is fair on step
//! currents is the count, the first spike, the mean interval and the spike-forced RMSE; on frozen noise, the
//! coincidence factor.

use serde::{Deserialize, Serialize};

use crate::features::{SpikeDetector, intervals, mean, window, within};
use crate::protocol::Protocol;
use crate::recording::Sweep;

/// Two spikes coincide within this time, ms.
pub const COINCIDENCE_MS: f64 = 4.0;
/// The spike-forced error leaves out this much time before each recorded spike, ms.
pub const CUT_BEFORE_MS: f64 = 2.0;
/// It leaves out at least this much after one, ms.
pub const CUT_AFTER_MS: f64 = 5.0;

/// The part that a sweep plays in a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The parameters were fitted to it.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// First model spike minus first recorded spike after the step's onset: negative is early.
    pub first_spike_error_ms: Option<f64>,
    /// Error of the mean interval within the step, (mean of the model - mean of the data) / mean of the data.
    pub mean_isi_error: Option<f64>,
    /// Coincidence factor at 4 ms, see [`gamma_factor`].
    pub gamma_factor: Option<f64>,
    /// Explained variance, 1 - sum (V_data - V_forced)^2 / sum (V_data - mean V_data)^2, on the samples of `rmse_forced_mv`
    /// (Pozzorini et al. 2015, doi:10.1371/journal.pcbi.1004275).
    pub explained_variance: Option<f64>,
    /// Root mean square error of the free run, sqrt(mean (V_data - V_free)^2), over the whole sweep, mV.
    pub rmse_free_mv: Option<f64>,
}

impl SweepScore {
    /// Scores a prediction of `sweep`.
    pub fn of(sweep: &Sweep, role: Role, detector: &SpikeDetector, model: &Prediction) -> Self {
        let mut score = Self {
            id: sweep.id.clone(),
            role,
            rmse_forced_mv: None,
            spikes_data: None,
            spikes_model: model.spikes_ms.len(),
            first_spike_error_ms: None,
            mean_isi_error: None,
            gamma_factor: None,
            explained_variance: None,
            rmse_free_mv: None,
        };
        let Some(data_mv) = &sweep.voltage_mv else { return score };
        let data = detector.times_ms(data_mv, sweep.dt_ms);
        let step = Protocol::of(&sweep.current_pa, sweep.dt_ms).main_step();
        let (onset, offset) = window(step, sweep.duration_ms());
        let (data_step, model_step) = (within(&data, onset, offset), within(model.spikes_ms, onset, offset));
        score.spikes_data = Some(data.len());
        score.first_spike_error_ms = data_step.first().zip(model_step.first()).map(|(data, model)| model - data);
        let mean_isi = |spikes: &[f64]| mean(&intervals(spikes));
        score.mean_isi_error = mean_isi(data_step).zip(mean_isi(model_step)).map(|(data, model)| (model - data) / data);
        score.gamma_factor = gamma_factor(&data, model.spikes_ms, sweep.duration_ms(), COINCIDENCE_MS);
        if let Some(forced_mv) = model.forced_mv {
            let kept = outside_spikes(data_mv.len(), sweep.dt_ms, &data, model.t_ref_ms);
            score.rmse_forced_mv = rmse(data_mv, forced_mv, Some(&kept));
            score.explained_variance = explained_variance(data_mv, forced_mv, Some(&kept));
        }
        score.rmse_free_mv = model.free_mv.and_then(|free_mv| rmse(data_mv, free_mv, None));
        score
    }
}

/// Computes the coincidence factor
///
/// ```text
/// Gamma = (N_coinc - <N_coinc>) / ((N_data + N_model) / 2) / (1 - 2 nu precision),   <N_coinc> = 2 nu precision N_data
/// ```
///
/// with nu the rate of the model. It is 1 for identical trains, 0 for a Poisson train of the model's rate, negative below
/// chance (Kistler et al. 1997, doi:10.1162/neco.1997.9.5.1015; Jolivet et al. 2008, doi:10.1007/s00422-008-0261-x).
/// Each spike coincides at most once. `None` when both trains are silent, or the model fires so fast that chance
/// alone matches everything.
pub fn gamma_factor(data_ms: &[f64], model_ms: &[f64], duration_ms: f64, precision_ms: f64) -> Option<f64> {
    let (data, model) = (data_ms.len() as f64, model_ms.len() as f64);
    let chance = 2.0 * precision_ms * model / duration_ms;
    if data + model == 0.0 || duration_ms.is_nan() || duration_ms <= 0.0 || chance >= 1.0 {
        return None;
    }
    let coincident = coincidences(data_ms, model_ms, precision_ms) as f64;
    Some((coincident - chance * data) / (0.5 * (data + model)) / (1.0 - chance))
}

/// Counts pairs of spikes no further apart than `precision_ms`, each spike in one pair; both trains in order.
pub fn coincidences(a_ms: &[f64], b_ms: &[f64], precision_ms: f64) -> usize {
    let (mut a, mut b, mut pairs) = (0, 0, 0);
    while let (Some(first), Some(second)) = (a_ms.get(a), b_ms.get(b)) {
        if (first - second).abs() <= precision_ms {
            (a, b, pairs) = (a + 1, b + 1, pairs + 1);
        } else if first < second {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

/// Tells which samples are clear of recorded spikes: not within 2 ms before nor max(5 ms, `t_ref_ms`) after one.
pub fn outside_spikes(samples: usize, dt_ms: f64, spikes_ms: &[f64], t_ref_ms: f64) -> Vec<bool> {
    let mut kept = vec![true; samples];
    let index = |time: f64| (time / dt_ms).max(0.0);
    for spike in spikes_ms {
        if spike + CUT_AFTER_MS.max(t_ref_ms) < 0.0 {
            continue;
        }
        let start = (index(spike - CUT_BEFORE_MS).ceil() as usize).min(samples);
        let end = (index(spike + CUT_AFTER_MS.max(t_ref_ms)).floor() as usize).saturating_add(1).min(samples);
        kept[start..end].fill(false);
    }
    kept
}

/// Computes the root mean square difference over the `kept` samples, or all; `None` if there is none or the lengths differ.
pub fn rmse(data_mv: &[f64], model_mv: &[f64], kept: Option<&[bool]>) -> Option<f64> {
    let (square, count) = chosen(data_mv, model_mv, kept)?
        .fold((0.0, 0.0), |(square, count), (data, model)| (square + (data - model) * (data - model), count + 1.0));
    (count > 0.0).then(|| (square / count).sqrt())
}

/// Computes one minus the residual over the variance of the data, over the `kept` samples, or all; `None` if the data
/// does not vary there.
pub fn explained_variance(data_mv: &[f64], model_mv: &[f64], kept: Option<&[bool]>) -> Option<f64> {
    let data: Vec<f64> = chosen(data_mv, model_mv, kept)?.map(|(data, _)| data).collect();
    let mean = mean(&data)?;
    let variance: f64 = data.iter().map(|data| (data - mean).powi(2)).sum();
    let residual: f64 = chosen(data_mv, model_mv, kept)?.map(|(data, model)| (data - model).powi(2)).sum();
    (variance > 0.0).then(|| 1.0 - residual / variance)
}

fn chosen<'a>(
    data: &'a [f64],
    model: &'a [f64],
    kept: Option<&'a [bool]>,
) -> Option<impl Iterator<Item = (f64, f64)> + 'a> {
    let fits = data.len() == model.len() && kept.is_none_or(|kept| kept.len() == data.len());
    let chosen = move |index: &usize| kept.is_none_or(|kept| kept[*index]);
    fits.then(|| (0..data.len()).filter(chosen).map(|index| (data[index], model[index])))
}
