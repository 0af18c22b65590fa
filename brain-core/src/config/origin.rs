//! An [`Origin`] is a config before it has types: its text, the arguments on top, and the place of every key.

use super::{ConfigError, KeyPlace, Quantity, explain, lines, set};
use crate::unit::UnitError;
use serde::de::DeserializeOwned;
use serde_yaml::Value;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The text of a config with its `--set` arguments. It is read into types by [`Origin::read`], as often as there are parts
/// with types of their own, and says in errors where a key was given. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Origin(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    text: String,
    sets: Vec<String>,
    /// Whether a checkpoint holds the text.
    stored: bool,
    /// Tree of the text, and the tree after each argument.
    trees: Vec<Value>,
}

impl Origin {
    /// Reads a YAML file, then applies `key.path=value` arguments in order.
    pub fn load(file: &Path, sets: &[impl AsRef<str>]) -> Result<Self, ConfigError> {
        let bytes = std::fs::read(file).map_err(|cause| ConfigError::Read { file: file.into(), cause })?;
        let text = String::from_utf8(bytes).map_err(|_| {
            let message = "this is no text file; give a config, which is YAML".into();
            ConfigError::Value { place: KeyPlace::File(file.into(), None), message }
        })?;
        Self::parse(file, &text, sets)
    }

    /// Reads a config as [`Origin::load`] does, from text that came from `file`.
    pub fn parse(file: impl Into<PathBuf>, text: &str, sets: &[impl AsRef<str>]) -> Result<Self, ConfigError> {
        Self::new(file.into(), text, sets, false)
    }

    /// Reads a config as [`Origin::load`] does, from text that the checkpoint `file` holds; see
    /// [`may_be_idle`](Self::may_be_idle).
    pub fn parse_stored(file: impl Into<PathBuf>, text: &str, sets: &[impl AsRef<str>]) -> Result<Self, ConfigError> {
        Self::new(file.into(), text, sets, true)
    }

    fn new(file: PathBuf, text: &str, sets: &[impl AsRef<str>], stored: bool) -> Result<Self, ConfigError> {
        let mut tree: Value =
            serde_yaml::from_str(text).map_err(|e| explain(e, |line| KeyPlace::File(file.clone(), line)))?;
        if tree.is_null() {
            tree = serde_yaml::Mapping::new().into();
        }
        let mut trees = vec![tree];
        for argument in sets {
            let mut tree = trees[trees.len() - 1].clone();
            set::apply(&mut tree, argument.as_ref())?;
            trees.push(tree);
        }
        let sets = sets.iter().map(|s| s.as_ref().to_owned()).collect();
        Ok(Self(Arc::new(Inner { file, text: text.into(), sets, stored, trees })))
    }

    /// Reads the config into a `T`, which may be a part of it only if `T` ignores unknown keys.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let Inner { file, text, sets, trees, .. } = &*self.0;
        // It is read from the text and not from the tree, because only the text knows lines.
        let source = if trees[0].as_mapping().is_some_and(|m| m.is_empty()) { "{}" } else { text };
        let in_file = |error| explain(error, |line| KeyPlace::File(file.clone(), line));
        let mut value = serde_yaml::from_str(source).map_err(in_file)?;
        for (argument, tree) in sets.iter().zip(&trees[1..]) {
            value =
                serde_yaml::from_value(tree.clone()).map_err(|e| explain(e, |_| KeyPlace::Set(argument.clone())))?;
        }
        Ok(value)
    }

    /// Fails on the first key of the top level that is none of `known`.
    pub fn only<'a>(&self, known: impl IntoIterator<Item = &'a str>) -> Result<(), ConfigError> {
        let known: Vec<&str> = known.into_iter().collect();
        let tree = self.0.trees.last().and_then(Value::as_mapping);
        let mut keys = tree.into_iter().flat_map(|m| m.keys()).filter_map(Value::as_str);
        match keys.find(|key| !known.contains(key)) {
            Some(key) => Err(self.unknown_key(key, known)),
            None => Ok(()),
        }
    }

    /// Returns whether `key.path` may stand there without an effect because `chooser`, such as the kind of an input, has
    /// another value. That is so in a checkpoint, for earlier versions wrote all keys, and where an argument chooses
    /// another value than the file does, which then has keys for its own. Everywhere else such a key is a mistake.
    pub fn may_be_idle(&self, chooser: &str, key: &str) -> bool {
        let by_argument = |key: &str| matches!(self.place(key), KeyPlace::Set(_));
        self.0.stored || by_argument(chooser) && !by_argument(key)
    }

    /// Returns whether `key.path` is given, in the text or by an argument; items of lists are named by their number.
    pub fn is_given(&self, key: &str) -> bool {
        let mut place = self.0.trees.last();
        for part in key.split('.') {
            place = match place {
                Some(Value::Mapping(map)) => map.get(part),
                Some(Value::Sequence(items)) => part.parse().ok().and_then(|k: usize| items.get(k)),
                _ => None,
            };
        }
        place.is_some()
    }

    /// Returns the file that it came from; relative paths in a config start at its folder.
    pub fn file(&self) -> &Path {
        &self.0.file
    }

    /// Returns where `key.path` was given: at the last `--set` of it, else on its line, else on the line of what it
    /// belongs to.
    pub fn place(&self, key: &str) -> KeyPlace {
        let concerns = |argument: &&String| {
            let set = argument.split('=').next().unwrap_or_default().trim();
            key.strip_prefix(set).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match self.0.sets.iter().rev().find(concerns) {
            Some(argument) => KeyPlace::Set(argument.clone()),
            None => KeyPlace::File(self.0.file.clone(), lines::line_of(&self.0.text, key)),
        }
    }

    /// Makes an error about the value of `key.path`.
    pub fn error(&self, key: &str, message: impl Display) -> ConfigError {
        ConfigError::Value { place: self.place(key), message: format!("{key}: {message}") }
    }

    /// Makes an error about a name at `key.path` that is none of `known`.
    pub fn unknown(&self, key: &str, found: &str, known: impl IntoIterator<Item = impl Into<String>>) -> ConfigError {
        let known = known.into_iter().map(Into::into).collect();
        ConfigError::Unknown { place: self.place(key), what: "value", found: found.into(), known }
    }

    /// Makes an error about `key.path`, whose last part is none of the keys `known`.
    pub fn unknown_key(&self, key: &str, known: impl IntoIterator<Item = impl Into<String>>) -> ConfigError {
        let known = known.into_iter().map(Into::into).collect();
        let found = key.rsplit('.').next().unwrap_or(key).into();
        ConfigError::Unknown { place: self.place(key), what: "key", found, known }
    }

    /// Reads the quantity at `key.path` in a unit.
    pub fn quantity(&self, key: &str, quantity: &Quantity, unit: &str) -> Result<f64, ConfigError> {
        quantity.in_unit(unit).map_err(|e: UnitError| self.error(key, e))
    }
}
