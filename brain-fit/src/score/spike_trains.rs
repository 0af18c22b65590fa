//! Distances between spike trains.

use brain_core::stats::mean;

/// Standard deviation of the Gaussian that smooths spike trains before their variance is explained, ms.
const SMOOTHING_MS: f64 = 10.0;
/// Bins of smoothed trains are this wide, ms.
const BIN_MS: f64 = 1.0;

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

/// Computes the explained variance of a spike train at a resolution of 10 ms
///
/// ```text
/// EV = (var D + var M - var(D - M)) / (var D + var M)
/// ```
///
/// where D and M are the recorded and the modelled train, each smoothed by a Gaussian of 10 ms standard deviation (Teeter et
/// al. 2018, doi:10.1038/s41467-017-02717-4). It is 1 for identical trains and 0 for independent ones. `None` when both
/// are silent.
pub fn explained_spike_variance(data_ms: &[f64], model_ms: &[f64], duration_ms: f64) -> Option<f64> {
    let (data, model) = (smoothed(data_ms, duration_ms), smoothed(model_ms, duration_ms));
    let variance = |values: &[f64]| {
        let mean = mean(values);
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    let difference: Vec<f64> = data.iter().zip(&model).map(|(d, m)| d - m).collect();
    let both = variance(&data) + variance(&model);
    (both > 0.0).then(|| (both - variance(&difference)) / both)
}

/// A train in bins of 1 ms, each spike spread by a Gaussian.
fn smoothed(spikes_ms: &[f64], duration_ms: f64) -> Vec<f64> {
    let bins = (duration_ms / BIN_MS).ceil().max(1.0) as usize;
    let mut rate = vec![0.0; bins];
    for spike in spikes_ms {
        let from = ((spike - 5.0 * SMOOTHING_MS) / BIN_MS).max(0.0) as usize;
        let to = (((spike + 5.0 * SMOOTHING_MS) / BIN_MS).max(0.0) as usize).min(bins);
        for (bin, rate) in rate.iter_mut().enumerate().take(to).skip(from) {
            let distance = ((bin as f64 + 0.5) * BIN_MS - spike) / SMOOTHING_MS;
            *rate += (-0.5 * distance * distance).exp();
        }
    }
    rate
}
