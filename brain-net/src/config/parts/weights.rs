//! Distributions of magnitudes.

use serde::{Deserialize, Serialize};

/// A distribution of magnitudes; see [`crate::Weights`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// All `mean`.
    Constant,
    /// Between `low` and `high`.
    Uniform,
    /// With `mean` and `cv`, truncated at 0.
    Normal,
    /// With `mean` and `cv`.
    #[default]
    LogNormal,
    /// Of variance `scale / fan_in`: the reference code's initialisation.
    FanIn,
}

/// Magnitudes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightConfig {
    /// Their distribution.
    pub distribution: Distribution,
    /// Mean.
    pub mean: f64,
    /// Standard deviation over mean.
    pub cv: f64,
    /// Least, of `uniform`.
    pub low: f64,
    /// Greatest, of `uniform`.
    pub high: f64,
    /// Variance that all inputs of a neuron bring together, of `fan-in`.
    pub scale: f64,
    /// Inputs of a neuron, of `fan-in`; the mean in-degree where it is null.
    pub fan_in: Option<f64>,
}

impl Default for WeightConfig {
    fn default() -> Self {
        Self {
            distribution: Distribution::LogNormal,
            mean: 1.0,
            cv: 1.0,
            low: 0.0,
            high: 1.0,
            scale: 1.0,
            fan_in: None,
        }
    }
}
