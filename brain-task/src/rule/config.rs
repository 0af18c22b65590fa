//! [`RuleConfig`] is a learning rule as a config writes it.

use super::{BpttSettings, LearningRule};
use brain_core::family::{Choice, Family, SettingError, Settings};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_yaml::{Mapping, Value};

/// A learning rule, `rule: {kind: es-d-rtrl, alpha: 0.99}`: its name and, beside it, its settings.
///
/// There may be keys of other rules, too. They have no effect, so that one config can be run by several rules.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleConfig {
    /// The name of the rule.
    pub kind: String,
    /// The settings that are given.
    pub settings: Mapping,
}

impl Default for RuleConfig {
    fn default() -> Self {
        Self::named(<BpttSettings as Settings<dyn LearningRule>>::NAME)
    }
}

impl RuleConfig {
    /// Chooses the rule of a name, with all settings at their defaults.
    pub fn named(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), settings: Mapping::new() }
    }

    /// Returns the member of the family with those of the settings that are its own; a key that no rule has is an
    /// error.
    pub fn choice(&self, rules: &Family<dyn LearningRule>) -> Result<Choice, SettingError> {
        let all: Vec<Mapping> = rules.names().filter_map(|name| rules.defaults(name)).collect();
        let known = |key: &Value| all.iter().any(|keys| keys.contains_key(key));
        if let Some(key) = self.settings.keys().find(|key| !known(key)) {
            let mut known: Vec<String> = all.iter().flat_map(|k| k.keys()).filter_map(text).collect();
            known.sort();
            known.dedup();
            return Err(SettingError::Key { key: text(key).unwrap_or_default(), known });
        }
        let own = rules.defaults(&self.kind).unwrap_or_default();
        let settings = self.settings.iter().filter(|(key, _)| own.contains_key(key));
        let settings = settings.map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(Choice { name: self.kind.clone(), settings })
    }
}

fn text(key: &Value) -> Option<String> {
    key.as_str().map(str::to_owned)
}

impl From<Choice> for RuleConfig {
    fn from(choice: Choice) -> Self {
        Self { kind: choice.name, settings: choice.settings }
    }
}

impl Serialize for RuleConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Mapping::from_iter([("kind".into(), Value::from(self.kind.as_str()))]);
        map.extend(self.settings.clone());
        map.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RuleConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut settings = Mapping::deserialize(deserializer)?;
        match settings.remove("kind") {
            None => Ok(Self { settings, ..Self::default() }),
            Some(Value::String(kind)) => Ok(Self { kind, settings }),
            Some(_) => Err(de::Error::custom("`kind` is the name of a learning rule")),
        }
    }
}
