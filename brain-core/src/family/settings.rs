//! This module has the settings of a member, and the errors that say what is wrong with them.

use super::SettingsReader;
use crate::config::{Config, ConfigError, hint, plain};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_yaml::{Mapping, Value};

/// The settings of a member of a family are its keys in a config, each with a default.
///
/// Derive `Serialize`, `Deserialize` and `JsonSchema` with `#[serde(default, deny_unknown_fields)]`, so that every key can be
/// left out and a misspelt one is found. The doc comments of the fields, with their units, are what `--print-config` says
/// of the keys.
pub trait Settings<T: ?Sized>: Default + Serialize + DeserializeOwned + JsonSchema {
    /// Name of the member in configs.
    const NAME: &'static str;

    /// Other names that configs may use.
    const ALIASES: &'static [&'static str] = &[];

    /// Builds what the settings describe; the error names the key that is wrong.
    fn build(&self, reader: &SettingsReader) -> Result<Box<T>, SettingError>;
}

/// The settings describe nothing that can be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// The family has no such member.
    #[error("unknown {what} `{found}`; {}", hint(found, known))]
    Name {
        /// What the members of the family are.
        what: &'static str,
        /// The name as it is written.
        found: String,
        /// The names of the members.
        known: Vec<String>,
    },
    /// The member has no such setting.
    #[error("unknown key `{key}`; {}", hint(key, known))]
    Key {
        /// The key as it is written.
        key: String,
        /// The keys that the member has.
        known: Vec<String>,
    },
    /// A setting has a value that cannot be used.
    #[error("{key}{}{message}", if key.is_empty() { "" } else { ": " })]
    Value {
        /// The key within the settings; empty where it is none of them alone.
        key: String,
        /// What is wrong, and what to do.
        message: String,
    },
}

impl SettingError {
    /// Makes the error of a key whose value cannot be used; an empty key stands for all of the settings.
    pub fn new(key: &str, message: impl Into<String>) -> Self {
        Self::Value { key: key.into(), message: message.into() }
    }

    /// Adds the place in a config where the member is written as `key: {name: {setting: ..}}`.
    pub fn at<T>(self, config: &Config<T>, key: &str, name: &str) -> ConfigError {
        let path = format!("{key}.{name}");
        self.placed(config, &path, &path, key)
    }

    /// Adds the place in a config where the member is written as `key: {kind: name, setting: ..}`.
    pub fn at_kind<T>(self, config: &Config<T>, key: &str) -> ConfigError {
        self.placed(config, &format!("{key}.kind"), key, key)
    }

    fn placed<T>(self, config: &Config<T>, name: &str, settings: &str, whole: &str) -> ConfigError {
        let unknown =
            |path: &str, what, found, known| ConfigError::Unknown { place: config.place(path), what, found, known };
        match self {
            Self::Name { found, known, .. } => unknown(name, "value", found, known),
            Self::Key { key, known } => unknown(&format!("{settings}.{key}"), "key", key, known),
            Self::Value { key, message } if key.is_empty() => config.error(whole, message),
            Self::Value { key, message } => config.error(&format!("{settings}.{key}"), message),
        }
    }
}

/// Returns all keys of settings, with their values.
pub(super) fn keys_of(settings: &impl Serialize) -> Mapping {
    match serde_yaml::to_value(settings) {
        Ok(Value::Mapping(keys)) => keys,
        _ => Mapping::new(),
    }
}

/// Reads settings; a key that is not given keeps its default.
pub(super) fn read<S: Default + Serialize + DeserializeOwned>(given: &Mapping) -> Result<S, SettingError> {
    let all = |keys: &Mapping| serde_yaml::from_value::<S>(Value::Mapping(keys.clone()));
    let whole = match all(given) {
        Ok(settings) => return Ok(settings),
        Err(error) => error,
    };
    // serde does not say which key it was; it is the first that fails on its own.
    let known = keys_of(&S::default());
    for (key, value) in given {
        let Some(name) = key.as_str() else { continue };
        if !known.contains_key(key) {
            let known = known.keys().filter_map(|k| k.as_str().map(str::to_owned)).collect();
            return Err(SettingError::Key { key: name.into(), known });
        }
        let alone = Mapping::from_iter([(key.clone(), value.clone())]);
        if let Err(error) = all(&alone) {
            let text = error.to_string();
            // The settings are not text any more, so serde's line and column mean nothing.
            let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text);
            return Err(SettingError::new(name, plain(text)));
        }
    }
    Err(SettingError::new("", plain(&whole.to_string())))
}
