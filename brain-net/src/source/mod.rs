//! This module holds the sources of connectivity.
//!
//! A source is a file with its settings, a type that implements [`ConnectomeSource`], and a line in [`SOURCES`]. The
//! fields of that type are keys at the top level of the config: [`EdgesSource`] adds the key `edges`, [`MatrixSource`]
//! adds `matrix` and `areas`. A crate outside adds a line to the sources of its [`Registry`](crate::Registry) instead.
//!
//! | `source` | keys | connectivity |
//! |---|---|---|
//! | `marmoset` | `marmoset`, `areas` | areas with the marmoset's published statistics, drawn from the seed |
//! | `matrix` | `matrix`, `areas` | areas of a matrix in a file |
//! | `edges` | `edges` | a list of edges between neurons |
//! | `sonata` | `sonata` | a SONATA circuit |
//! | `probabilities` | `probabilities` | a table of probabilities between populations |
//! | `rules` | `populations`, `projections` | connection [rules](crate::rule) |

mod areas;
mod plan;
mod projection;

pub use areas::{AreasConfig, LocalConfig, LongRangeConfig};
pub use edges::EdgesConfig;
pub use marmoset::MarmosetConfig;
pub use plan::{BuiltNetwork, ConnectomePlan, ExternalInput};
pub use probabilities::ProbabilitiesConfig;
pub use projection::ProjectionConfig;
pub use rules::PopulationConfig;
pub use sonata::SonataConfig;

use crate::connectome::ConnectomeError;
use crate::network::AnatomicalNetwork;
use crate::rule::RuleEntry;
use brain_core::config::{ConfigError, KeyDocs, Origin};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_yaml::{Mapping, Value};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

brain_core::members! {
    /// A config can name these sources. The keys of a config are printed in this order.
    pub const SOURCES: [SourceEntry] {
        marmoset::MarmosetSource,
        matrix::MatrixSource,
        edges::EdgesSource,
        sonata::SonataSource,
        probabilities::ProbabilitiesSource,
        rules::RulesSource,
    }
}

/// A source has its settings as they are written. The fields are keys at the top level of the config, each with a
/// default.
///
/// The type derives `Serialize`, `Deserialize` with `#[serde(default)]`, `JsonSchema`, `Clone`, `Debug` and `Default`;
/// types of the fields add `deny_unknown_fields`. What `--print-config` says of the keys are the doc comments of the
/// fields. Two sources may have a key in common if it has the same type.
pub trait ConnectomeSource:
    Clone + Debug + Default + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static
{
    /// The key `source` of a config has this value.
    const NAME: &'static str;

    /// Checks the settings and returns a plan in the units of the models. It reads no file yet.
    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError>;

    /// Returns the files that the settings name. Relative paths start at the folder of the config.
    fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![]
    }

    /// Fills in the keys that the connection rules add to the settings. Fails on unknown keys.
    fn complete(&mut self, _origin: &Origin, _rules: &[RuleEntry]) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Reads the network in a file that is given to `brain-net inspect`, with the default settings. Returns `None`
    /// where the file is not one of this source.
    fn open(_file: &Path) -> Option<Result<AnatomicalNetwork, ConnectomeError>> {
        None
    }
}

/// The plan of a source is made in this context.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Errors name this config.
    pub origin: &'a Origin,
    /// The config may name these connection rules.
    pub rules: &'a [RuleEntry],
    /// Delays are counted in steps of this time, ms.
    pub dt_ms: f64,
}

/// An entry is a line in the list of sources.
#[derive(Clone, Copy, Debug)]
pub struct SourceEntry {
    /// The key `source` of a config has this value.
    pub name: &'static str,
    read: fn(&Origin) -> Result<Box<dyn SourceSettings>, ConfigError>,
    open: fn(&Path) -> Option<Result<AnatomicalNetwork, ConnectomeError>>,
}

impl SourceEntry {
    /// Makes the line of a source.
    pub const fn of<S: ConnectomeSource>() -> Self {
        Self { name: S::NAME, read: |origin| Ok(Box::new(origin.read::<S>()?)), open: S::open }
    }

    /// Reads a file that is given to `brain-net inspect`, as [`ConnectomeSource::open`] does.
    pub fn open(&self, file: &Path) -> Option<Result<AnatomicalNetwork, ConnectomeError>> {
        (self.open)(file)
    }

    /// Reads the settings of the source from a config, with the defaults filled in.
    pub(crate) fn read(&self, origin: &Origin) -> Result<Box<dyn SourceSettings>, ConfigError> {
        (self.read)(origin)
    }
}

/// The settings of a source have this object-safe form of [`ConnectomeSource`].
pub(crate) trait SourceSettings: Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn keys(&self) -> Result<Mapping, ConfigError>;
    fn docs(&self) -> KeyDocs;
    fn complete(&mut self, origin: &Origin, rules: &[RuleEntry]) -> Result<(), ConfigError>;
    fn paths(&mut self) -> Vec<&mut PathBuf>;
    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError>;
    fn boxed(&self) -> Box<dyn SourceSettings>;
}

impl<S: ConnectomeSource> SourceSettings for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn keys(&self) -> Result<Mapping, ConfigError> {
        match brain_core::config::to_value(self)? {
            Value::Mapping(keys) => Ok(keys),
            _ => Ok(Mapping::new()),
        }
    }

    fn docs(&self) -> KeyDocs {
        KeyDocs::of::<S>()
    }

    fn complete(&mut self, origin: &Origin, rules: &[RuleEntry]) -> Result<(), ConfigError> {
        ConnectomeSource::complete(self, origin, rules)
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        ConnectomeSource::paths(self)
    }

    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        ConnectomeSource::plan(self, scope)
    }

    fn boxed(&self) -> Box<dyn SourceSettings> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn SourceSettings> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}
