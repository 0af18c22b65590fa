//! A checkpoint is one safetensors file. A run resumes from it bit for bit, and the next stage of the pipeline reads
//! it.
//!
//! There is one tensor per named field, so adding or reordering fields cannot corrupt a load. The names are:
//!
//! | name | what |
//! |---|---|
//! | `param/<population>/<field>` | parameters |
//! | `weight/<projection>` | synaptic weights |
//! | `edge/<projection>/{pre,post,delay}` | connectivity |
//! | `state/<population>/<field>` | state |
//! | `adam/{m,v}/<name>` | optimiser |
//! | `history/loss` | loss of every step so far |
//!
//! Everything else is in [`Meta`]. A reader takes each tensor it knows, by name and shape, and then calls
//! [`Checkpoint::finish`], which refuses tensors that nobody asked for: nothing is ignored in silence. Variables and modules
//! of candle come out through its `VarBuilder`, see [`Checkpoint::load_vars`].
//!
//! ```
//! use brain_core::checkpoint::{Array, Checkpoint};
//!
//! # let dir = tempfile::tempdir().unwrap();
//! # let file = dir.path().join("cell.safetensors");
//! let mut checkpoint = Checkpoint::default();
//! checkpoint.meta.step = 12;
//! checkpoint.insert("param/cell/tau", Array::new(vec![2], vec![10.0, 20.0]).unwrap());
//! checkpoint.save(&file).unwrap();
//!
//! let mut checkpoint = Checkpoint::load(&file).unwrap();
//! assert_eq!(checkpoint.take::<f64>("param/cell/tau", &[2]).unwrap(), [10.0, 20.0]);
//! checkpoint.finish().unwrap();
//! ```

mod array;
mod error;
mod kind;
mod meta;
mod resume;
#[cfg(test)]
mod tests;
mod vars;

pub use array::{Array, ArrayData, Element};
pub use error::CheckpointError;
pub use kind::CheckpointKind;
pub use meta::{FieldInfo, InputFile, Meta, ModelInfo};

use crate::output::{OutputError, write_atomic};
use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Version of the format that this program writes.
pub const FORMAT: u64 = 1;

/// The one key of the safetensors metadata. There is one because their order is random, and one run must always write
/// the same bytes.
const KEY: &str = "brain-core";

const HISTORY: &str = "history/loss";

/// Named arrays, with what is known about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// Everything but the arrays.
    pub meta: Meta,
    /// Loss of every step so far.
    pub history: Vec<f64>,
    arrays: BTreeMap<String, Array>,
    file: PathBuf,
}

impl Checkpoint {
    /// Adds an array, or replaces the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, array: Array) {
        self.arrays.insert(name.into(), array);
    }

    /// Returns an array without taking it out.
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    /// Returns the names of all arrays that have not been taken out, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// Returns the file that it was loaded from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Takes an array of any shape and type out.
    pub fn take_array(&mut self, name: &str) -> Result<Array, CheckpointError> {
        self.arrays.remove(name).ok_or_else(|| CheckpointError::Missing {
            file: self.file.clone(),
            name: name.into(),
            known: self.arrays.keys().cloned().collect(),
        })
    }

    /// Takes the numbers of an array out. Its shape must be `shape` and its type `T`; an `f64` may be stored as `f32`.
    pub fn take<T: Element>(&mut self, name: &str, shape: &[usize]) -> Result<Vec<T>, CheckpointError> {
        let array = self.take_array(name)?;
        if array.shape() != shape {
            let (file, name) = (self.file.clone(), name.into());
            return Err(CheckpointError::Shape { file, name, found: array.shape().into(), expected: shape.into() });
        }
        let found = array.data().kind();
        T::from_data(array.into_data()).ok_or_else(|| CheckpointError::Kind {
            file: self.file.clone(),
            name: name.into(),
            found,
            expected: T::KIND,
        })
    }

    /// Takes an array of one number out.
    pub fn take_one<T: Element>(&mut self, name: &str) -> Result<T, CheckpointError> {
        Ok(self.take(name, &[1])?.swap_remove(0))
    }

    /// Drops the arrays whose names start with `prefix`, which this reader knowingly does without.
    pub fn ignore(&mut self, prefix: &str) {
        self.arrays.retain(|name, _| !name.starts_with(prefix));
    }

    /// Fails if an array was not taken out.
    pub fn finish(self) -> Result<(), CheckpointError> {
        match self.arrays.first_key_value() {
            None => Ok(()),
            Some((name, array)) => Err(CheckpointError::Unexpected {
                file: self.file.clone(),
                name: name.clone(),
                shape: array.shape().into(),
                more: self.arrays.len() - 1,
            }),
        }
    }

    /// Writes the file, whole or not at all.
    pub fn save(&self, file: &Path) -> Result<(), CheckpointError> {
        let failed =
            |cause: &dyn std::fmt::Display| CheckpointError::Format { file: file.into(), cause: cause.to_string() };
        let mut meta = serde_json::to_value(&self.meta).map_err(|e| failed(&e))?;
        meta["format"] = FORMAT.into();
        let history = Array::new(vec![self.history.len()], self.history.clone())?;
        let arrays = self.arrays.iter().map(|(name, array)| (name.as_str(), array)).chain([(HISTORY, &history)]);
        let info = HashMap::from([(KEY.to_owned(), meta.to_string())]);
        let bytes = safetensors::serialize(arrays, Some(info)).map_err(|e| failed(&e))?;
        Ok(write_atomic(file, |w| w.write_all(&bytes))?)
    }

    /// Reads a file of this or an earlier version of the format.
    pub fn load(file: &Path) -> Result<Self, CheckpointError> {
        let bytes = std::fs::read(file).map_err(|cause| OutputError::Read { file: file.into(), cause })?;
        Self::from_bytes(file, &bytes)
    }

    fn from_bytes(file: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let failed = |cause: String| CheckpointError::Format { file: file.into(), cause };
        let damaged = |e: safetensors::SafeTensorError| CheckpointError::damaged(file, bytes, e);
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let text = header.metadata().as_ref().and_then(|m| m.get(KEY));
        let text = text.ok_or_else(|| CheckpointError::Foreign { file: file.into() })?;
        let mut meta: Value = serde_json::from_str(text).map_err(|e| failed(e.to_string()))?;
        let mut arrays = BTreeMap::new();
        for (name, view) in tensors.iter() {
            let array = Array::from_view(&view).ok_or_else(|| CheckpointError::Stored {
                file: file.into(),
                name: name.into(),
                kind: format!("{:?}", view.dtype()),
            })?;
            arrays.insert(name.to_owned(), array);
        }
        upgrade(file, &mut meta)?;
        let meta = serde_json::from_value(meta).map_err(|e| failed(e.to_string()))?;
        let mut checkpoint = Self { meta, history: Vec::new(), arrays, file: file.into() };
        let steps = checkpoint.get(HISTORY).map_or(0, |h| h.shape().iter().product());
        checkpoint.history = checkpoint.take(HISTORY, &[steps])?;
        Ok(checkpoint)
    }
}

/// Brings metadata of an earlier version to the form of [`FORMAT`]; each version that changes the form adds its case.
fn upgrade(file: &Path, meta: &mut Value) -> Result<(), CheckpointError> {
    let version = meta.as_object_mut().and_then(|m| m.remove("format")).and_then(|v| v.as_u64()).unwrap_or(0);
    if version == FORMAT { Ok(()) } else { Err(CheckpointError::Version { file: file.into(), found: version }) }
}
