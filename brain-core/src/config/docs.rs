//! [`KeyDocs`] explain the keys of a config, in the words of the doc comments of its types.
//!
//! ```
//! use brain_core::config::KeyDocs;
//! use schemars::JsonSchema;
//! use serde::Serialize;
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Step {
//!     /// The current of the step, pA.
//!     amplitude: f64,
//! }
//!
//! let text = KeyDocs::of::<Step>().commented(&Step { amplitude: 100.0 }).unwrap();
//! assert_eq!(text, "# The current of the step, pA.\namplitude: 100.0\n");
//! ```

use super::{ConfigError, to_value, to_yaml};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::Value as Schema;
use serde_yaml::{Mapping, Value};
use std::collections::BTreeMap;

/// The column that comments end before.
const WIDTH: usize = 110;

/// The name that stands for all items of a list, and for all keys of a mapping whose keys a user names.
const ANY: &str = "*";

/// The explanations of the keys of a config, as a tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyDocs(BTreeMap<String, Entry>);

/// The explanation of a key, and those of the keys within it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Entry {
    text: String,
    within: KeyDocs,
}

impl KeyDocs {
    /// Takes the explanations from the doc comments of a type and of the types of its fields.
    pub fn of<T: JsonSchema>() -> Self {
        let settings = SchemaSettings::default().with(|s| s.inline_subschemas = true);
        Self::read(settings.into_generator().into_root_schema_for::<T>().as_value())
    }

    fn read(schema: &Schema) -> Self {
        let mut docs = Self::default();
        let entry = |schema: &Schema| {
            let mut text = schema["description"].as_str().map(first_paragraph).unwrap_or_default();
            let names = names(schema);
            if names.iter().any(|name| !text.contains(name)) {
                text = format!("{text} One of: {}.", names.join(", ")).trim_start().to_owned();
            }
            Entry { text, within: Self::read(schema) }
        };
        for (key, own) in schema["properties"].as_object().into_iter().flatten() {
            docs.0.insert(key.clone(), entry(own));
        }
        for items in ["items", "additionalProperties"] {
            if schema[items].is_object() {
                docs.0.insert(ANY.into(), entry(&schema[items]));
            }
        }
        for choices in ["anyOf", "allOf", "oneOf"] {
            for choice in schema[choices].as_array().into_iter().flatten() {
                docs.join(Self::read(choice));
            }
        }
        docs
    }

    /// Adds explanations of further keys; those that are there stay.
    pub fn join(&mut self, other: Self) {
        other.0.into_iter().for_each(|(key, entry)| {
            self.0.entry(key).or_insert(entry);
        });
    }

    /// Returns the explanations of the keys within `key.path`; `*` stands for the items of a list.
    pub fn within(&mut self, path: &str) -> &mut Self {
        path.split('.').fold(self, |docs, key| &mut docs.0.entry(key.into()).or_default().within)
    }

    /// Sets the explanation of a key.
    pub fn set(&mut self, key: &str, text: impl Into<String>) {
        self.0.entry(key.into()).or_default().text = text.into();
    }

    /// Adds a sentence to the explanation of a key.
    pub fn add(&mut self, key: &str, sentence: &str) {
        let text = &mut self.0.entry(key.into()).or_default().text;
        *text = format!("{text} {sentence}").trim().to_owned();
    }

    /// Writes a config with the explanation of every key above it, for `--print-config`. Of the items of a list the first
    /// is explained.
    pub fn commented<T: Serialize>(&self, value: &T) -> Result<String, ConfigError> {
        let mut text = String::new();
        if let Value::Mapping(map) = to_value(value)? {
            self.write(&map, 0, &mut text)?;
        }
        Ok(text)
    }

    /// Returns the paths of the keys of a config that have no explanation, but for those whose names a user chooses.
    pub fn missing<T: Serialize>(&self, value: &T) -> Result<Vec<String>, ConfigError> {
        let mut found = vec![];
        self.look(&to_value(value)?, "", &mut found);
        Ok(found)
    }

    fn look(&self, value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Mapping(map) => {
                for (key, inner) in map.iter().filter_map(|(k, x)| Some((k.as_str()?, x))) {
                    let path = format!("{at}{key}");
                    if !self.0.contains_key(ANY) && self.0.get(key).is_none_or(|e| e.text.is_empty()) {
                        found.push(path.clone());
                    }
                    self.inside(key).look(inner, &format!("{path}."), found);
                }
            }
            Value::Sequence(items) => {
                items.iter().for_each(|item| self.inside(ANY).look(item, &format!("{at}*."), found));
            }
            _ => {}
        }
    }

    fn inside(&self, key: &str) -> &Self {
        const NONE: &KeyDocs = &KeyDocs(BTreeMap::new());
        self.0.get(key).or_else(|| self.0.get(ANY)).map_or(NONE, |entry| &entry.within)
    }

    fn write(&self, map: &Mapping, indent: usize, text: &mut String) -> Result<(), ConfigError> {
        let margin = " ".repeat(indent);
        for (key, value) in map {
            let name = to_yaml(key)?.trim_end().to_owned();
            let entry = key.as_str().and_then(|key| self.0.get(key).or_else(|| self.0.get(ANY)));
            let explained = entry.map_or("", |e| &e.text);
            comment(explained, &margin, text);
            let within = key.as_str().map_or_else(Self::default, |key| self.inside(key).clone());
            match value {
                Value::Mapping(inner) if !inner.is_empty() => {
                    text.push_str(&format!("{margin}{name}:\n"));
                    within.write(inner, indent + 2, text)?;
                }
                Value::Sequence(items) if items.first().is_some_and(Value::is_mapping) => {
                    text.push_str(&format!("{margin}{name}:\n"));
                    for (k, item) in items.iter().enumerate() {
                        let docs = if k == 0 { within.inside(ANY).clone() } else { Self::default() };
                        let Value::Mapping(inner) = item else { continue };
                        let mut own = String::new();
                        docs.write(inner, indent + 4, &mut own)?;
                        text.push_str(&format!("{margin}  -\n{own}"));
                    }
                }
                _ => {
                    let alone = Mapping::from_iter([(key.clone(), value.clone())]);
                    to_yaml(&alone)?.lines().for_each(|line| text.push_str(&format!("{margin}{line}\n")));
                }
            }
        }
        Ok(())
    }
}

