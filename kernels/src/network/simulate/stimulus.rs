//! This module computes random sources and stimuli in a step. Random numbers are keyed by step and neuron, so that
//! results do not depend on the number of threads.

use crate::{
    Precision,
    network::{PerNeuron, Samples, Stimulus, StimulusKind},
    random::draws,
};

/// Width of one of 2^32 equal parts of the unit interval.
const PART: f64 = 1.0 / 4_294_967_296.0;

/// Calls `f` with each neuron of `columns` and a uniform number in (0, 1) that is keyed by the neuron and the step.
#[inline]
fn each(columns: std::ops::Range<usize>, key: u64, step: u64, mut f: impl FnMut(usize, f64)) {
    let mut n = columns.start;
    while n < columns.end {
        for (k, bits) in draws(key, step, n as u64 / 4).into_iter().enumerate().skip(n % 4) {
            if n - n % 4 + k >= columns.end {
                break;
            }
            f(n - n % 4 + k, (f64::from(bits) + 0.5) * PART);
        }
        n += 4 - n % 4;
    }
}

/// Returns the mean number of events of neuron `n` in a step of `dt` ms at `rate` Hz.
fn mean(rate: &PerNeuron, n: usize, dt: f64) -> f64 {
    1e-3 * dt * rate.of(n)
}

/// Appends the sources of `columns` that spike in a step to a list.
pub(super) fn poisson_spikes(
    rate: &PerNeuron,
    key: u64,
    step: u64,
    dt: f64,
    columns: std::ops::Range<usize>,
    to: &mut Vec<u32>,
) {
    each(columns, key, step, |n, u| {
        if u < mean(rate, n, dt) {
            to.push(n as u32);
        }
    });
}

/// Returns the Poisson number of mean `mean` at quantile `u`. Where the mean is above 30, a normal distribution of the
/// same moments is used.
fn poisson(mean: f64, u: f64) -> u32 {
    if mean > 30.0 {
        return (mean + mean.sqrt() * normal(u)).round().max(0.0) as u32;
    }
    let (mut k, mut p) = (0, (-mean).exp());
    let mut sum = p;
    while u > sum && k < 200 {
        k += 1;
        p *= mean / f64::from(k);
        sum += p;
    }
    k
}

/// Returns the quantile `u` of the normal distribution by Abramowitz and Stegun 26.2.23, with an absolute error below
/// 4.5e-4.
fn normal(u: f64) -> f64 {
    let t = (-2.0 * u.min(1.0 - u).ln()).sqrt();
    let x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    if u < 0.5 { -x } else { x }
}

/// A stimulus in the precision of a run.
pub(super) struct StimulusState<F> {
    pub(super) population: usize,
    pub(super) input: usize,
    brings: Brings<F>,
}

enum Brings<F> {
    Poisson {
        rate: PerNeuron,
        weight: F,
        key: u64,
    },
    /// A time series, `[sample]`, or `[sample, neuron]` where `each` is true.
    Series {
        samples: Vec<F>,
        each: bool,
        every: usize,
    },
}

impl<F: Precision> StimulusState<F> {
    pub(super) fn new(from: Stimulus) -> Self {
        let numbers = |x: Vec<f64>| x.into_iter().map(F::of).collect();
        let brings = match from.signal {
            StimulusKind::Poisson { rate, weight, key } => Brings::Poisson { rate, weight: F::of(weight), key },
            StimulusKind::Series { samples: Samples::Same(x), every } => {
                Brings::Series { samples: numbers(x), each: false, every }
            }
            StimulusKind::Series { samples: Samples::Each(x), every } => {
                Brings::Series { samples: numbers(x), each: true, every }
            }
        };
        StimulusState { population: from.population, input: from.input, brings }
    }

    /// Adds the signal of step `step` to `row`, a row of the input's ring, for the neurons of `columns`.
    ///
    /// # Safety
    /// `row` must have a place for each of `neurons`, `columns` must be below `neurons`, and no other thread may access
    /// `columns` during the call.
    pub(super) unsafe fn add(&self, step: u64, dt: f64, neurons: usize, columns: std::ops::Range<usize>, row: *mut F) {
        match &self.brings {
            Brings::Poisson { rate, weight, key } => {
                let shared = if let PerNeuron::Same(_) = rate { Some(mean(rate, 0, dt)) } else { None };
                // Most numbers of events are zero; the shared probability of zero spares their exponentials.
                let none = shared.map(|m| (-m).exp());
                each(columns, *key, step, |n, u| {
                    if none.is_some_and(|p| u <= p) {
                        return;
                    }
                    let count = poisson(shared.unwrap_or_else(|| mean(rate, n, dt)), u);
                    if count > 0 {
                        // SAFETY: `n` is one of `columns`, which the caller ensures to be in the row and to belong to
                        // this thread.
                        unsafe { *row.add(n) += F::of(f64::from(count) * weight.to()) };
                    }
                });
            }
            Brings::Series { samples, each: false, every } => {
                if let Some(&x) = samples.get((step / *every as u64) as usize) {
                    // SAFETY: `n` is one of `columns`, as above.
                    columns.for_each(|n| unsafe { *row.add(n) += x });
                }
            }
            Brings::Series { samples, each: true, every } => {
                let sample = (step / *every as u64) as usize;
                if let Some(x) = samples.get(sample * neurons..(sample + 1) * neurons) {
                    // SAFETY: `n` is one of `columns`, as above.
                    columns.for_each(|n| unsafe { *row.add(n) += x[n] });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_numbers_have_their_moments() {
        for mean in [0.002, 0.5, 7.0, 50.0] {
            let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
            each(0..200_000, 3, 5, |_, u| {
                let k = f64::from(poisson(mean, u));
                (count, sum, squares) = (count + 1.0, sum + k, squares + k * k);
            });
            let (m, v) = (sum / count, squares / count - (sum / count) * (sum / count));
            let error = 5.0 * (mean / count).sqrt();
            assert!((m - mean).abs() < error, "mean {m} for {mean}");
            assert!((v / mean - 1.0).abs() < 0.02 + 5.0 * (1.0 / (mean * count)).sqrt(), "variance {v} for {mean}");
        }
    }

    #[test]
    fn draws_do_not_depend_on_the_requested_columns() {
        let mut all = vec![];
        each(0..40, 1, 2, |n, u| all.push((n, u)));
        let mut some = vec![];
        each(7..21, 1, 2, |n, u| some.push((n, u)));
        assert_eq!(all[7..21], some);
    }
}
