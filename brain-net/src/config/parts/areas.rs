//! Areas and the neurons in them: `marmoset` and `areas`.

use super::WeightConfig;
use crate::area::Generator;
use brain_core::config::Quantity;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Areas with the marmoset's statistics; see [`Generator`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarmosetConfig {
    /// Number of areas.
    pub areas: usize,
    /// Fraction of the possible projections that exist.
    pub density: f64,
    /// Exponential distance rule, 1/mm.
    pub lambda: f64,
    /// Standard deviation of `ln FLN` at one distance.
    pub sigma: f64,
    /// Share of the chance of a projection common to both directions, 0 to 1.
    pub reciprocity: f64,
}

impl Default for MarmosetConfig {
    fn default() -> Self {
        let Generator { areas, density, lambda, sigma, reciprocity, .. } = Generator::default();
        Self { areas, density, lambda, sigma, reciprocity }
    }
}

/// From areas to neurons.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AreasConfig {
    /// Neurons of every area.
    pub neurons_per_area: u32,
    /// Neurons of each area instead, in the order of the matrix; none where it is empty.
    pub sizes: Vec<u32>,
    /// Neurons of each area instead, by name: a CSV with the columns `area` and `neurons`.
    pub sizes_file: Option<PathBuf>,
    /// Fraction of them that is excitatory.
    pub excitatory: f64,
    /// Within areas.
    pub local: LocalConfig,
    /// Between areas.
    pub long_range: LongRangeConfig,
}

impl Default for AreasConfig {
    fn default() -> Self {
        Self {
            neurons_per_area: 400,
            sizes: vec![],
            sizes_file: None,
            excitatory: 0.8,
            local: LocalConfig::default(),
            long_range: LongRangeConfig::default(),
        }
    }
}

/// Within areas.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalConfig {
    /// In-degree from excitatory neurons of the area.
    pub excitatory: u32,
    /// In-degree from inhibitory neurons of the area.
    pub inhibitory: u32,
    /// Magnitudes of excitatory synapses.
    pub excitatory_weight: WeightConfig,
    /// Magnitudes of inhibitory synapses.
    pub inhibitory_weight: WeightConfig,
    /// Delay.
    pub delay: Quantity,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            excitatory: 100,
            inhibitory: 25,
            excitatory_weight: WeightConfig::default(),
            inhibitory_weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
        }
    }
}

/// Between areas.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LongRangeConfig {
    /// In-degree of excitatory neurons.
    pub to_excitatory: u32,
    /// In-degree of inhibitory neurons.
    pub to_inhibitory: u32,
    /// Magnitudes.
    pub weight: WeightConfig,
    /// Part of the delay that does not grow with distance.
    pub delay: Quantity,
    /// Conduction velocity.
    pub velocity: Quantity,
}

impl Default for LongRangeConfig {
    fn default() -> Self {
        Self {
            to_excitatory: 100,
            to_inhibitory: 100,
            weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
            velocity: Quantity::from("3.5 m/s"),
        }
    }
}
