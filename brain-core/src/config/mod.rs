//! Configs: a YAML file into any struct, `--set key.path=value` on top, errors that say where and what instead.
//!
//! The struct derives `Serialize` and `Deserialize` with `#[serde(default, deny_unknown_fields)]`, so every key has a
//! default and a misspelt one is found.
//!
//! ```
//! use brain_core::config::{self, Quantity};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Step {
//!     amplitude: Quantity,
//!     sweeps: usize,
//! }
//! impl Default for Step {
//!     fn default() -> Self {
//!         Self { amplitude: Quantity::Number(100.0), sweeps: 1 }
//!     }
//! }
//!
//! let step = config::parse::<Step>("step.yaml", "amplitude: 0.2 nA", &["sweeps=3"]).unwrap();
//! assert_eq!(step.quantity("amplitude", &step.value.amplitude, "pA").unwrap(), 200.0);
//! assert_eq!(step.value.sweeps, 3);
//!
//! let error = config::parse::<Step>("step.yaml", "\nampltude: 1", &[] as &[&str]).err().unwrap();
//! assert!(error.to_string().starts_with("step.yaml:2: unknown key `ampltude`; did you mean `amplitude`?"));
//! ```

mod lines;
mod quantity;
mod set;
mod suggest;

pub use quantity::Quantity;
pub use suggest::nearest;

use crate::unit::UnitError;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where a key was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In a file, at a line where it is known.
    File(PathBuf, Option<usize>),
    /// On the command line, as `key=value`.
    Set(String),
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::File(file, Some(line)) => write!(f, "{}:{line}", file.display()),
            Self::File(file, None) => write!(f, "{}", file.display()),
            Self::Set(argument) => write!(f, "--set {argument}"),
        }
    }
}

/// A config that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the config {}: {cause}; check the path", file.display())]
    Read {
        /// File.
        file: PathBuf,
        /// From the system.
        cause: std::io::Error,
    },
    /// Not YAML, a wrong type, or a value the program refuses.
    #[error("{place}: {message}")]
    Value {
        /// Where.
        place: Place,
        /// What, and what instead.
        message: String,
    },
    /// A key or a choice that does not exist.
    #[error("{place}: unknown {what} `{found}`; {}", suggest::hint(found, known))]
    Unknown {
        /// Where.
        place: Place,
        /// Key or value.
        what: &'static str,
        /// As written.
        found: String,
        /// What could be written.
        known: Vec<String>,
    },
    /// `--set` without `=`, or through something that has no keys.
    #[error("--set {argument}: {message}; write --set key.path=value")]
    Set {
        /// Argument.
        argument: String,
        /// What is wrong.
        message: String,
    },
}

/// A config with its origin, for errors about its values.
#[derive(Clone, Debug)]
pub struct Config<T> {
    /// The values.
    pub value: T,
    file: PathBuf,
    text: String,
    sets: Vec<String>,
}

/// Reads a YAML file, then applies `key.path=value` arguments in order.
pub fn load<T: DeserializeOwned>(file: &Path, sets: &[impl AsRef<str>]) -> Result<Config<T>, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|cause| ConfigError::Read { file: file.into(), cause })?;
    parse(file, &text, sets)
}

/// As [`load`], from text that came from `file`.
pub fn parse<T: DeserializeOwned>(
    file: impl Into<PathBuf>,
    text: &str,
    sets: &[impl AsRef<str>],
) -> Result<Config<T>, ConfigError> {
    let file = file.into();
    let in_file = |error| explain(error, |line| Place::File(file.clone(), line));
    let mut tree: serde_yaml::Value = serde_yaml::from_str(text).map_err(in_file)?;
    if tree.is_null() {
        tree = serde_yaml::Mapping::new().into();
    }
    // From the text, not from the tree: only the text knows lines.
    let source = if tree.as_mapping().is_some_and(|m| m.is_empty()) { "{}" } else { text };
    let mut value = serde_yaml::from_str(source).map_err(in_file)?;
    for argument in sets {
        let argument = argument.as_ref();
        set::apply(&mut tree, argument)?;
        value = serde_yaml::from_value(tree.clone()).map_err(|e| explain(e, |_| Place::Set(argument.into())))?;
    }
    Ok(Config { value, file, text: text.into(), sets: sets.iter().map(|s| s.as_ref().to_owned()).collect() })
}

/// The whole config as text, defaults included: for `--print-config`, the output folder and checkpoints.
pub fn to_yaml<T: Serialize>(value: &T) -> Result<String, ConfigError> {
    serde_yaml::to_string(value).map_err(|e| explain(e, |_| Place::File("config".into(), None)))
}

impl<T> Config<T> {
    /// The file it came from: relative paths in a config start at its folder.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where `key.path` was given: the last `--set` of it, else its line, else the line of what it belongs to.
    pub fn place(&self, key: &str) -> Place {
        let concerns = |argument: &&String| {
            let set = argument.split('=').next().unwrap_or_default().trim();
            key.strip_prefix(set).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match self.sets.iter().rev().find(concerns) {
            Some(argument) => Place::Set(argument.clone()),
            None => Place::File(self.file.clone(), lines::line_of(&self.text, key)),
        }
    }

    /// An error about the value of `key.path`.
    pub fn error(&self, key: &str, message: impl Display) -> ConfigError {
        ConfigError::Value { place: self.place(key), message: format!("{key}: {message}") }
    }

    /// An error about a name at `key.path` that is none of `known`.
    pub fn unknown(&self, key: &str, found: &str, known: impl IntoIterator<Item = impl Into<String>>) -> ConfigError {
        let known = known.into_iter().map(Into::into).collect();
        ConfigError::Unknown { place: self.place(key), what: "value", found: found.into(), known }
    }

    /// A quantity of `key.path` in a unit.
    pub fn quantity(&self, key: &str, quantity: &Quantity, unit: &str) -> Result<f64, ConfigError> {
        quantity.in_unit(unit).map_err(|e: UnitError| self.error(key, e))
    }
}

/// serde's error with the file, and with a suggestion for what is unknown.
fn explain(error: serde_yaml::Error, place: impl Fn(Option<usize>) -> Place) -> ConfigError {
    let place = place(error.location().map(|l| l.line()));
    let text = error.to_string();
    let message = text.rfind(" at line ").map_or(&*text, |end| &text[..end]);
    for (sign, what) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        if let Some(start) = message.find(sign) {
            // serde writes: unknown field `a`, expected one of `b`, `c`.
            let mut names = message[start..].split('`').skip(1).step_by(2).map(str::to_owned);
            let found = names.next().unwrap_or_default();
            return ConfigError::Unknown { place, what, found, known: names.collect() };
        }
    }
    ConfigError::Value { place, message: message.into() }
}

#[cfg(test)]
mod tests;
