//! Everything that can be wrong with a recording, and what to do about it.

use std::path::PathBuf;

use super::unit::Measurand;

/// Why files could not be read as current-clamp sweeps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// No file was given.
    #[error("no recording given: name at least one file")]
    NoFiles,
    /// The file could not be opened or read.
    #[error("{file}: {error}", file = .file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the system said; not a source, which would be printed twice.
        error: std::io::Error,
    },
    /// The file is a folder, device or pipe.
    #[error("{file}: not a file; name the recordings in it", file = .file.display())]
    NotAFile {
        /// The path.
        file: PathBuf,
    },
    /// The file has no bytes, or no data.
    #[error("{file}: {what}; was it copied completely?", file = .file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// No reader recognises the file.
    #[error("{file}: not a format known here ({known}); export it as CSV with the columns time_ms, current_pa, voltage_mv", file = .file.display())]
    UnknownFormat {
        /// The file.
        file: PathBuf,
        /// The names of the formats.
        known: String,
    },
    /// A text row has too few or too many cells.
    #[error("{file}: line {line} has {found} cells, the lines before it {expected}; mend the row, or declare the `delimiter`", file = .file.display())]
    Ragged {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Cells on it.
        found: usize,
        /// Cells expected.
        expected: usize,
    },
    /// A cell is not a number.
    #[error("{file}: line {line}, column `{column}`: `{text}` is not a number", file = .file.display())]
    NotANumber {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// The cell.
        text: String,
    },
    /// A sample is NaN, infinite or left empty.
    #[error("{file}: sweep {sweep}: {quantity} sample {sample} (at {time_ms} ms) is {value}; cut the sweep before it, or leave the sweep out", file = .file.display())]
    NotFinite {
        /// The file.
        file: PathBuf,
        /// The sweep's id.
        sweep: String,
        /// Which trace.
        quantity: Measurand,
        /// Index of the sample, from 0.
        sample: usize,
        /// Its time from the start of the sweep.
        time_ms: f64,
        /// What it is.
        value: String,
    },
    /// A needed column is not there.
    #[error("{file}: no column `{wanted}` for the {quantity}; the columns are {present}.{hint}", file = .file.display())]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// What the column is for.
        quantity: &'static str,
        /// The name looked for.
        wanted: String,
        /// The names there are.
        present: String,
        /// The nearest name and how to declare it, or nothing.
        hint: String,
    },
    /// Two columns share a name that is needed.
    #[error("{file}: {count} columns are called `{name}`; rename all but one", file = .file.display())]
    RepeatedColumn {
        /// The file.
        file: PathBuf,
        /// The name.
        name: String,
        /// How often it occurs.
        count: usize,
    },
    /// A unit is not one of its quantity's, or is missing.
    #[error("{file}: {found} for the {quantity} `{of}`; declare one of {accepted}", file = .file.display(), accepted = .quantity.accepted())]
    Unit {
        /// The file.
        file: PathBuf,
        /// What is measured.
        quantity: Measurand,
        /// The column or wave.
        of: String,
        /// What was found instead.
        found: String,
    },
    /// Time does not advance by equal steps.
    #[error("{file}: line {line}: sweep {sweep}: time advances by {step_ms} ms here and by {usual_ms} ms elsewhere; resample to equal steps, or add a `sweep` column if sweeps follow each other", file = .file.display())]
    NonUniformTime {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The sweep's id.
        sweep: String,
        /// The step at this line.
        step_ms: f64,
        /// The median step.
        usual_ms: f64,
    },
    /// Too few samples to have a sampling interval.
    #[error("{file}: sweep {sweep} has {samples} sample(s); a sweep needs at least 2", file = .file.display())]
    TooShort {
        /// The file.
        file: PathBuf,
        /// The sweep's id.
        sweep: String,
        /// Samples found.
        samples: usize,
    },
    /// The numbers cannot be what they are said to be.
    #[error("{file}: sweep {sweep}: {what}", file = .file.display())]
    Implausible {
        /// The file.
        file: PathBuf,
        /// The sweep's id.
        sweep: String,
        /// What is wrong, and what to declare.
        what: String,
    },
    /// An Igor binary wave is damaged or of a kind that is not a trace.
    #[error("{file}: byte {byte}: {what}", file = .file.display())]
    Wave {
        /// The file.
        file: PathBuf,
        /// Where in the file.
        byte: usize,
        /// What is wrong there, and what to do.
        what: String,
    },
    /// Waves do not make a sweep.
    #[error("{file}: {what}", file = .file.display())]
    Pairing {
        /// One of the files.
        file: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// Two sweeps have the same id.
    #[error("{file}: sweep {sweep} occurs twice; name the file once, or number the sweeps apart", file = .file.display())]
    RepeatedSweep {
        /// The second file.
        file: PathBuf,
        /// The id.
        sweep: String,
    },
    /// The sweep was recorded in voltage clamp.
    #[error("{file}: sweep {sweep} is voltage clamp ({reason}); a fit needs current clamp: leave the sweep out, or declare `clamp: current` if this is wrong", file = .file.display())]
    VoltageClamp {
        /// The file.
        file: PathBuf,
        /// The sweep's id.
        sweep: String,
        /// The evidence.
        reason: String,
    },
}

impl brain_core::cli::Faulty for RecordingError {
    fn fault(&self) -> brain_core::cli::Fault {
        brain_core::cli::Fault::Input
    }
}
