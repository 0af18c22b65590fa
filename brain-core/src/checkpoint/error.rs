//! These errors say what is wrong with a checkpoint, and what to do.

use super::{CheckpointKind, FORMAT};
use crate::config::nearest;
use crate::output::OutputError;
use safetensors::SafeTensorError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A checkpoint that cannot be written, read or used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file system refuses to read or write the file.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The file is cut off, or never was a checkpoint.
    #[error("{} is damaged: {cause} ({bytes} bytes); copy it again, or resume from an earlier checkpoint", file.display())]
    Damaged {
        /// File.
        file: PathBuf,
        /// What does not fit.
        cause: String,
        /// Size of the file.
        bytes: usize,
    },
    /// The file is none of safetensors.
    #[error("{} is no checkpoint, which is a safetensors file: it looks like {what}", file.display())]
    NoSafetensors {
        /// File.
        file: PathBuf,
        /// What it looks like.
        what: &'static str,
    },
    /// The safetensors file is of another program.
    #[error("{} is a safetensors file, but not a checkpoint of this program: it has no `brain-core` metadata", file.display())]
    Foreign {
        /// File.
        file: PathBuf,
    },
    /// The checkpoint is of another scale, or the state of a run where its result is wanted.
    #[error("{} is {found}; {expected} is expected here", file.display())]
    OtherKind {
        /// File.
        file: PathBuf,
        /// What it is.
        found: CheckpointKind,
        /// What it should be.
        expected: String,
    },
    /// The metadata cannot be read or written.
    #[error("{}: the metadata cannot be used: {cause}; write the checkpoint again with this version", file.display())]
    Format {
        /// File.
        file: PathBuf,
        /// What does not fit.
        cause: String,
    },
    /// The file was written by a newer program.
    #[error("{} has format version {found}, this program reads versions 1 to {FORMAT}; update the program", file.display())]
    Version {
        /// File.
        file: PathBuf,
        /// Version of its format.
        found: u64,
    },
    /// A tensor has a type of number that checkpoints do not have.
    #[error("{}: tensor `{name}` is of type {kind}; checkpoints hold F32, F64, U32 and U64", file.display())]
    Stored {
        /// File.
        file: PathBuf,
        /// Name of the tensor.
        name: String,
        /// Its type.
        kind: String,
    },
    /// A tensor is not in the file.
    #[error("{} has no tensor `{name}`{}; it was written by another config or model", file.display(), near(name, known))]
    Missing {
        /// File.
        file: PathBuf,
        /// Name of the tensor.
        name: String,
        /// Names of the tensors in the file.
        known: Vec<String>,
    },
    /// A tensor has another shape than is asked for.
    #[error("{}: tensor `{name}` has shape {found:?}, expected {expected:?}; use the config the checkpoint was written with", file.display())]
    Shape {
        /// File.
        file: PathBuf,
        /// Name of the tensor.
        name: String,
        /// What the file has.
        found: Vec<usize>,
        /// What is asked for.
        expected: Vec<usize>,
    },
    /// A tensor has another type than is asked for.
    #[error("{}: tensor `{name}` has type {found}, expected {expected}; use the --dtype the checkpoint was written with", file.display())]
    Kind {
        /// File.
        file: PathBuf,
        /// Name of the tensor.
        name: String,
        /// What the file has.
        found: &'static str,
        /// What is asked for.
        expected: &'static str,
    },
    /// Nobody asked for a tensor of the file.
    #[error("{}: unknown tensor `{name}` of shape {shape:?} (and {more} more); the config or the model lacks what it belongs to", file.display())]
    Unexpected {
        /// File.
        file: PathBuf,
        /// Name of the tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// How many more such tensors there are.
        more: usize,
    },
    /// The number of values is not that of the shape.
    #[error("{values} values cannot have the shape {shape:?}")]
    Count {
        /// How many values were given.
        values: usize,
        /// Shape that they should fill.
        shape: Vec<usize>,
    },
    /// The file is the state of an interrupted run that had another config.
    #[error("{}: the saved state belongs to another config; resume with the config that wrote it (its copy is config.yaml beside it), run without --resume, or choose another --out", file.display())]
    OtherConfig {
        /// File.
        file: PathBuf,
    },
    /// The file is the state of an interrupted run that had other input files.
    #[error("{}: the input files have changed since this state was saved; run without --resume", file.display())]
    OtherInputs {
        /// File.
        file: PathBuf,
    },
    /// candle refuses a tensor.
    #[error("candle cannot hold or give this tensor: {cause}")]
    Candle {
        /// What candle says.
        cause: String,
    },
}

impl CheckpointError {
    pub(super) fn damaged(file: &Path, bytes: &[u8], error: SafeTensorError) -> Self {
        // A header begins with a brace, after the eight bytes of its length.
        let begins_otherwise = bytes.get(8).is_some_and(|b| *b != b'{');
        let cause = match error {
            SafeTensorError::InvalidHeaderLength if begins_otherwise => {
                return Self::NoSafetensors { file: file.into(), what: looks_like(bytes) };
            }
            SafeTensorError::HeaderTooLarge
            | SafeTensorError::InvalidHeader(_)
            | SafeTensorError::InvalidHeaderDeserialization(_) => {
                return Self::NoSafetensors { file: file.into(), what: looks_like(bytes) };
            }
            SafeTensorError::HeaderTooSmall | SafeTensorError::InvalidHeaderLength => {
                "it ends within its header".into()
            }
            SafeTensorError::MetadataIncompleteBuffer => "it does not end where its header says".into(),
            other => other.to_string(),
        };
        Self::Damaged { file: file.into(), cause, bytes: bytes.len() }
    }

    /// What candle says, without the backtrace that it adds where the environment asks for one.
    pub(super) fn candle(error: candle_core::Error) -> Self {
        let mut error = &error;
        while let candle_core::Error::WithBacktrace { inner, .. } = error {
            error = inner;
        }
        Self::Candle { cause: error.to_string() }
    }
}

/// Says what a file that is none of safetensors looks like.
fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'P', b'K', 3, 4, ..] => "an archive or a pickled module of PyTorch",
        [0x89, b'H', b'D', b'F', ..] => "HDF5",
        _ if std::str::from_utf8(bytes).is_ok_and(is_written) => "text, such as a config",
        _ => "data of another kind",
    }
}

/// Tells whether a text has letters, signs and spaces only.
fn is_written(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || c.is_whitespace())
}

fn near(name: &str, known: &[String]) -> String {
    nearest(name, known.iter().map(String::as_str)).map_or_else(String::new, |n| format!(", but `{n}`"))
}
