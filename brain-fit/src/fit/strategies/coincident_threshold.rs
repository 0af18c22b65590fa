//! The moving threshold under which the spikes of a model without noise coincide best with the recorded ones.
//!
//! Under a fluctuating current a model is judged by the coincidence factor of its free run. The likeliest threshold
//! ([`likeliest_threshold`](super::likeliest_threshold)) is that of a model with noise, which also spikes below it; a model
//! without noise has to have it lower. So `V_th` alone is moved, over a grid: the spikes of one recording are chance in
//! part, and a search of all the threshold's parameters finds those that follow this chance. On the frozen noise of
//! Pozzorini et al. (2015) it reached a coincidence factor of 0.70 in the fitted repeat, and only 0.62 in another.

use super::likeliest_threshold::{LINEAR, LikeliestThreshold};
use crate::fit::FitError;
use crate::fit::coordinates::Coordinates;
use crate::fit::free_answers::FreeAnswers;
use crate::fit::strategy::FitTask;
use crate::objective::Coincidence;

/// `V_th` is tried within so many widths of the likeliest one, and at least so many mV.
const REACH: (f64, f64) = (4.0, 3.0);
/// Number of values on each side.
const SIDE: usize = 24;
/// Weight of the number of spikes: without it the best coincidence is that of a model that spikes too rarely.
const COUNT_WEIGHT: f64 = 4.0;
/// What is judged is the mean over so many neighbours on each side: a single value may hit spikes by luck.
const NEIGHBOURS: usize = 2;

/// The threshold.
pub(super) struct CoincidentThreshold {
    /// All parameters of the model.
    pub params: Vec<f64>,
    /// The coordinates `V_th, b_1, b_2, c_u`, with their values.
    pub coordinates: Coordinates,
    pub z: Vec<f64>,
    /// The objective there, see [`Coincidence`].
    pub loss: f64,
    /// Number of values that were tried.
    pub tried: usize,
}

/// Finds it from the likeliest threshold; `params` are all the model's, with its membrane fitted.
pub(super) fn coincident_threshold(
    task: &FitTask,
    coordinates: &Coordinates,
    params: &[f64],
    likeliest: &LikeliestThreshold,
) -> Result<CoincidentThreshold, FitError> {
    let FitTask { subject, settings, sweeps } = *task;
    let fixed = coordinates.params(params, &likeliest.z);
    let moved = coordinates.filtered(|k| k == LINEAR[0]);
    let (centre, (low, high)) = (likeliest.z[LINEAR[0]], moved.limits()[0]);
    let reach = (REACH.0 * likeliest.width).max(REACH.1);
    let value = |k: usize| (centre + reach * (k as f64 / SIDE as f64 - 1.0)).clamp(low, high);
    let values: Vec<f64> = (0..=2 * SIDE).map(value).collect();
    let answers =
        FreeAnswers { free: &subject.free, sweeps, step: settings.step(subject.shows_spikes), shown_at: None };
    let objective = Coincidence { count_weight: COUNT_WEIGHT, ..Coincidence::default() };
    let losses = answers.values(&objective, &moved.params(&fixed, &values))?;
    let smooth = |k: usize| {
        let near = &losses[k.saturating_sub(NEIGHBOURS)..(k + NEIGHBOURS + 1).min(losses.len())];
        near.iter().sum::<f64>() / near.len() as f64
    };
    let best = (0..values.len()).min_by(|&a, &b| smooth(a).total_cmp(&smooth(b)));
    let best = best.filter(|&k| smooth(k).is_finite()).ok_or(FitError::NoFit { stage: "threshold" })?;
    let mut z: Vec<f64> = LINEAR.iter().map(|&a| likeliest.z[a]).collect();
    z[0] = values[best];
    Ok(CoincidentThreshold {
        params: moved.params(&fixed, &[values[best]]),
        coordinates: coordinates.filtered(|k| LINEAR.contains(&k)),
        z,
        loss: losses[best],
        tried: values.len(),
    })
}
