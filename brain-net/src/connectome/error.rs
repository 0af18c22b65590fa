//! This module defines the errors of connectomes; each says what is wrong and what to do about it.

use crate::network::NetworkError;
use std::path::{Path, PathBuf};

/// The reason why a connectome cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectomeError {
    /// The file cannot be opened or read.
    #[error("{}: {cause}; check the path", .file.display())]
    Open {
        /// File.
        file: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// The file has no rows.
    #[error("{}: no rows; was it copied completely?", .file.display())]
    Empty {
        /// File.
        file: PathBuf,
    },
    /// The file lacks a column.
    #[error("{}: no column `{wanted}`; the columns are {present}; declare which is it with `columns: {{{role}: NAME}}`", .file.display())]
    Column {
        /// File.
        file: PathBuf,
        /// Role of the column.
        role: &'static str,
        /// Name that the column should have.
        wanted: String,
        /// Names of the columns of the file.
        present: String,
    },
    /// A row cannot be used.
    #[error("{}: row {row}: {problem}", .file.display())]
    Row {
        /// File.
        file: PathBuf,
        /// Line of a text file, from 1; index in a table of HDF5, from 0.
        row: u64,
        /// What is wrong.
        problem: RowProblem,
    },
    /// The shape or the content of a table is wrong.
    #[error("{}: {problem}", .file.display())]
    Table {
        /// File.
        file: PathBuf,
        /// What is wrong, and what would do.
        problem: String,
    },
    /// A part of an HDF5 file cannot be read.
    #[error("{}: `{path}`: {problem}", .file.display())]
    Hdf5 {
        /// File.
        file: PathBuf,
        /// Path of the group or the data set.
        path: String,
        /// What is wrong, and what would do.
        problem: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] brain_core::output::OutputError),
    /// The network that the connectome describes cannot be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// The reason why a row cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// An edge names a neuron that does not exist.
    #[error("the {side} neuron `{id}` is not among the {known} neurons of {place}; add it there, or remove the edge")]
    MissingNeuron {
        /// `presynaptic` or `postsynaptic`.
        side: &'static str,
        /// Id of the neuron.
        id: String,
        /// Number of known neurons.
        known: usize,
        /// Name of the list of known neurons.
        place: String,
    },
    /// An id occurs twice.
    #[error("the id `{id}` is that of row {first} too; ids must differ")]
    DuplicateId {
        /// Id.
        id: String,
        /// Row of its first occurrence.
        first: u64,
    },
    /// A cell holds no finite number.
    #[error("{column} is `{text}`, not a finite number")]
    NotFinite {
        /// Column.
        column: String,
        /// As written.
        text: String,
    },
    /// A delay is negative.
    #[error("the delay of {delay_ms} ms is negative; a spike cannot arrive before it is sent")]
    NegativeDelay {
        /// Delay, ms.
        delay_ms: f64,
    },
    /// A weight does not have the sign of its neuron.
    #[error(
        "the weight {weight} of neuron `{neuron}` has not the sign of {because}; Dale's law: a neuron makes excitatory or inhibitory synapses, not both; correct the sign, or split the neuron"
    )]
    Dale {
        /// Presynaptic neuron.
        neuron: String,
        /// Weight.
        weight: f64,
        /// Place that set the sign of the neuron.
        because: String,
    },
    /// A row has too few or too many cells.
    #[error("{found} cells, where the header has {expected}")]
    Ragged {
        /// Number of cells of the row.
        found: usize,
        /// Number of columns of the header.
        expected: usize,
    },
    /// A number is out of its range, such as a negative fraction.
    #[error("column `{column}`: {value} is not {expected}")]
    Range {
        /// Column.
        column: String,
        /// Value.
        value: f64,
        /// Description of the allowed values.
        expected: &'static str,
    },
    /// A name is unknown.
    #[error("{column} is `{found}`; known: {known}")]
    Unknown {
        /// Column.
        column: String,
        /// As written.
        found: String,
        /// Names that are known.
        known: String,
    },
}

impl ConnectomeError {
    pub(crate) fn row(file: &Path, row: u64, problem: RowProblem) -> Self {
        Self::Row { file: file.into(), row, problem }
    }

    pub(crate) fn table(file: &Path, problem: impl Into<String>) -> Self {
        Self::Table { file: file.into(), problem: problem.into() }
    }
}

impl brain_core::cli::Faulty for ConnectomeError {
    fn fault(&self) -> brain_core::cli::Fault {
        brain_core::cli::Fault::Input
    }
}
