//! This module reads the YAML config of a network. Every key has a default; unknown keys are errors.
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

pub(crate) use check::{magnitude, named, within};
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
use brain_core::config::{ConfigError, KeyDocs, Origin, to_value, to_yaml};
use serde_yaml::{Mapping, Value};
use std::path::{Path, PathBuf};

/// A config of a network holds its keys as they are written, and the defaults of those that are not.
#[derive(Clone, Debug)]
pub struct NetConfig {
    /// Every config has these keys, whatever its source.
    pub general: General,
    /// Every source of the registry has settings here; the keys of the chosen one are used.
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

    /// Reads text that came from `file`, like [`NetConfig::load`].
    pub fn parse(
        file: impl Into<PathBuf>,
        text: &str,
        sets: &[impl AsRef<str>],
        registry: &Registry,
    ) -> Result<Self, ConfigError> {
        Self::new(Origin::parse(file, text, sets)?, registry)
    }

    /// Reads text that the checkpoint `file` holds, like [`NetConfig::load`]. Earlier versions wrote the keys of
    /// all sources, rules and inputs there; those that have no effect are passed over.
    pub fn parse_stored(
        file: impl Into<PathBuf>,
        text: &str,
        sets: &[impl AsRef<str>],
        registry: &Registry,
    ) -> Result<Self, ConfigError> {
        Self::new(Origin::parse_stored(file, text, sets)?, registry)
    }

    fn new(origin: Origin, registry: &Registry) -> Result<Self, ConfigError> {
        let sources = registry.sources.iter().map(|entry| entry.read(&origin)).collect::<Result<_, _>>()?;
        let general = origin.read::<General>()?;
        let mut config = Self { general, sources, registry: registry.clone(), origin };
        config.only_known_keys()?;
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
    ///
    /// The simulation is checked too, for the whole config goes into the checkpoint that is built from it.
    pub fn resolve(&self) -> Result<NetSettings, ConfigError> {
        self.simulation()?;
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

    /// Prints the whole config, defaults included, for the output folder.
    pub fn to_yaml(&self) -> Result<String, ConfigError> {
        to_yaml(&self.tree()?)
    }

    /// Prints the whole config with the explanation of every key, for `--print-config`.
    pub fn explained(&self) -> Result<String, ConfigError> {
        self.docs().commented(&self.tree()?)
    }

    /// Returns the explanations of all keys of the config.
    pub fn docs(&self) -> KeyDocs {
        let mut docs = KeyDocs::of::<General>();
        self.sources.iter().filter(|s| s.name() == self.general.source).for_each(|s| docs.join(s.docs()));
        let one_of = |names: &mut dyn Iterator<Item = &'static str>| {
            format!("One of: {}.", names.collect::<Vec<_>>().join(", "))
        };
        docs.add("source", &one_of(&mut self.registry.sources.iter().map(|s| s.name)));
        let projection = docs.within("projections.*");
        projection.add("rule", &one_of(&mut self.registry.rules.iter().map(|r| r.name)));
        self.registry.rules.iter().flat_map(|r| r.keys).for_each(|key| projection.set(key.name, key.doc));
        let input = docs.within("simulation.inputs.*");
        input.add("kind", &one_of(&mut self.registry.inputs.iter().map(|i| i.name)));
        self.registry.inputs.iter().flat_map(|i| i.keys).for_each(|key| input.set(key.name, key.doc));
        docs
    }

    /// Prints the config for a checkpoint: without the output folder, so that equal runs leave equal checkpoints wherever
    /// they write them.
    pub fn to_stored(&self) -> Result<String, ConfigError> {
        let mut stored = self.clone();
        stored.general.out = PathBuf::new();
        stored.to_yaml()
    }

    /// Returns whether another config, as [`NetConfig::to_yaml`] wrote it, has the same content.
    pub fn says_the_same(&self, other: &str) -> Result<bool, ConfigError> {
        let other = Self::parse_stored(self.origin.file(), other, &[""; 0], &self.registry)?;
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

    /// Fails on keys that no source has, and on those that only other sources have, for they would do nothing.
    fn only_known_keys(&self) -> Result<(), ConfigError> {
        let own = self.tree()?;
        let mut known: Vec<String> = own.keys().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut owners: Vec<(String, &'static str)> = vec![];
        for source in &self.sources {
            for key in source.keys()?.keys().filter_map(Value::as_str).filter(|key| !own.contains_key(key)) {
                known.push(key.to_owned());
                owners.push((key.to_owned(), source.name()));
            }
        }
        self.origin.only(known.iter().map(String::as_str))?;
        let idle = |key: &str| self.origin.may_be_idle("source", key);
        match owners.iter().find(|(key, _)| self.origin.is_given(key) && !idle(key)) {
            None => Ok(()),
            Some((key, _)) => {
                let all: Vec<_> = owners.iter().filter(|(k, _)| k == key).map(|(_, name)| *name).collect();
                let (all, source) = (all.join(", "), &self.general.source);
                Err(self.origin.error(key, format!("is a key of {all}, and the source is `{source}`: leave it out")))
            }
        }
    }

    /// Returns the config as a tree in the order in which it is printed: the keys of its source follow the key `source`.
    fn tree(&self) -> Result<Mapping, ConfigError> {
        let Value::Mapping(general) = to_value(&self.general)? else { return Ok(Mapping::new()) };
        let mut tree = Mapping::new();
        for (key, value) in general {
            let source = key.as_str() == Some("source");
            tree.insert(key, value);
            // Where the name is none of a source, the keys of all are its.
            let named = self.sources.iter().any(|s| s.name() == self.general.source);
            let own = self.sources.iter().filter(|s| source && (!named || s.name() == self.general.source));
            for settings in own {
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
