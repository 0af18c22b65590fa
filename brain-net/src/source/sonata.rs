//! This source reads a SONATA circuit.

use super::{BuiltNetwork, ConnectomePlan, ConnectomeSource, Scope};
use crate::config::{magnitude, named, within};
use crate::connectome::ConnectomeError;
use crate::connectome::sonata::{SonataCircuit, SonataOptions};
use crate::error::BuildError;
use crate::network::AnatomicalNetwork;
use brain_core::Seed;
use brain_core::config::{ConfigError, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of `source: sonata` say how a circuit is read.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SonataSource {
    /// The circuit is read like this.
    pub sonata: SonataConfig,
}

/// A SONATA circuit is read like this.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SonataConfig {
    /// The circuit is that of this circuit config, or of a simulation config that names one.
    pub config: PathBuf,
    /// All magnitudes are multiplied by this factor.
    pub scale: f64,
    /// Edges for which the circuit gives no delay have this one.
    pub delay: Quantity,
}

impl Default for SonataConfig {
    fn default() -> Self {
        Self { config: PathBuf::new(), scale: 1.0, delay: Quantity::from("1 ms") }
    }
}

impl ConnectomeSource for SonataSource {
    const NAME: &'static str = "sonata";

    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        let s = &self.sonata;
        named(scope.origin, "sonata.config", &s.config, "the config of the circuit, a JSON file")?;
        within(scope.origin, "sonata.scale", s.scale, 0.0, f64::MAX)?;
        let delay_ms = magnitude(scope.origin, "sonata.delay", &s.delay, "ms")?;
        let options = SonataOptions { dt_ms: scope.dt_ms, delay_ms, scale: s.scale };
        Ok(Box::new(SonataPlan { config: s.config.clone(), options }))
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.sonata.config]
    }

    /// Reads a circuit config, or the `circuit_config.json` of a folder.
    fn open(file: &Path) -> Option<Result<AnatomicalNetwork, ConnectomeError>> {
        let config = match file.is_dir() {
            true => file.join("circuit_config.json"),
            false => file.to_owned(),
        };
        let read = || SonataCircuit::read(&config)?.network(SonataOptions { dt_ms: 0.1, delay_ms: 1.0, scale: 1.0 });
        config.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")).then(read)
    }
}

#[derive(Debug)]
struct SonataPlan {
    config: PathBuf,
    options: SonataOptions,
}

impl ConnectomePlan for SonataPlan {
    fn build(&self, _seed: Seed) -> Result<BuiltNetwork, BuildError> {
        let circuit = SonataCircuit::read(&self.config)?;
        let network = circuit.network(self.options)?;
        let files = circuit.files.into_iter().map(|f| ("connectome", f)).collect();
        Ok(BuiltNetwork { network, files, ..BuiltNetwork::default() })
    }

    fn describe(&self, _projection: &str) -> String {
        "SONATA edges".into()
    }
}
