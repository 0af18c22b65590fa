//! This source draws areas with the marmoset's published statistics.

use super::areas::{AreasConfig, AreasPlan};
use super::{BuiltNetwork, ConnectomePlan, ConnectomeSource, Scope};
use crate::area::Generator;
use crate::config::within;
use crate::error::BuildError;
use brain_core::Seed;
use brain_core::config::ConfigError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The settings of `source: marmoset` are the statistics of the areas and the numbers of neurons and synapses.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MarmosetSource {
    /// The areas are drawn with these statistics.
    pub marmoset: MarmosetConfig,
    /// Areas become a network with these numbers of neurons and synapses.
    pub areas: AreasConfig,
}

/// Areas are drawn with these statistics; [`Generator`] defines them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MarmosetConfig {
    /// There are this many areas.
    pub areas: usize,
    /// This fraction of the possible projections between areas exists.
    pub density: f64,
    /// The exponential distance rule has this rate, 1/mm.
    pub lambda: f64,
    /// At one distance `ln FLN` has this standard deviation.
    pub sigma: f64,
    /// Both directions have this share of the random part of a projection's existence in common, 0 to 1.
    pub reciprocity: f64,
}

impl Default for MarmosetConfig {
    fn default() -> Self {
        let Generator { areas, density, lambda, sigma, reciprocity, .. } = Generator::default();
        Self { areas, density, lambda, sigma, reciprocity }
    }
}

impl ConnectomeSource for MarmosetSource {
    const NAME: &'static str = "marmoset";

    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        let MarmosetConfig { areas, density, lambda, sigma, reciprocity } = self.marmoset;
        for (key, x, low, high) in [
            ("marmoset.areas", areas as f64, 2.0, 10_000.0),
            ("marmoset.density", density, 0.0, 1.0),
            ("marmoset.lambda", lambda, 0.0, 100.0),
            ("marmoset.sigma", sigma, 0.0, 20.0),
            ("marmoset.reciprocity", reciprocity, 0.0, 1.0),
        ] {
            within(scope.origin, key, x, low, high)?;
        }
        let generator = Generator { areas, density, lambda, sigma, reciprocity, ..Generator::default() };
        Ok(Box::new(MarmosetPlan { generator, areas: self.areas.plan(scope)? }))
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        self.areas.sizes_file.iter_mut().collect()
    }
}

#[derive(Debug)]
struct MarmosetPlan {
    generator: Generator,
    areas: AreasPlan,
}

impl ConnectomePlan for MarmosetPlan {
    fn build(&self, seed: Seed) -> Result<BuiltNetwork, BuildError> {
        self.areas.build(self.generator.generate(seed), seed)
    }

    fn describe(&self, projection: &str) -> String {
        self.areas.describe(projection)
    }
}
