//! This module defines the errors of connectomes; each says what is wrong and what to do about it.

use crate::network::NetworkError;
use std::path::{Path, PathBuf};

/// A connectome cannot be used for one of these reasons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectomeError {
    /// The file cannot be opened or read.
    #[error("{}: {cause}; check the path", .file.display())]
    Open {
        /// This file cannot be opened or read.
        file: PathBuf,
        /// The system gives this reason.
        cause: std::io::Error,
    },
    /// The file has no rows.
    #[error("{}: no rows; was it copied completely?", .file.display())]
    Empty {
        /// This file is empty.
        file: PathBuf,
    },
    /// The file lacks a column.
    #[error("{}: no column `{wanted}`; the columns are {present}; declare which is it with `columns: {{{role}: NAME}}`", .file.display())]
    Column {
        /// This file lacks the column.
        file: PathBuf,
        /// The column has this role, such as `pre`.
        role: &'static str,
        /// The column should have this name.
        wanted: String,
        /// The file has columns of these names.
        present: String,
    },
    /// A row cannot be used.
    #[error("{}: row {row}: {problem}", .file.display())]
    Row {
        /// The row is in this file.
        file: PathBuf,
        /// This is the line of a text file, from 1, or the index in a table of HDF5, from 0.
        row: u64,
        /// This says what is wrong.
        problem: RowProblem,
    },
    /// The shape or the content of a table is wrong.
    #[error("{}: {problem}", .file.display())]
    Table {
        /// The table is in this file.
        file: PathBuf,
        /// This says what is wrong, and what would do.
        problem: String,
    },
    /// A part of an HDF5 file cannot be read.
    #[error("{}: `{path}`: {problem}", .file.display())]
    Hdf5 {
        /// The part is in this file.
        file: PathBuf,
        /// The group or the data set has this path.
        path: String,
        /// This says what is wrong, and what would do.
        problem: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] brain_core::output::OutputError),
    /// The network that the connectome describes cannot be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// A row cannot be used for one of these reasons.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// An edge names a neuron that does not exist.
    #[error("the {side} neuron `{id}` is not among the {known} neurons of {place}; add it there, or remove the edge")]
    MissingNeuron {
        /// The edge names the neuron as its `presynaptic` or `postsynaptic` one.
        side: &'static str,
        /// The neuron has this id.
        id: String,
        /// This many neurons are known.
        known: usize,
        /// The known neurons are listed under this name.
        place: String,
    },
    /// An id occurs twice.
    #[error("the id `{id}` is that of row {first} too; ids must differ")]
    DuplicateId {
        /// This id occurs twice.
        id: String,
        /// The id occurs in this row first.
        first: u64,
    },
    /// A cell holds no finite number.
    #[error("{column} is `{text}`, not a finite number")]
    NotFinite {
        /// The cell is in this column.
        column: String,
        /// The cell reads like this.
        text: String,
    },
    /// A delay is negative.
    #[error("the delay of {delay_ms} ms is negative; a spike cannot arrive before it is sent")]
    NegativeDelay {
        /// The delay has this value, ms.
        delay_ms: f64,
    },
    /// A weight does not have the sign of its neuron.
    #[error(
        "the weight {weight} of neuron `{neuron}` has not the sign of {because}; Dale's law: a neuron makes excitatory or inhibitory synapses, not both; correct the sign, or split the neuron"
    )]
    Dale {
        /// The presynaptic neuron has this id.
        neuron: String,
        /// The weight has this value.
        weight: f64,
        /// The sign of the neuron was set here.
        because: String,
    },
    /// A row has too few or too many cells.
    #[error("{found} cells, where the header has {expected}")]
    Ragged {
        /// The row has this many cells.
        found: usize,
        /// The header has this many columns.
        expected: usize,
    },
    /// A number is out of its range, such as a negative fraction.
    #[error("column `{column}`: {value} is not {expected}")]
    Range {
        /// The number is in this column.
        column: String,
        /// The number has this value.
        value: f64,
        /// This describes the allowed values.
        expected: &'static str,
    },
    /// A name is unknown.
    #[error("{column} is `{found}`; known: {known}")]
    Unknown {
        /// The name is in this column.
        column: String,
        /// The name reads like this.
        found: String,
        /// These names are known.
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
