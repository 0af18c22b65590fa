//! The settings of a member, and what can be wrong with them.

use super::SettingsReader;
use crate::config::{Config, ConfigError, hint};
use serde::{Serialize, de::DeserializeOwned};
use serde_yaml::{Mapping, Value};

/// The settings of a member of a family: its keys in a config, each with a default.
///
/// Derive `Serialize` and `Deserialize` with `#[serde(default, deny_unknown_fields)]`, so that every key can be left out
/// and a misspelt one is found.
pub trait Settings<T: ?Sized>: Default + Serialize + DeserializeOwned {
    /// The member's name in configs.
    const NAME: &'static str;

    /// Other names that configs may use.
    const ALIASES: &'static [&'static str] = &[];

    /// What the settings describe, or the key that is wrong.
    fn build(&self, reader: &SettingsReader) -> Result<Box<T>, SettingError>;
}

/// Settings that describe nothing.
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
    /// The value of a key cannot be used; an empty key stands for all of the settings.
    pub fn new(key: &str, message: impl Into<String>) -> Self {
        Self::Value { key: key.into(), message: message.into() }
    }

    /// The error with its place in a config, where the member is written as `key: {name: {setting: ..}}`.
    pub fn at<T>(self, config: &Config<T>, key: &str, name: &str) -> ConfigError {
        let path = format!("{key}.{name}");
        self.placed(config, &path, &path, key)
    }

    /// The error with its place in a config, where the member is written as `key: {kind: name, setting: ..}`.
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

/// All keys of settings with their values.
pub(super) fn keys_of(settings: &impl Serialize) -> Mapping {
    match serde_yaml::to_value(settings) {
        Ok(Value::Mapping(keys)) => keys,
        _ => Mapping::new(),
    }
}

/// Reads settings; what is not given keeps its default.
pub(super) fn read<S: Default + Serialize + DeserializeOwned>(given: &Mapping) -> Result<S, SettingError> {
    let all = |keys: &Mapping| serde_yaml::from_value::<S>(Value::Mapping(keys.clone()));
    let whole = match all(given) {
        Ok(settings) => return Ok(settings),
        Err(error) => error,
    };
    // serde does not say which key it was: the first that fails on its own.
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
            // The settings are no text any more, so serde's line and column would be of nothing.
            let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text);
            return Err(SettingError::new(name, text));
        }
    }
    Err(SettingError::new("", whole.to_string()))
}
