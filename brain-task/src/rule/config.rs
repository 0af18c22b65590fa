//! [`RuleConfig`] is a learning rule as a config writes it.

use super::{BpttSettings, LearningRule};
use brain_core::family::{Choice, Family, SettingError, Settings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_yaml::{Mapping, Value};
use std::borrow::Cow;

/// A config writes a learning rule as `rule: {kind: es-d-rtrl, alpha: 0.99}`: its name and, beside it, its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleConfig {
    /// The rule has this name.
    pub kind: String,
    /// These settings are given.
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

    /// Returns the rule without those of the settings of other rules for whose key `idle` holds.
    pub fn without_idle(&self, rules: &Family<dyn LearningRule>, idle: impl Fn(&str) -> bool) -> Self {
        let own = rules.defaults(&self.kind).unwrap_or_default();
        let others: Vec<Mapping> = rules.names().filter_map(|name| rules.defaults(name)).collect();
        let foreign = |key: &Value| !own.contains_key(key) && others.iter().any(|keys| keys.contains_key(key));
        let kept = |key: &Value| !(foreign(key) && key.as_str().is_some_and(&idle));
        let settings = self.settings.iter().filter(|(key, _)| kept(key));
        Self { kind: self.kind.clone(), settings: settings.map(|(key, x)| (key.clone(), x.clone())).collect() }
    }

    /// Returns the member of the family with its settings.
    ///
    /// # Errors
    /// It fails on a key that no rule has, and on one that only other rules have, which would do nothing.
    pub fn choice(&self, rules: &Family<dyn LearningRule>) -> Result<Choice, SettingError> {
        let all: Vec<Mapping> = rules.names().filter_map(|name| rules.defaults(name)).collect();
        let known = |key: &Value| all.iter().any(|keys| keys.contains_key(key));
        if let Some(key) = self.settings.keys().find(|key| !known(key)) {
            let mut known: Vec<String> = all.iter().flat_map(|k| k.keys()).filter_map(text).collect();
            known.sort();
            known.dedup();
            return Err(SettingError::Key { key: text(key).unwrap_or_default(), known });
        }
        // Without a rule of this name there are no settings that could be its own.
        if let Some(own) = rules.defaults(&self.kind)
            && let Some(key) = self.settings.keys().find(|key| !own.contains_key(key)).and_then(text)
        {
            let has = |name: &&str| rules.defaults(name).is_some_and(|keys| keys.contains_key(key.as_str()));
            let others = rules.names().filter(has).collect::<Vec<_>>().join(", ");
            let own: Vec<String> = own.keys().filter_map(text).collect();
            let own = if own.is_empty() { "no settings".into() } else { format!("the settings {}", own.join(", ")) };
            let message = format!("is a setting of {others}; `{}` has {own}: leave it out", self.kind);
            return Err(SettingError::new(&key, message));
        }
        Ok(Choice { name: self.kind.clone(), settings: self.settings.clone() })
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

impl JsonSchema for RuleConfig {
    fn schema_name() -> Cow<'static, str> {
        "RuleConfig".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "properties": { "kind": { "description": "The name of the rule." } } })
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
        match settings.shift_remove("kind") {
            None => Ok(Self { settings, ..Self::default() }),
            Some(Value::String(kind)) => Ok(Self { kind, settings }),
            Some(_) => Err(de::Error::custom("`kind` is the name of a learning rule")),
        }
    }
}
