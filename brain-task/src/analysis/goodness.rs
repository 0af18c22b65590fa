//! How well a distribution fits, and which of two fits better.

use super::{Distribution, DistributionFamily};
use brain_core::{Seed, stats};
use rayon::prelude::*;
use serde::Serialize;

/// Kolmogorov and Smirnov's distance: the greatest difference between the distribution function and the share of the
/// numbers that are at most x, over all x. Numbers must be sorted.
pub fn ks(distribution: &Distribution, sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let distance = |(k, &x): (usize, &f64)| {
        let p = distribution.cdf(x);
        (p - k as f64 / n).max((k + 1) as f64 / n - p)
    };
    sorted.iter().enumerate().map(distance).fold(0.0, f64::max)
}

/// Probability that `n` numbers are at least this far from the distribution that they are drawn from: Kolmogorov's
/// limit with the correction for n of Stephens 1970, <https://doi.org/10.1111/j.2517-6161.1970.tb00821.x>.
///
/// It is too large where parameters were fitted to the same numbers: then see [`bootstrap_p`].
pub fn ks_p(distance: f64, n: usize) -> f64 {
    let root = (n as f64).sqrt();
    let x = (root + 0.12 + 0.11 / root) * distance;
    if x < 0.2 {
        // 1 to ten digits; the series would need many terms.
        return 1.0;
    }
    let term = |j: i32| {
        let j = f64::from(j);
        2.0 * if j % 2.0 == 1.0 { 1.0 } else { -1.0 } * (-2.0 * j * j * x * x).exp()
    };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Probability that numbers drawn from a fitted distribution are, after a fit of their own, as far from it as these:
/// the share of `repeats` samples of the same size whose [`ks`] is at least that of the numbers, both counted with one.
///
/// Lilliefors 1967, <https://doi.org/10.1080/01621459.1967.10482916>; Clauset, Shalizi and Newman 2009, section 4.1,
/// <https://doi.org/10.1137/070710111>. The least value is `1 / (repeats + 1)`.
pub fn bootstrap_p(fitted: &Distribution, distance: f64, n: usize, repeats: u64, seed: Seed) -> f64 {
    let family: DistributionFamily = fitted.family();
    let as_far = |&k: &u64| {
        let mut stream = seed.at(k);
        let mut sample: Vec<f64> = (0..n).map(|_| fitted.sample(&mut stream).max(f64::MIN_POSITIVE)).collect();
        sample.sort_by(f64::total_cmp);
        ks(&family.fit(&sample), &sample) >= distance
    };
    let count = (0..repeats).into_par_iter().filter(as_far).count();
    (count + 1) as f64 / (repeats + 1) as f64
}

/// What [`vuong`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Vuong {
    /// The sum over the numbers of the first log-density minus the second.
    pub log_ratio: f64,
    /// The sum over its standard error: standard normal where both are equally close to the truth, above 0 where the
    /// first is closer.
    pub z: f64,
    /// The probability of a `z` at least this far from 0 where both are equally close.
    pub p: f64,
}

/// Vuong's test of two distributions that do not contain each other, each fitted to the numbers: Vuong 1989,
/// <https://doi.org/10.2307/1912557>. Not corrected for the number of parameters.
pub fn vuong(first: &Distribution, second: &Distribution, x: &[f64]) -> Vuong {
    let n = x.len() as f64;
    let ratios: Vec<f64> = x.iter().map(|&x| first.ln_density(x) - second.ln_density(x)).collect();
    let log_ratio: f64 = ratios.iter().sum();
    let sd = stats::sd(&ratios);
    let z = if sd > 0.0 { log_ratio / (n.sqrt() * sd) } else { 0.0 };
    Vuong { log_ratio, z, p: 2.0 * stats::normal_cdf(-z.abs()) }
}
