//! A [`Choice`] is a member of a family as a config writes it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_yaml::Mapping;
use std::borrow::Cow;
use std::fmt;

/// A member of a family. A config gives its name, `task: go-no-go`, or its name with settings,
/// `task: {go-no-go: {delay: 500 ms}}`.
///
/// A choice is kept as it is written. Only a [`Family`](super::Family) knows whether there is such a member, and which
/// settings it has.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Name of the member.
    pub name: String,
    /// Settings that are given.
    pub settings: Mapping,
}

impl Choice {
    /// Chooses the member of a name, with all settings at their defaults.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), settings: Mapping::new() }
    }

    /// Returns the choice with one more setting.
    pub fn set(mut self, key: &str, value: impl Into<serde_yaml::Value>) -> Self {
        self.settings.insert(key.into(), value.into());
        self
    }
}

impl Serialize for Choice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.name, &self.settings)?;
        map.end()
    }
}

impl JsonSchema for Choice {
    fn schema_name() -> Cow<'static, str> {
        "Choice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "object"] })
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Choice;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name, or a name with settings")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Choice, E> {
        Ok(Choice::named(name))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Choice, A::Error> {
        let Some(name) = map.next_key::<String>()? else { return Err(de::Error::invalid_length(0, &self)) };
        let settings = map.next_value::<Option<Mapping>>()?.unwrap_or_default();
        match map.next_key::<String>()? {
            None => Ok(Choice { name, settings }),
            Some(other) => Err(de::Error::custom(format!("both `{name}` and `{other}` are given; choose one"))),
        }
    }
}

impl<'de> Deserialize<'de> for Choice {
    // It is written by hand because serde's own representations of an enum would lose the line of what is wrong.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}
