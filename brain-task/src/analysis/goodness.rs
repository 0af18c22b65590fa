//! This module tests how well a distribution fits, and which of two fits better.

use super::{Distribution, DistributionFamily};
use brain_core::{Seed, stats};
use rayon::prelude::*;
use serde::Serialize;

/// Computes Kolmogorov and Smirnov's distance: the greatest difference between the distribution function and the share
/// of the numbers that are at most x, over all x. Numbers must be sorted.
pub fn ks(distribution: &Distribution, sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let distance = |(k, &x): (usize, &f64)| {
        let p = distribution.cdf(x);
        (p - k as f64 / n).max((k + 1) as f64 / n - p)
    };
    sorted.iter().enumerate().map(distance).fold(0.0, f64::max)
}

/// Computes the probability that `n` numbers are at least this far from the distribution that they are drawn from, by
/// Kolmogorov's limit with the correction for n of Stephens 1970,
/// <https://doi.org/10.1111/j.2517-6161.1970.tb00821.x>.
///
/// It is too large where parameters were fitted to the same numbers; [`bootstrap_p`] is right there.
pub fn ks_p(distance: f64, n: usize) -> f64 {
    let root = (n as f64).sqrt();
    let x = (root + 0.12 + 0.11 / root) * distance;
    if x < 0.2 {
        // The probability is 1 to ten digits, for which the series would need many terms.
        return 1.0;
    }
    let term = |j: i32| {
        let j = f64::from(j);
        2.0 * if j % 2.0 == 1.0 { 1.0 } else { -1.0 } * (-2.0 * j * j * x * x).exp()
    };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Estimates the probability that numbers drawn from a fitted distribution are, after a fit of their own, as far from
/// it as these. It is the share of `repeats` samples of the same size whose [`ks`] is at least that of the numbers,
/// which count as one more sample; so it is at least `1 / (repeats + 1)`.
///
/// The method is that of Lilliefors 1967, <https://doi.org/10.1080/01621459.1967.10482916>, and of Clauset, Shalizi and
/// Newman 2009, section 4.1, <https://doi.org/10.1137/070710111>.
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

/// The test of [`vuong`] has this result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Vuong {
    /// This is the sum over the numbers of the first log-density minus the second.
    pub log_ratio: f64,
    /// This is that sum divided by its standard error. It is standard normal where both are equally close to the truth,
    /// and above 0 where the first is closer.
    pub z: f64,
    /// A `z` at least this far from 0 has this probability where both are equally close.
    pub p: f64,
}

/// Tests which of two distributions, each fitted to the numbers and neither containing the other, is closer to the
/// truth (Vuong 1989, <https://doi.org/10.2307/1912557>). There is no correction for the number of parameters.
pub fn vuong(first: &Distribution, second: &Distribution, x: &[f64]) -> Vuong {
    let n = x.len() as f64;
    let ratios: Vec<f64> = x.iter().map(|&x| first.ln_density(x) - second.ln_density(x)).collect();
    let log_ratio: f64 = ratios.iter().sum();
    let sd = stats::sd(&ratios);
    let z = if sd > 0.0 { log_ratio / (n.sqrt() * sd) } else { 0.0 };
    Vuong { log_ratio, z, p: 2.0 * stats::normal_cdf(-z.abs()) }
}
