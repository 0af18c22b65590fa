//! The YAML config of a network. Every key has a default; unknown keys are errors.
//!
//! Settings flow in one direction. [`NetConfig::load`] reads the text, merges `--set` arguments and defaults into it,
//! and makes its paths absolute. [`NetConfig::resolve`] checks it and gives [`NetSettings`], in the units of the
//! models, from which [`NetSettings::build`] makes a network. [`NetConfig::simulation`] gives the
//! [`SimulationSettings`] of a run. Neither reads the config again; they keep its origin only so that an error can say
//! where a name was given.
//!
//! ```
//! use brain_net::{NetConfig, Registry};
//!
//! let yaml = "
//! source: rules
//! populations: [{name: E, size: 80}, {name: I, size: 20, sign: inhibitory}]
//! projections:
//! - {from: E, to: I, rule: fixed-in-degree, k: 10, weight: {mean: 0.5}}
//! ";
//! let config = NetConfig::parse("net.yaml", yaml, &["projections.0.k=12"], &Registry::default())?;
//! let built = config.resolve()?.build()?;
//! assert_eq!((built.network.neurons(), built.network.synapses()), (100, 240));
//!
//! let error = NetConfig::parse("net.yaml", "source: edgs", &[""; 0], &Registry::default())?.resolve().unwrap_err();
//! assert!(error.to_string().starts_with("net.yaml:1: unknown value `edgs`; did you mean `edges`?"));
//! # Ok::<(), brain_net::config::BuildError>(())
//! ```

mod check;
mod general;
mod neurons;
mod settings;
mod simulation;
mod weights;

pub(crate) use check::{magnitude, within};
pub use general::General;
pub use neurons::NeuronConfig;
pub use settings::NetSettings;
pub use simulation::{
    InputConfig, InputSettings, PlasticityConfig, SimulationConfig, SimulationSettings, SynapseConfig, SynapseSettings,
};
pub(crate) use weights::weights;
pub use weights::{DistributionName, WeightConfig};

pub use crate::error::BuildError;

use crate::keys::same;
use crate::registry::Registry;
use crate::source::{ConnectomePlan, Scope, SourceSettings};
use brain_core::config::{ConfigError, Origin, to_value, to_yaml};
use serde_yaml::{Mapping, Value};
use std::path::{Path, PathBuf};

/// The config of a network as it is written, with defaults for the keys that are not.
#[derive(Clone, Debug)]
pub struct NetConfig {
    /// Keys that every config has, whatever its source.
    pub general: General,
    /// Settings of every source of the registry.
    sources: Vec<Box<dyn SourceSettings>>,
    registry: Registry,
    origin: Origin,
}

impl NetConfig {
    /// Reads a YAML file; `sets` are `key.path=value` arguments that replace its values. Fails on unknown keys and on
    /// values of a wrong type.
    pub fn load(file: &Path, sets: &[impl AsRef<str>], registry: &Registry) -> Result<Self, ConfigError> {
        Self::new(Origin::load(file, sets)?, registry)
    }

    /// Does the same as [`NetConfig::load`] with text that came from `file`.
    pub fn parse(
        file: impl Into<PathBuf>,
        text: &str,
        sets: &[impl AsRef<str>],
        registry: &Registry,
    ) -> Result<Self, ConfigError> {
        Self::new(Origin::parse(file, text, sets)?, registry)
    }

    fn new(origin: Origin, registry: &Registry) -> Result<Self, ConfigError> {
        let sources = registry.sources.iter().map(|entry| entry.read(&origin)).collect::<Result<_, _>>()?;
        let general = origin.read::<General>()?;
        let mut config = Self { general, sources, registry: registry.clone(), origin };
        let known = config.tree()?;
        config.origin.only(known.keys().filter_map(Value::as_str))?;
        for source in &mut config.sources {
            source.complete(&config.origin, &registry.rules)?;
        }
        config.general.simulation.complete(&config.origin, registry)?;
        // Absolute paths let the config that is written to the output folder be run from there.
        let base = config.origin.file().parent().unwrap_or(Path::new("")).to_owned();
        let sources = config.sources.iter_mut().flat_map(|s| s.paths());
        for path in sources.chain(config.general.paths()).filter(|p| !p.as_os_str().is_empty()) {
            let whole = std::path::absolute(base.join(&*path));
            *path = whole.map_err(|cause| ConfigError::Read { file: path.clone(), cause })?;
        }
        Ok(config)
    }

    /// Checks the config and returns everything that the network is built from, in the units of the models.
    pub fn resolve(&self) -> Result<NetSettings, ConfigError> {
        NetSettings::new(&self.general, self.plan()?, &self.registry.cells, &self.origin)
    }

    /// Checks the config and returns everything that the simulation needs, in the units of the models.
    pub fn simulation(&self) -> Result<SimulationSettings, ConfigError> {
        let dt_ms = self.general.dt_ms(&self.origin)?;
        self.general.simulation.resolve(self.general.seed, dt_ms, &self.origin, &self.registry)
    }

    /// Returns the families whose members the config can name.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Returns the origin of the values, which errors name.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Prints the whole config, defaults included, for `--print-config`, the output folder and checkpoints.
    pub fn to_yaml(&self) -> Result<String, ConfigError> {
        to_yaml(&self.tree()?)
    }

    /// Returns whether another config, as [`NetConfig::to_yaml`] wrote it, has the same content.
    pub fn says_the_same(&self, other: &str) -> Result<bool, ConfigError> {
        let other = Self::parse(self.origin.file(), other, &[""; 0], &self.registry)?;
        Ok(same(&Value::Mapping(self.tree()?), &Value::Mapping(other.tree()?)))
    }

    fn plan(&self) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        let name = &self.general.source;
        let known = || self.sources.iter().map(|s| s.name());
        let source = self.sources.iter().find(|s| s.name() == name);
        let source = source.ok_or_else(|| self.origin.unknown("source", name, known()))?;
        let dt_ms = self.general.dt_ms(&self.origin)?;
        source.plan(Scope { origin: &self.origin, rules: &self.registry.rules, dt_ms })
    }

    /// Returns the config as a tree in the order in which it is printed: the keys of the sources follow the key
    /// `source`.
    fn tree(&self) -> Result<Mapping, ConfigError> {
        let Value::Mapping(general) = to_value(&self.general)? else { return Ok(Mapping::new()) };
        let mut tree = Mapping::new();
        for (key, value) in general {
            let source = key.as_str() == Some("source");
            tree.insert(key, value);
            for settings in self.sources.iter().filter(|_| source) {
                for (key, value) in settings.keys()? {
                    tree.entry(key).or_insert(value);
                }
            }
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests;
