//! This module reads distributions of magnitudes: every key of the config that ends in `weight`.

use crate::weight::WeightDistribution;
use brain_core::config::{ConfigError, Origin};
use serde::{Deserialize, Serialize};

/// The name of a distribution; see [`WeightDistribution`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DistributionName {
    /// All magnitudes are `mean`.
    Constant,
    /// Magnitudes lie between `low` and `high`.
    Uniform,
    /// Magnitudes are normal with `mean` and `cv`, drawn again below 0.
    Normal,
    /// Magnitudes are log-normal with `mean` and `cv`.
    #[default]
    LogNormal,
    /// Magnitudes are those of normal numbers with variance `scale / fan_in`, as in the reference code of Wang et al.
    /// 2024.
    FanIn,
}

/// The magnitudes of synapses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightConfig {
    /// The distribution that the magnitudes are drawn from.
    pub distribution: DistributionName,
    /// The mean of `constant`, `normal` and `log-normal`.
    pub mean: f64,
    /// The coefficient of variation (standard deviation divided by mean) of `normal` and `log-normal`.
    pub cv: f64,
    /// The smallest magnitude of `uniform`.
    pub low: f64,
    /// The largest magnitude of `uniform`.
    pub high: f64,
    /// The summed variance of the weights of a neuron's inputs, for `fan-in`.
    pub scale: f64,
    /// The number of inputs of a neuron, for `fan-in`; the mean in-degree is used where it is null.
    pub fan_in: Option<f64>,
}

impl Default for WeightConfig {
    fn default() -> Self {
        Self {
            distribution: DistributionName::LogNormal,
            mean: 1.0,
            cv: 1.0,
            low: 0.0,
            high: 1.0,
            scale: 1.0,
            fan_in: None,
        }
    }
}

/// Returns the distribution at `key`. Fails where its parameters give no magnitudes.
pub(crate) fn weights(origin: &Origin, key: &str, w: &WeightConfig) -> Result<WeightDistribution, ConfigError> {
    let weights = match w.distribution {
        DistributionName::Constant => WeightDistribution::Constant(w.mean),
        DistributionName::Uniform => WeightDistribution::Uniform { low: w.low, high: w.high },
        DistributionName::Normal => WeightDistribution::Normal { mean: w.mean, sd: w.cv * w.mean },
        DistributionName::LogNormal => WeightDistribution::LogNormal { mean: w.mean, cv: w.cv },
        DistributionName::FanIn => WeightDistribution::FanIn { scale: w.scale, fan_in: w.fan_in },
    };
    weights.check(key).map_err(|e| origin.error(key, e))?;
    Ok(weights)
}
