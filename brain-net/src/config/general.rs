//! This module defines the keys that every config has, whatever the source of its connectivity.

use super::{NeuronConfig, SimulationConfig, magnitude};
use brain_core::config::{ConfigError, Origin, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Steps are at least this long, ms; in shorter ones no equation of a neuron moves in single precision.
const SHORTEST: f64 = 1e-6;
/// Steps are at most this long, ms.
const LONGEST: f64 = 1e3;

/// Every config has these keys, whatever the source of its connectivity.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct General {
    /// The network has this name, and is written to the folder `out/<name>` where `out` is empty.
    pub name: String,
    /// Everything random is drawn with this seed.
    pub seed: u64,
    /// Everything is written to this folder; to `out/<name>` where it is empty.
    pub out: PathBuf,
    /// The simulation goes in steps of this time; delays are rounded to a number of such steps, which is at least 1.
    pub dt: Quantity,
    /// The connectivity comes from this source.
    ///
    /// The module [`crate::source`] lists the sources.
    pub source: String,
    /// Learning does not change the projections of these names. A projection of `source: rules` may instead say
    /// `plastic: false`.
    pub fixed: Vec<String>,
    /// The neurons have these models, by the names of the populations.
    pub neurons: BTreeMap<String, NeuronConfig>,
    /// The inhibitory inputs of every neuron are scaled so that their summed magnitudes have this ratio to those of the
    /// excitatory ones; they are left alone where it is null.
    pub balance: Option<f64>,
    /// The network is simulated with these settings.
    pub simulation: SimulationConfig,
}

impl Default for General {
    fn default() -> Self {
        Self {
            name: "network".into(),
            seed: 0,
            out: PathBuf::new(),
            dt: Quantity::from("0.1 ms"),
            source: "marmoset".into(),
            fixed: vec![],
            neurons: BTreeMap::new(),
            balance: None,
            simulation: SimulationConfig::default(),
        }
    }
}

impl General {
    /// Returns the time step, ms. Fails where it is too short or too long to simulate anything.
    pub(super) fn dt_ms(&self, origin: &Origin) -> Result<f64, ConfigError> {
        let dt_ms = magnitude(origin, "dt", &self.dt, "ms")?;
        match (SHORTEST..=LONGEST).contains(&dt_ms) {
            true => Ok(dt_ms),
            false => {
                Err(origin
                    .error("dt", format!("a step of {dt_ms:e} ms must be within {SHORTEST:e} and {LONGEST:e} ms")))
            }
        }
    }

    /// Returns the files that these keys name.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.neurons.values_mut().flat_map(|n| n.cells.iter_mut())
    }
}