/// Returns the names that can be written where a schema is one of a few names.
fn names(schema: &Schema) -> Vec<String> {
    let text = |x: &Schema| x.as_str().map(str::to_owned);
    let mut found: Vec<String> = schema["enum"].as_array().into_iter().flatten().filter_map(text).collect();
    found.extend(text(&schema["const"]));
    for choices in ["oneOf", "anyOf"] {
        found.extend(schema[choices].as_array().into_iter().flatten().flat_map(names));
    }
    found
}

/// Returns the first paragraph of a doc comment on one line, without the brackets of links.
fn first_paragraph(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace("[`", "`").replace("`]", "`")
}

/// Writes a text as comments of a config, in lines that end before a column.
fn comment(words: &str, margin: &str, text: &mut String) {
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() && margin.len() + 2 + line.len() + 1 + word.len() > WIDTH {
            text.push_str(&format!("{margin}# {line}\n"));
            line.clear();
        }
        line = if line.is_empty() { word.into() } else { format!("{line} {word}") };
    }
    if !line.is_empty() {
        text.push_str(&format!("{margin}# {line}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Quantity, parse};
    use serde::Deserialize;

    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        /// It is one.
        #[default]
        OneOf,
        /// It is another.
        Another,
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Cell {
        /// The name of the cell;
        /// see [`Whole`].
        ///
        /// Nobody reads this.
        name: String,
        undocumented: u32,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Whole {
        /// The time.
        time: Quantity,
        /// The kind.
        kind: Kind,
        /// The kind, which may be null.
        maybe: Option<Kind>,
        /// The first cell.
        first: Option<Cell>,
        /// All cells.
        cells: Vec<Cell>,
        /// Cells by name.
        by_name: BTreeMap<String, Cell>,
        /// Factors by name.
        factors: BTreeMap<String, f64>,
        /// Numbers.
        numbers: Vec<f64>,
        /// No cells.
        none: Vec<Cell>,
    }

    impl Default for Whole {
        fn default() -> Self {
            let cell = |name: &str| Cell { name: name.into(), undocumented: 0 };
            Self {
                time: "10 ms".into(),
                kind: Kind::Another,
                maybe: None,
                first: Some(cell("a: b")),
                cells: vec![cell("b"), cell("c")],
                by_name: BTreeMap::from([("d".into(), cell("d"))]),
                factors: BTreeMap::from([("x".into(), 0.5)]),
                numbers: vec![1.0, 2.0],
                none: vec![],
            }
        }
    }

    #[test]
    fn comments_explain_and_change_nothing() {
        let (docs, whole) = (KeyDocs::of::<Whole>(), Whole::default());
        let text = docs.commented(&whole).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let above = |key: &str| lines[lines.iter().position(|l| l.trim_start().starts_with(key)).unwrap() - 1].trim();
        for (key, wanted) in [
            ("time:", "# The time."),
            ("kind:", "# The kind. One of: one-of, another."),
            ("maybe:", "# The kind, which may be null. One of: one-of, another."),
            ("first:", "# The first cell."),
            ("name:", "# The name of the cell; see `Whole`."),
            ("factors:", "# Factors by name."),
            ("none:", "# No cells."),
        ] {
            assert_eq!(above(key), wanted, "{text}");
        }
        assert_eq!(
            text.matches("# The name of the cell").count(),
            3,
            "the second item of a list is not explained: {text}"
        );
        assert_eq!(parse::<Whole>("c.yaml", &text, &[""; 0]).unwrap().value, whole, "{text}");
    }

    #[test]
    fn what_is_not_explained_is_found() {
        let mut docs = KeyDocs::of::<Whole>();
        let missing = docs.missing(&Whole::default()).unwrap();
        let wanted = ["first.undocumented", "cells.*.undocumented", "cells.*.undocumented", "by_name.d.undocumented"];
        assert_eq!(missing, wanted);
        docs.within("cells.*").set("undocumented", "A number.");
        docs.add("time", "It is short.");
        assert_eq!(docs.missing(&Whole::default()).unwrap(), ["first.undocumented", "by_name.d.undocumented"]);
        assert!(docs.commented(&Whole::default()).unwrap().contains("# The time. It is short.\n"));
    }

    #[test]
    fn long_comments_are_wrapped() {
        let mut text = String::new();
        comment(&"word ".repeat(50), "  ", &mut text);
        assert!(
            text.lines().count() == 3 && text.lines().all(|l| l.starts_with("  # word") && l.len() <= WIDTH),
            "{text}"
        );
    }
}
