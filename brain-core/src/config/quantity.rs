//! A [`Quantity`] is a config value with an optional unit.

use crate::unit::{UnitError, parse_quantity};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::borrow::Cow;
use std::fmt;

/// A number in the unit of its field, or text with a unit such as `200 pA`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Quantity {
    /// The number is in the unit of its field.
    Number(f64),
    /// The text holds a unit of its own.
    Text(String),
}

impl Quantity {
    /// Reads the number in a unit.
    pub fn in_unit(&self, unit: &str) -> Result<f64, UnitError> {
        match self {
            Self::Number(x) => Ok(*x),
            Self::Text(text) => parse_quantity(text, unit),
        }
    }
}

impl From<f64> for Quantity {
    fn from(x: f64) -> Self {
        Self::Number(x)
    }
}

impl From<&str> for Quantity {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"] })
    }
}

impl<'de> Deserialize<'de> for Quantity {
    // It is written by hand because `untagged` would lose the line of a wrong value.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number, or a number with a unit such as `200 pA`")
            }

            fn visit_f64<E>(self, x: f64) -> Result<Quantity, E> {
                Ok(Quantity::Number(x))
            }

            fn visit_i64<E>(self, x: i64) -> Result<Quantity, E> {
                Ok(Quantity::Number(x as f64))
            }

            fn visit_u64<E>(self, x: u64) -> Result<Quantity, E> {
                Ok(Quantity::Number(x as f64))
            }

            fn visit_str<E>(self, text: &str) -> Result<Quantity, E> {
                Ok(Quantity::Text(text.into()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
