//! This module draws the magnitudes of synapses.

use crate::network::{NetworkError, each_row};
use brain_core::{Seed, Stream};

/// Magnitudes are drawn from one of these distributions. Every magnitude is at least 0; its sign is that of the
/// presynaptic population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WeightDistribution {
    /// All magnitudes are the same.
    Constant(f64),
    /// Magnitudes are uniform between two bounds.
    Uniform {
        /// No magnitude is smaller than this.
        low: f64,
        /// No magnitude is larger than this.
        high: f64,
    },
    /// Magnitudes are normal and are drawn again where they fall below 0.
    Normal {
        /// The normal distribution has this mean before the truncation.
        mean: f64,
        /// The normal distribution has this standard deviation before the truncation.
        sd: f64,
    },
    /// Magnitudes are log-normal with a mean and a coefficient of variation: `ln w` has variance `ln(1 + cv^2)` and
    /// mean `ln mean - ln(1 + cv^2) / 2`. Cortical synapses are distributed so (Song et al. 2005,
    /// <https://doi.org/10.1371/journal.pbio.0030068>).
    LogNormal {
        /// The weights themselves have this mean.
        mean: f64,
        /// The weights themselves have this coefficient of variation.
        cv: f64,
    },
    /// Magnitudes are `|x|`, where `x` is normal with `sd = sqrt(scale / fan_in) / 0.8796` and truncated at two
    /// standard deviations, as in the reference code of Wang et al. 2024. 0.8796 is the standard deviation of the unit
    /// normal so truncated, so that the variance of `x` is `scale / fan_in`.
    FanIn {
        /// The weights of a neuron's inputs have this summed variance.
        scale: f64,
        /// A neuron has this many inputs; the expected in-degree is used where it is `None`.
        fan_in: Option<f64>,
    },
}

/// The unit normal distribution truncated at two standard deviations has this standard deviation.
pub const TRUNCATED_SD: f64 = 0.879_625_662_103_424;

impl WeightDistribution {
    /// Draws one magnitude for every synapse, row by row, for neurons with `in_degree` inputs on average.
    pub fn draw(&self, offsets: &[u64], in_degree: f64, seed: Seed) -> Vec<f32> {
        let mut weights = vec![0f32; offsets.last().copied().unwrap_or(0) as usize];
        match *self {
            Self::Constant(w) => weights.fill(w as f32),
            _ => each_row(offsets, &mut weights, |row, items| {
                let mut stream = seed.at(row as u64);
                items.iter_mut().for_each(|w| *w = self.one(in_degree, &mut stream) as f32);
            }),
        }
        weights
    }

    fn one(&self, in_degree: f64, stream: &mut Stream) -> f64 {
        match *self {
            Self::Constant(w) => w,
            Self::Uniform { low, high } => stream.within(low, high),
            Self::Normal { mean, sd } => loop {
                let w = mean + sd * stream.normal();
                if w >= 0.0 {
                    return w;
                }
            },
            Self::LogNormal { mean, cv } => {
                let variance = (cv * cv).ln_1p();
                mean * (variance.sqrt() * stream.normal() - variance / 2.0).exp()
            }
            Self::FanIn { scale, fan_in } => {
                let sd = (scale / fan_in.unwrap_or(in_degree).max(f64::MIN_POSITIVE)).sqrt() / TRUNCATED_SD;
                loop {
                    let x = stream.normal();
                    if x.abs() <= 2.0 {
                        return sd * x.abs();
                    }
                }
            }
        }
    }

