//! Recordings: files in, sweeps in pA, mV and ms out.
//!
//! [`read`] recognises each file by its content, lets that format's reader gather the files that belong
//! together, and checks every sweep the same way: finite samples, believable units, current clamp.
//! A new format is one file with a `READER`, and one line in `READERS`.

mod check;
mod clamp;
mod csv;
mod declaration;
mod error;
mod ibw;
mod resample;
mod unit;
mod waves;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use declaration::{Channel, Clamp, Column, Columns, Declaration, Header, SweepFiles, Waves};
pub use error::RecordingError;
pub use ibw::Wave;
pub use unit::Measurand;

/// The sweeps of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The first file.
    pub source: PathBuf,
    /// Every file that was read, in the order of the sweeps.
    pub files: Vec<PathBuf>,
    /// The sweeps, each with an id of its own.
    pub sweeps: Vec<Sweep>,
}

/// One sweep: equally spaced samples of the current, and of the voltage where it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Commands and output files call it by this name.
    pub id: String,
    /// The file it came from (the voltage's, where the channels are in two).
    pub file: PathBuf,
    /// Sampling interval, ms.
    pub dt_ms: f64,
    /// Injected current, holding included, pA.
    pub current_pa: Vec<f64>,
    /// Membrane potential as recorded, junction potential not corrected, mV; `None` in a file to be predicted.
    pub voltage_mv: Option<Vec<f64>>,
    /// How the cell was held.
    pub clamp: Clamp,
    /// The evidence for the clamp, in words.
    pub clamp_reason: String,
    /// The units in the file.
    pub units: Units,
    /// Remarks of the reader, and the experimenter's own note.
    pub notes: Vec<String>,
}

/// Units as the file had them, before conversion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Units {
    /// Unit of the time or of the sampling interval.
    pub time: String,
    /// Unit of the current.
    pub current: String,
    /// Unit of the voltage, where there is one.
    pub voltage: Option<String>,
}

impl Sweep {
    /// Gives the length of the sweep, ms.
    pub fn duration_ms(&self) -> f64 {
        self.current_pa.len() as f64 * self.dt_ms
    }

    /// Gives the id with everything that does not belong into a file name replaced by `-`.
    pub fn file_name(&self) -> String {
        file_name(&self.id)
    }
}

/// The id of a sweep as a part of a file name.
pub(crate) fn file_name(id: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' };
    id.chars().map(safe).collect::<String>().trim_start_matches('.').to_string()
}

impl Recording {
    /// Finds the sweep called `id`.
    pub fn sweep(&self, id: &str) -> Option<&Sweep> {
        self.sweeps.iter().find(|sweep| sweep.id == id)
    }
}

/// A file format.
pub(crate) struct Reader {
    /// Its name, for messages.
    pub name: &'static str,
    /// Tells from a file's path and first bytes whether it is of this format.
    pub recognises: fn(&Path, &[u8]) -> bool,
    /// Splits files of this format into groups that can be read apart.
    pub group: fn(&[PathBuf], &Declaration) -> Vec<Vec<PathBuf>>,
    /// Reads one group.
    pub read: fn(&[PathBuf], &Declaration) -> Result<Vec<Sweep>, RecordingError>,
}

/// Every format; the first that recognises a file reads it.
const READERS: &[&Reader] = &[&waves::READER, &csv::READER];

/// Reads current-clamp sweeps.
///
/// # Errors
/// It fails at the first file that is no such sweep, and names the file, the line, byte or sample, and the remedy. A
/// voltage-clamp sweep is an error too.
pub fn read<P: AsRef<Path>>(paths: &[P], declared: &Declaration) -> Result<Recording, RecordingError> {
    let recording = read_any(paths, declared)?;
    match recording.sweeps.iter().find(|sweep| sweep.clamp == Clamp::Voltage) {
        None => Ok(recording),
        Some(sweep) => Err(RecordingError::VoltageClamp {
            file: sweep.file.clone(),
            sweep: sweep.id.clone(),
            reason: sweep.clamp_reason.clone(),
        }),
    }
}

/// Reads sweeps of either clamp: in voltage clamp `voltage_mv` is the command and `current_pa` the response.
///
/// # Errors
/// It fails as [`read`] does, save for the clamp.
pub fn read_any<P: AsRef<Path>>(paths: &[P], declared: &Declaration) -> Result<Recording, RecordingError> {
    let Some(first) = paths.first() else { return Err(RecordingError::NoFiles) };
    let (mut files, mut sweeps) = (Vec::new(), Vec::new());
    for group in groups(paths, declared) {
        let group = group?;
        sweeps.extend(group.read(declared)?);
        files.extend(group.files);
    }
    name_apart(&mut sweeps)?;
    Ok(Recording { source: first.as_ref().to_path_buf(), files, sweeps })
}

/// Files that are read together.
pub(crate) struct Group {
    pub files: Vec<PathBuf>,
    reader: &'static Reader,
}

impl Group {
    pub fn read(&self, declared: &Declaration) -> Result<Vec<Sweep>, RecordingError> {
        (self.reader.read)(&self.files, declared)
    }
}

/// Sorts files into groups; a file that no reader takes is an error of its own.
pub(crate) fn groups<P: AsRef<Path>>(paths: &[P], declared: &Declaration) -> Vec<Result<Group, RecordingError>> {
    let mut taken: Vec<Vec<PathBuf>> = vec![Vec::new(); READERS.len()];
    let mut groups = Vec::new();
    for path in paths.iter().map(AsRef::as_ref) {
        match reader_of(path) {
            Ok(reader) => taken[reader].push(path.to_path_buf()),
            Err(error) => groups.push(Err(error)),
        }
    }
    for (reader, files) in READERS.iter().zip(taken) {
        groups.extend((reader.group)(&files, declared).into_iter().map(|files| Ok(Group { files, reader })));
    }
    groups
}

fn reader_of(path: &Path) -> Result<usize, RecordingError> {
    let open = |error| RecordingError::Open { file: path.to_path_buf(), error };
    if !std::fs::metadata(path).map_err(open)?.is_file() {
        return Err(RecordingError::NotAFile { file: path.to_path_buf() });
    }
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head)).map_err(open)?;
    if head.is_empty() {
        return Err(RecordingError::Empty { file: path.to_path_buf(), what: "the file has no bytes" });
    }
    READERS.iter().position(|reader| (reader.recognises)(path, &head)).ok_or_else(|| RecordingError::UnknownFormat {
        file: path.to_path_buf(),
        known: READERS.iter().map(|reader| reader.name).collect::<Vec<_>>().join(", "),
    })
}

/// Sweeps of different files may share a number; the file's name then goes in front.
fn name_apart(sweeps: &mut [Sweep]) -> Result<(), RecordingError> {
    let mut count = HashMap::<String, usize>::new();
    sweeps.iter().for_each(|sweep| *count.entry(sweep.id.clone()).or_default() += 1);
    for sweep in sweeps.iter_mut().filter(|sweep| count[&sweep.id] > 1) {
        sweep.id = format!("{}-{}", stem(&sweep.file), sweep.id);
    }
    let mut seen = std::collections::HashSet::new();
    match sweeps.iter().find(|sweep| !seen.insert(&sweep.id)) {
        None => Ok(()),
        Some(sweep) => Err(RecordingError::RepeatedSweep { file: sweep.file.clone(), sweep: sweep.id.clone() }),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
