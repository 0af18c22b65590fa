//! This module has distributions of positive numbers, and their fits by maximum likelihood.

use super::special::trigamma;
use brain_core::{Stream, stats};
use libm::erf;
use rand_distr::{Distribution as _, Gamma};
use serde::Serialize;
use statrs::function::gamma::{checked_gamma_lr, digamma, ln_gamma};
use std::f64::consts::PI;

/// A distribution is of one of these kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DistributionFamily {
    /// The logarithm is normal.
    LogNormal,
    /// The number is the magnitude of a normal number of mean 0.
    HalfNormal,
    /// The number has a gamma distribution.
    Gamma,
    /// The number has an exponential distribution, which is gamma of shape 1.
    Exponential,
}

/// A distribution is of numbers x > 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "family", rename_all = "kebab-case")]
pub enum Distribution {
    /// `ln x` has mean `mu` and standard deviation `sigma`.
    LogNormal {
        /// The logarithm has this mean.
        mu: f64,
        /// The logarithm has this standard deviation.
        sigma: f64,
    },
    /// The density is proportional to `exp(-x^2 / (2 sigma^2))`.
    HalfNormal {
        /// The normal number has this standard deviation.
        sigma: f64,
    },
    /// The density is proportional to `x^(shape - 1) exp(-x / scale)`.
    Gamma {
        /// The distribution has this shape.
        shape: f64,
        /// The distribution has this scale.
        scale: f64,
    },
    /// The density is proportional to `exp(-x / scale)`.
    Exponential {
        /// The number has this mean.
        scale: f64,
    },
}

impl DistributionFamily {
    /// The kinds are listed here, the log-normal first.
    pub const ALL: [DistributionFamily; 4] = [
        DistributionFamily::LogNormal,
        DistributionFamily::HalfNormal,
        DistributionFamily::Gamma,
        DistributionFamily::Exponential,
    ];

    /// Returns the most likely distribution of this kind. Numbers must be positive, finite and not all the same.
    ///
    /// For the log-normal distribution they are mean and standard deviation of the logarithms, over n. For the
    /// half-normal one `sigma^2` is the mean of the squares, and for the exponential one `scale` is the mean. For the
    /// gamma distribution `ln shape - digamma(shape) = ln(mean) - mean(ln x)` is solved by Newton's method (Minka 2002,
    /// Estimating a Gamma distribution), and `scale = mean / shape`.
    pub fn fit(self, x: &[f64]) -> Distribution {
        let n = x.len() as f64;
        let mean = stats::mean(x);
        let logs = || x.iter().map(|x| x.ln()).collect::<Vec<_>>();
        match self {
            Self::LogNormal => {
                let logs = logs();
                Distribution::LogNormal { mu: stats::mean(&logs), sigma: stats::sd(&logs) }
            }
            Self::HalfNormal => Distribution::HalfNormal { sigma: (x.iter().map(|x| x * x).sum::<f64>() / n).sqrt() },
            Self::Exponential => Distribution::Exponential { scale: mean },
            Self::Gamma => {
                // The gap is 0 only where all numbers are the same.
                let gap = (mean.ln() - stats::mean(&logs())).max(1e-12);
                let mut shape = (3.0 - gap + ((gap - 3.0).powi(2) + 24.0 * gap).sqrt()) / (12.0 * gap);
                for _ in 0..50 {
                    let (first, second) = (digamma(shape), trigamma(shape));
                    // The equation is nearly linear in 1 / shape, and the step stays positive.
                    let inverse = 1.0 / shape + (shape.ln() - first - gap) / (shape * shape * (1.0 / shape - second));
                    let next = 1.0 / inverse.max(0.1 / shape);
                    let done = (next / shape - 1.0).abs() < 1e-14;
                    shape = next;
                    if done {
                        break;
                    }
                }
                Distribution::Gamma { shape, scale: mean / shape }
            }
        }
    }
}

impl Distribution {
    /// Returns the kind of the distribution.
    pub fn family(&self) -> DistributionFamily {
        match self {
            Self::LogNormal { .. } => DistributionFamily::LogNormal,
            Self::HalfNormal { .. } => DistributionFamily::HalfNormal,
            Self::Gamma { .. } => DistributionFamily::Gamma,
            Self::Exponential { .. } => DistributionFamily::Exponential,
        }
    }

    /// Returns how many parameters the distribution has.
    pub fn parameters(&self) -> usize {
        match self {
            Self::LogNormal { .. } | Self::Gamma { .. } => 2,
            Self::HalfNormal { .. } | Self::Exponential { .. } => 1,
        }
    }

    /// Returns the logarithm of the density at x > 0.
    pub fn ln_density(&self, x: f64) -> f64 {
        match *self {
            Self::LogNormal { mu, sigma } => {
                -0.5 * ((x.ln() - mu) / sigma).powi(2) - (x * sigma).ln() - 0.5 * (2.0 * PI).ln()
            }
            Self::HalfNormal { sigma } => 0.5 * (2.0 / PI).ln() - sigma.ln() - 0.5 * (x / sigma).powi(2),
            Self::Gamma { shape, scale } => (shape - 1.0) * x.ln() - x / scale - ln_gamma(shape) - shape * scale.ln(),
            Self::Exponential { scale } => -x / scale - scale.ln(),
        }
    }

    /// Returns the probability that a number is at most x.
    pub fn cdf(&self, x: f64) -> f64 {
        match *self {
            _ if x <= 0.0 => 0.0,
            Self::LogNormal { mu, sigma } => stats::normal_cdf((x.ln() - mu) / sigma),
            Self::HalfNormal { sigma } => erf(x / sigma / std::f64::consts::SQRT_2),
            // The crate refuses arguments that over- or underflow.
            Self::Gamma { shape, scale } => {
                checked_gamma_lr(shape, x / scale).unwrap_or(if x > scale { 1.0 } else { 0.0 })
            }
            Self::Exponential { scale } => -(-x / scale).exp_m1(),
        }
    }

    /// Draws a number from the distribution.
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        match *self {
            Self::LogNormal { mu, sigma } => (mu + sigma * stream.normal()).exp(),
            Self::HalfNormal { sigma } => sigma * stream.normal().abs(),
            // The crate refuses numbers that are not positive, which no fit has.
            Self::Gamma { shape, scale } => Gamma::new(shape, scale).map_or(f64::NAN, |gamma| gamma.sample(stream)),
            Self::Exponential { scale } => -scale * (1.0 - stream.uniform()).ln(),
        }
    }
}