    /// Fails where the parameters cannot give finite magnitudes of at least 0; `what` names the projection in the
    /// error.
    pub fn check(&self, what: &str) -> Result<(), NetworkError> {
        let check = |parameter, value: f64, problem: &str| match value.is_finite() && value >= 0.0 {
            true => Ok(()),
            false => Err(NetworkError::Rule { what: what.into(), parameter, value, problem: problem.into() }),
        };
        let magnitude = |parameter, value| {
            let problem = "is not a magnitude; give 0 or more: the sign is the presynaptic population's (Dale's law)";
            check(parameter, value, problem)
        };
        let spread = |parameter, value| check(parameter, value, "is not a spread; give 0 or more");
        match *self {
            Self::Constant(w) => magnitude("weight", w),
            Self::Uniform { low, high } => {
                magnitude("weight.low", low)?;
                magnitude("weight.high", high)?;
                check("weight.high - weight.low", high - low, "is not 0 or more; let `high` be at least `low`")
            }
            Self::Normal { mean, sd } => magnitude("weight.mean", mean).and(spread("weight.sd", sd)),
            Self::LogNormal { mean, cv } => magnitude("weight.mean", mean).and(spread("weight.cv", cv)),
            Self::FanIn { scale, fan_in } => {
                check("weight.scale", scale, "is not a variance; give 0 or more")?;
                check("weight.fan_in", fan_in.unwrap_or(1.0), "is not a number of inputs; give 0 or more, or null")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::stats;

    fn drawn(w: WeightDistribution) -> Vec<f64> {
        let offsets: Vec<u64> = (0..=1000).map(|i| i * 200).collect();
        w.draw(&offsets, 100.0, Seed::new(1)).into_iter().map(f64::from).collect()
    }

    #[test]
    fn drawn_weights_have_the_requested_moments() {
        let w = drawn(WeightDistribution::LogNormal { mean: 0.5, cv: 1.0 });
        let (mean, sd) = (stats::mean(&w), stats::sd(&w));
        assert!((mean - 0.5).abs() < 0.01 && (sd - 0.5).abs() < 0.03, "{mean} {sd}");
        let logs: Vec<f64> = w.iter().map(|w| w.ln()).collect();
        let (mu, sigma) = (stats::mean(&logs), stats::sd(&logs));
        assert!((sigma - 2f64.ln().sqrt()).abs() < 0.01 && (mu - (0.5f64.ln() - 2f64.ln() / 2.0)).abs() < 0.01);
        let w = drawn(WeightDistribution::Uniform { low: 1.0, high: 2.0 });
        let (mean, sd) = (stats::mean(&w), stats::sd(&w));
        assert!((mean - 1.5).abs() < 0.01 && (sd - 12f64.sqrt().recip()).abs() < 0.01);
        assert!(drawn(WeightDistribution::Normal { mean: 0.1, sd: 1.0 }).iter().all(|w| *w >= 0.0));
    }

    /// The magnitudes have the means that were measured in the reference code (paper.md, section 7.2).
    #[test]
    fn the_reference_codes_initialisation() {
        for (scale, fan_in, mean) in
            [(1.0, 100.0, 0.0824), (0.5, 160.0, 0.0459), (2.0, 40.0, 0.1823), (2.0, 200.0, 0.0805)]
        {
            let found = stats::mean(&drawn(WeightDistribution::FanIn { scale, fan_in: Some(fan_in) }));
            // The means of the reference code are averages over 400 to 32,000 draws.
            assert!(
                (found / mean - 1.0).abs() < 0.2 && (found / mean - 1.0).abs() < 0.03 + 0.1 * (fan_in / 200.0),
                "{found} {mean}"
            );
            let exact = (scale / fan_in).sqrt() * 0.82166;
            assert!((found / exact - 1.0).abs() < 0.005, "{found} {exact}");
        }
    }

    #[test]
    fn negative_magnitudes_are_refused() {
        for w in [WeightDistribution::Constant(-1.0), WeightDistribution::Normal { mean: f64::NAN, sd: 1.0 }] {
            let refused = w.check("E-E").unwrap_err();
            assert!(matches!(refused, NetworkError::Rule { parameter: "weight" | "weight.mean", .. }), "{refused}");
        }
        for (w, part) in [
            (WeightDistribution::Uniform { low: 2.0, high: 1.0 }, "let `high` be at least `low`"),
            (WeightDistribution::LogNormal { mean: 1.0, cv: -1.0 }, "weight.cv = -1 is not a spread"),
            (WeightDistribution::FanIn { scale: -1.0, fan_in: None }, "weight.scale = -1 is not a variance"),
        ] {
            let error = w.check("E-E").unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("Dale"), "{error}");
        }
        assert!(WeightDistribution::LogNormal { mean: 1.0, cv: 0.5 }.check("E-E").is_ok());
    }
}
