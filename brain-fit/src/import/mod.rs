//! Neurons from the files of other projects, as checkpoints of this one.
//!
//! A format is one file with a `READER`, and one line in `READERS`.

mod allen_glif;

use crate::fit::errors::ErrorReport;
use crate::fit::{FitConfig, Fitted, Outcome};
use crate::report;
use brain_core::checkpoint::{Checkpoint, CheckpointError};
use brain_core::cli::{Fault, Faulty};
use brain_core::config::{self, Quantity};
use brain_core::model::{ModelError, Models};
use brain_core::output::OutputError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What stops an import.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{file}: {cause}", file = .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The reason.
        cause: std::io::Error,
    },
    /// No reader knows the file.
    #[error("{file}: {why}; files that can be imported: {known}", file = .file.display())]
    Unknown {
        /// The file.
        file: PathBuf,
        /// What it is instead.
        why: String,
        /// What the readers read.
        known: String,
    },
    /// A key of the file is missing, or its value cannot be used.
    #[error("{file}: {key}: {why}", file = .file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// The key, as the file has it.
        key: String,
        /// What is wrong, and what would do.
        why: String,
    },
    /// The model is not among those of the program.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The checkpoint cannot be written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The file's checksum cannot be computed.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The config of the checkpoint cannot be written.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
}

impl Faulty for ImportError {
    fn fault(&self) -> Fault {
        match self {
            Self::Checkpoint(_) | Self::Output(_) | Self::Config(_) => Fault::Program,
            _ => Fault::Input,
        }
    }
}

/// A key of a file, and what is wrong with its value.
struct Wrong {
    key: String,
    why: String,
}

/// A reader of one format.
struct Reader {
    /// What the format is called.
    format: &'static str,
    /// What its files are, in words.
    files: &'static str,
    /// Tells whether a file is of this format.
    is: fn(&Value) -> bool,
    /// Reads the neuron.
    read: fn(&Value) -> Result<Imported, Wrong>,
}

/// The readers, in the order in which they are asked.
const READERS: &[Reader] = &[allen_glif::READER];

/// A neuron that was read from a file of another project.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model that has its equations.
    pub model: &'static str,
    /// Values of the parameters by name, in the units of the model; the others keep their defaults.
    pub params: Vec<(&'static str, f64)>,
    /// Potential at the start of a simulation, mV.
    pub v_start: f64,
    /// Length of the steps that it is simulated with, ms.
    pub dt: f64,
    /// Remarks that a reader should know.
    pub notes: Vec<String>,
}

/// What a checkpoint says of the file that it was imported from; it is the note [`Origin::NOTE`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Format of the file.
    pub format: String,
    /// Length of the steps that the neuron is simulated with, ms.
    pub dt_ms: f64,
}

impl Origin {
    /// Key of the note.
    pub const NOTE: &'static str = "imported";

    /// Finds what a checkpoint says of its origin, if it was imported.
    pub fn of(checkpoint: &Checkpoint) -> Option<Self> {
        let note = checkpoint.meta.notes.get(Self::NOTE)?;
        serde_json::from_value(note.clone()).ok()
    }
}

/// Reads a neuron from a file of another project.
///
/// # Errors
/// It fails if no reader knows the file, or names the key that cannot be used.
pub fn read(file: &Path) -> Result<(Imported, Origin), ImportError> {
    let text = std::fs::read_to_string(file).map_err(|cause| ImportError::Read { file: file.into(), cause })?;
    let known = || READERS.iter().map(|r| r.files).collect::<Vec<_>>().join(", ");
    let unknown = |why| ImportError::Unknown { file: file.into(), why, known: known() };
    let value: Value = serde_json::from_str(&text).map_err(|e| unknown(format!("it is no JSON: {e}")))?;
    let Some(reader) = READERS.iter().find(|r| (r.is)(&value)) else {
        return Err(unknown("its keys are those of no known format".into()));
    };
    let imported =
        (reader.read)(&value).map_err(|Wrong { key, why }| ImportError::Value { file: file.into(), key, why })?;
    let origin = Origin { format: reader.format.into(), dt_ms: imported.dt };
    Ok((imported, origin))
}

/// Makes the checkpoint of the neuron in a file, which `predict` and networks take like that of a fit.
///
/// # Errors
/// It fails as [`read()`] does, or if the program lacks the model.
pub fn checkpoint(file: &Path, name: &str, models: &Models) -> Result<(Checkpoint, Imported), ImportError> {
    let (imported, origin) = read(file)?;
    let cell = models.find(imported.model)?.cell();
    let value = |name: &str| imported.params.iter().find(|(n, _)| *n == name).map(|p| p.1);
    let values: Vec<f64> = cell.param.iter().map(|f| value(&f.name).unwrap_or(f.default)).collect();
    // A value of another project is right even where it is out of the bounds of fits.
    let bounds: Vec<(f64, f64)> =
        cell.param.iter().zip(&values).map(|(f, v)| (f.bounds.0.min(*v), f.bounds.1.max(*v))).collect();
    let outcome = Outcome {
        params: Fitted::all(cell.param, values, &bounds),
        loss: 0.0,
        loss_unit: "1",
        evaluations: 0,
        correlated: Vec::new(),
        errors: ErrorReport::default(),
        electrode: None,
        bic: None,
        notes: imported.notes.clone(),
    };
    let mut config = FitConfig { name: name.into(), model: imported.model.into(), ..FitConfig::default() };
    config.voltage.v_start = Some(Quantity::from(imported.v_start));
    config.threshold.dt = imported.dt;
    let mut template = Checkpoint::default();
    template.meta.config = config::to_yaml(&config)?;
    template.meta.add_input("parent", file)?;
    let note = serde_json::json!({ "format": origin.format, "dt_ms": origin.dt_ms });
    template.meta.notes.insert(Origin::NOTE.into(), note);
    Ok((report::checkpoint(cell, &template.meta, &outcome), imported))
}
