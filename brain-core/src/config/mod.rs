//! A config is a YAML file read into any struct, with `--set key.path=value` on top. Its errors say where the fault is, what
//! it is and what to write instead.
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

mod docs;
mod lines;
mod origin;
mod quantity;
mod set;
mod suggest;
mod words;

pub use docs::KeyDocs;
pub use origin::Origin;
pub use quantity::Quantity;
pub(crate) use suggest::hint;
pub use suggest::nearest;
pub use words::plain;

use serde::{Serialize, de::DeserializeOwned};
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where a key was given.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyPlace {
    /// It was given in a file, at a line where that is known.
    File(PathBuf, Option<usize>),
    /// It was given on the command line, as `key=value`.
    Set(String),
    /// It was given as `key=value` in a list of another config, whose place is `list`.
    Item {
        /// Where the list was given.
        list: Box<KeyPlace>,
        /// The key of the list, and the item.
        given: String,
    },
}

impl Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::File(file, Some(line)) => write!(f, "{}:{line}", file.display()),
            Self::File(file, None) => write!(f, "{}", file.display()),
            Self::Set(argument) => write!(f, "--set {argument}"),
            Self::Item { list, given } => write!(f, "{list}: {given}"),
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
        /// What the system says.
        cause: std::io::Error,
    },
    /// The text is not YAML, a type is wrong, or the program refuses a value.
    #[error("{place}: {message}")]
    Value {
        /// Where the value was given.
        place: KeyPlace,
        /// What is wrong, and what to write instead.
        message: String,
    },
    /// A key or a choice does not exist.
    #[error("{place}: unknown {what} `{found}`; {}", suggest::hint(found, known))]
    Unknown {
        /// Where it was given.
        place: KeyPlace,
        /// What it is: a key, or a kind of value.
        what: &'static str,
        /// The text that was written.
        found: String,
        /// The texts that could be written.
        known: Vec<String>,
    },
    /// A `--set` has no `=`, or leads through something that has no keys.
    #[error("--set {argument}: {message}; write --set key.path=value")]
    Set {
        /// The argument, as it was written.
        argument: String,
        /// What is wrong.
        message: String,
    },
}

impl ConfigError {
    /// Says where the arguments on top of a config stand: not on the command line, but as the items of the list `key` of
    /// another config, which is at `list`.
    pub fn of_items(self, list: &KeyPlace, key: &str) -> Self {
        let item = |argument: String| {
            let given = format!("{key}: {argument}");
            KeyPlace::Item { list: Box::new(list.clone()), given }
        };
        match self {
            Self::Value { place: KeyPlace::Set(argument), message } => Self::Value { place: item(argument), message },
            Self::Unknown { place: KeyPlace::Set(argument), what, found, known } => {
                Self::Unknown { place: item(argument), what, found, known }
            }
            Self::Set { argument, message } => {
                Self::Value { place: item(argument), message: format!("{message}; write key.path=value") }
            }
            other => other,
        }
    }
}

/// A config together with its origin, which errors about its values name.
#[derive(Clone, Debug)]
pub struct Config<T> {
    /// The values.
    pub value: T,
    /// Where they come from.
    pub origin: Origin,
}

/// Reads a YAML file, then applies `key.path=value` arguments in order.
pub fn load<T: DeserializeOwned>(file: &Path, sets: &[impl AsRef<str>]) -> Result<Config<T>, ConfigError> {
    let origin = Origin::load(file, sets)?;
    Ok(Config { value: origin.read()?, origin })
}

/// Reads a config as [`load`] does, from text that came from `file`.
pub fn parse<T: DeserializeOwned>(
    file: impl Into<PathBuf>,
    text: &str,
    sets: &[impl AsRef<str>],
) -> Result<Config<T>, ConfigError> {
    let origin = Origin::parse(file, text, sets)?;
    Ok(Config { value: origin.read()?, origin })
}

/// Reads a config as [`load`] does, from text that the checkpoint `file` holds; see [`Origin::may_be_idle`].
pub fn parse_stored<T: DeserializeOwned>(
    file: impl Into<PathBuf>,
    text: &str,
    sets: &[impl AsRef<str>],
) -> Result<Config<T>, ConfigError> {
    let origin = Origin::parse_stored(file, text, sets)?;
    Ok(Config { value: origin.read()?, origin })
}

/// Writes the whole config as text, defaults included, for `--print-config`, the output folder and checkpoints.
pub fn to_yaml<T: Serialize>(value: &T) -> Result<String, ConfigError> {
    serde_yaml::to_string(value).map_err(|e| explain(e, |_| KeyPlace::File("config".into(), None)))
}

impl<T> Config<T> {
    /// Returns the file that the config came from; relative paths in a config start at its folder.
    pub fn file(&self) -> &Path {
        self.origin.file()
    }

    /// Returns where `key.path` was given: at the last `--set` of it, else on its line, else on the line of what it
    /// belongs to.
    pub fn place(&self, key: &str) -> KeyPlace {
        self.origin.place(key)
    }

    /// Makes an error about the value of `key.path`.
    pub fn error(&self, key: &str, message: impl Display) -> ConfigError {
        self.origin.error(key, message)
    }

    /// Makes an error about a name at `key.path` that is none of `known`.
    pub fn unknown(&self, key: &str, found: &str, known: impl IntoIterator<Item = impl Into<String>>) -> ConfigError {
        self.origin.unknown(key, found, known)
    }

    /// Reads the quantity at `key.path` in a unit.
    pub fn quantity(&self, key: &str, quantity: &Quantity, unit: &str) -> Result<f64, ConfigError> {
        self.origin.quantity(key, quantity, unit)
    }
}

/// Makes a tree of a value, for what prints or compares parts of a config.
pub fn to_value<T: Serialize>(value: &T) -> Result<serde_yaml::Value, ConfigError> {
    serde_yaml::to_value(value).map_err(|e| explain(e, |_| KeyPlace::File("config".into(), None)))
}

/// Adds the file to serde's error, and a suggestion for what is unknown.
fn explain(error: serde_yaml::Error, place: impl Fn(Option<usize>) -> KeyPlace) -> ConfigError {
    let place = place(error.location().map(|l| l.line()));
    let text = error.to_string();
    let message = words::without_line(&text);
    for (sign, what) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        if let Some(start) = message.find(sign) {
            // serde writes: unknown field `a`, expected one of `b`, `c`.
            let mut names = message[start..].split('`').skip(1).step_by(2).map(str::to_owned);
            let found = names.next().unwrap_or_default();
            return ConfigError::Unknown { place, what, found, known: names.collect() };
        }
    }
    ConfigError::Value { place, message: words::plain(message) }
}

#[cfg(test)]
mod tests;
