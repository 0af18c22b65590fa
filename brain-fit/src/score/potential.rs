//! Distances between potentials, sample by sample.

use super::{CUT_AFTER_MS, CUT_BEFORE_MS};
use crate::features::mean;

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
