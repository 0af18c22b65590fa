//! Errors of connectomes: each says what is wrong and what to do about it.

use crate::network::NetworkError;
use std::path::{Path, PathBuf};

/// Why a connectome cannot be used.
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
    /// There is nothing in the file.
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
        /// The role of the column.
        role: &'static str,
        /// Its name.
        wanted: String,
        /// Columns of the file.
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
    /// The shape or the content of a table does not fit.
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
        /// Group or data set.
        path: String,
        /// What is wrong, and what would do.
        problem: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] brain_core::output::OutputError),
    /// The network that it describes cannot be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// An edge names a neuron that is nowhere.
    #[error("the {side} neuron `{id}` is not among the {known} neurons of {place}; add it there, or remove the edge")]
    MissingNeuron {
        /// `presynaptic` or `postsynaptic`.
        side: &'static str,
        /// Its id.
        id: String,
        /// How many there are.
        known: usize,
        /// Where they are listed.
        place: String,
    },
    /// An id occurs twice.
    #[error("the id `{id}` is that of row {first} too; ids must differ")]
    DuplicateId {
        /// Id.
        id: String,
        /// Where it was first.
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
    /// A weight has not the sign of its neuron.
    #[error(
        "the weight {weight} of neuron `{neuron}` has not the sign of {because}; Dale's law: a neuron makes excitatory or inhibitory synapses, not both; correct the sign, or split the neuron"
    )]
    Dale {
        /// Presynaptic neuron.
        neuron: String,
        /// Weight.
        weight: f64,
        /// Where its sign was set.
        because: String,
    },
    /// A row has too few or too many cells.
    #[error("{found} cells, where the header has {expected}")]
    Ragged {
        /// Cells.
        found: usize,
        /// Columns.
        expected: usize,
    },
    /// A number is out of its range, such as a negative fraction.
    #[error("column `{column}`: {value} is not {expected}")]
    Range {
        /// Column.
        column: String,
        /// Value.
        value: f64,
        /// What would do.
        expected: &'static str,
    },
    /// A name or a choice is not known.
    #[error("{column} is `{found}`; known: {known}")]
    Unknown {
        /// Column.
        column: String,
        /// As written.
        found: String,
        /// What could be written.
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
