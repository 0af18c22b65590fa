//! This module defines the keys that every config has, whatever the source of its connectivity.

use super::{NeuronConfig, SimulationConfig, magnitude};
use brain_core::config::{ConfigError, Origin, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The keys of every config, as they are written.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct General {
    /// The name of the network, and of its output folder within `out`.
    pub name: String,
    /// The seed of everything random.
    pub seed: u64,
    /// The output folder; `out/<name>` where it is empty.
    pub out: PathBuf,
    /// The time step of the simulation; delays are rounded to a number of such steps.
    pub dt: Quantity,
    /// The source of the connectivity.
    ///
    /// See [`crate::source`].
    pub source: String,
    /// The names of the projections that learning does not change. A projection of `source: rules` may instead say
    /// `plastic: false`.
    pub fixed: Vec<String>,
    /// The models of the neurons, by the names of the populations.
    pub neurons: BTreeMap<String, NeuronConfig>,
    /// The ratio of the summed inhibitory to the summed excitatory magnitudes of every neuron's inputs. Inhibitory
    /// magnitudes are scaled to this ratio where it is given, and are left alone where it is null.
    pub balance: Option<f64>,
    /// The settings of the simulation.
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
    /// Returns the time step, ms. Fails where it is not above 0.
    pub(super) fn dt_ms(&self, origin: &Origin) -> Result<f64, ConfigError> {
        let dt_ms = magnitude(origin, "dt", &self.dt, "ms")?;
        if dt_ms > 0.0 { Ok(dt_ms) } else { Err(origin.error("dt", "the step must be above 0")) }
    }

    /// Returns the files that these keys name.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.neurons.values_mut().flat_map(|n| n.cells.iter_mut())
    }
}
