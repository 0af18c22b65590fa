//! Differential evolution, whose rivals take each coordinate anew with a probability; see [`evolution`](super::evolution).

use super::evolution::{Crossover, Evolution};
use super::{Needs, Optimiser, Search};
use crate::Seed;
use crate::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of differential evolution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct De {
    /// Number of candidates; null takes as many as there are starts. There are four at least.
    pub population: Option<usize>,
    /// Number of generations.
    pub generations: usize,
    /// Factor on the differences of candidates.
    pub factor: f64,
    /// Probability that a coordinate is new.
    pub crossover: f64,
}

impl Default for De {
    fn default() -> Self {
        Self { population: None, generations: 100, factor: 0.8, crossover: 0.5 }
    }
}

impl Settings<dyn Optimiser> for De {
    const NAME: &'static str = "de";
    const ALIASES: &'static [&'static str] = &["differential-evolution"];

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Optimiser>, SettingError> {
        reader.count("population", self.population.unwrap_or(4), 4, 1_000_000)?;
        reader.count("generations", self.generations, 1, 1_000_000)?;
        reader.within("factor", self.factor, f64::MIN_POSITIVE, 2.0)?;
        reader.within("crossover", self.crossover, 0.0, 1.0)?;
        Ok(Box::new(*self))
    }
}

impl Optimiser for De {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn rounds(&self) -> u64 {
        self.generations as u64 + 1
    }

    fn begin(&self, starts: &[Vec<f64>], seed: Seed) -> Box<dyn Search> {
        let size = self.population.unwrap_or(starts.len());
        let crossover = Crossover::Each(self.crossover);
        Box::new(Evolution::new(crossover, self.factor, size, self.generations, starts, seed))
    }
}
