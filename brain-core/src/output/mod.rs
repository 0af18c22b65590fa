//! The output folder of a run holds files that appear whole or not at all, and a log that survives a resume.

mod claim;
mod log;

pub use log::Log;

use brain_plot::{Figure, PlotError, Rendered};
use claim::Claim;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;
use thiserror::Error;

/// A file or folder cannot be written or read.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The folder cannot be made, or nothing can be written to it.
    #[error("cannot write to the folder {}: {cause}; choose another with --out DIR, or free its permissions or space", dir.display())]
    Folder {
        /// Returns the folder.
        dir: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Another process writes to the folder.
    #[error("another process writes to the folder {}; wait until it has ended, or choose another with --out DIR", dir.display())]
    Claimed {
        /// Folder.
        dir: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {cause}; check the folder's permissions and free space", file.display())]
    Write {
        /// File.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {cause}; check that the path exists and is readable", file.display())]
    Read {
        /// File.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A log with other columns is in the way of a resume.
    #[error("{}:1: the log has the columns `{found}`, this run writes `{expected}`; resume with the config that wrote it, or choose another --out", file.display())]
    LogColumns {
        /// File.
        file: PathBuf,
        /// The columns of the file.
        found: String,
        /// The columns of this run.
        expected: String,
    },
    /// A row has another length than the header.
    #[error("{}: a row of {found} values for {expected} columns", file.display())]
    LogRow {
        /// File.
        file: PathBuf,
        /// Number of values given.
        found: usize,
        /// Number of columns declared.
        expected: usize,
    },
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] PlotError),
}

/// A folder that exists, can be written to, and belongs to this process until the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Output {
    dir: PathBuf,
    _claim: Arc<Claim>,
}

/// The parts of the name of a temporary file: what it begins with, what it ends with, and the number of random letters and
/// digits between.
const TEMPORARY: (&str, &str, usize) = (".", ".tmp", 6);

impl Output {
    /// Makes the folder if needed, claims it for this process and tries to write in it, so that a long run does not fail at
    /// its end. Temporary files that a killed process left in the folder are removed.
    ///
    /// # Errors
    /// It fails if nothing can be written there, or if another process, or another `Output` of this one, has the folder.
    pub fn create(dir: impl Into<PathBuf>) -> Result<Self, OutputError> {
        let dir = dir.into();
        let failed = |cause| OutputError::Folder { dir: dir.clone(), cause };
        fs::create_dir_all(&dir).map_err(failed)?;
        let claim = Arc::new(Claim::of(&dir)?);
        let probe = dir.join(format!(".writable-{}", std::process::id()));
        fs::write(&probe, b"probe").and_then(|()| fs::remove_file(&probe)).map_err(failed)?;
        Ok(Self { dir, _claim: claim })
    }

    /// Returns the folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Writes a file of the folder; see [`write_atomic`].
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<(), OutputError> {
        write_atomic(&self.path(name), |w| w.write_all(content.as_ref()))
    }

    /// Draws a figure into `<name>.svg` and `<name>.png`, writes its data to `<name>.csv`, and returns the three paths.
    pub fn figure(&self, name: &str, figure: &Figure) -> Result<Vec<PathBuf>, OutputError> {
        let Rendered { svg, png, csv } = figure.render()?;
        let files = [("svg", svg.into_bytes()), ("png", png), ("csv", csv.into_bytes())];
        let write = |(ending, bytes): (&str, Vec<u8>)| {
            let name = format!("{name}.{ending}");
            self.write(&name, bytes).map(|()| self.path(&name))
        };
        files.into_iter().map(write).collect()
    }

    /// Draws the pages of a figure into files of their own: `<name>`, `<name>-2`, `<name>-3` ...
    pub fn pages(&self, name: &str, pages: &[Figure]) -> Result<Vec<PathBuf>, OutputError> {
        let page = |(k, figure): (usize, &Figure)| self.figure(&Self::page_name(name, k), figure);
        let files: Result<Vec<_>, _> = pages.iter().enumerate().map(page).collect();
        Ok(files?.concat())
    }

    /// The name of page `k` of a figure, counted from 0.
    pub fn page_name(name: &str, k: usize) -> String {
        if k == 0 { name.into() } else { format!("{name}-{}", k + 1) }
    }

    /// Writes a CSV file of the folder; `write` gives its rows, and cells are quoted where they need it.
    pub fn csv(
        &self,
        name: &str,
        write: impl FnOnce(&mut csv::Writer<&mut BufWriter<NamedTempFile>>) -> csv::Result<()>,
    ) -> Result<(), OutputError> {
        write_atomic(&self.path(name), |w| {
            let mut table = csv::Writer::from_writer(w);
            write(&mut table)?;
            table.flush()
        })
    }

    /// Opens the log `name`, keeping the rows of the first `steps` steps: 0 for a fresh run.
    pub fn log(&self, name: &str, columns: &[&str], steps: u64) -> Result<Log, OutputError> {
        Log::of_steps(self.path(name), columns, steps, |_| ())
    }
}

/// Replaces a file by what `write` writes: a temporary file in the same folder is synced and renamed, then the folder is
/// synced.
///
/// A reader, or a crash, sees the old file or the new one, never half of one.
pub fn write_atomic(
    file: &Path,
    write: impl FnOnce(&mut BufWriter<NamedTempFile>) -> io::Result<()>,
) -> Result<(), OutputError> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || {
        let mut options = tempfile::Builder::new();
        // tempfile makes files that only their owner can read; files of a run follow the user's umask.
        #[cfg(unix)]
        options.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let (prefix, suffix, random) = TEMPORARY;
        let mut w = BufWriter::new(options.prefix(prefix).suffix(suffix).rand_bytes(random).tempfile_in(folder)?);
        write(&mut w)?;
        let temporary = w.into_inner().map_err(io::IntoInnerError::into_error)?;
        temporary.as_file().sync_all()?;
        temporary.persist(file)?;
        // Only Unix can open a folder to sync the renaming itself.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    attempt().map_err(|cause| OutputError::Write { file: file.into(), cause })
}

/// Computes the SHA-256 of a file, in hexadecimal.
pub fn sha256_file(file: &Path) -> Result<String, OutputError> {
    let failed = |cause| OutputError::Read { file: file.into(), cause };
    let mut reader = File::open(file).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n => hash.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::create(dir.path().join("a/b")).unwrap();
        out.write("x.txt", "old").unwrap();
        let failed = write_atomic(&out.path("x.txt"), |w| {
            w.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        let failed = failed.unwrap_err();
        assert!(
            matches!(&failed, OutputError::Write { file, cause } if *file == out.path("x.txt") && cause.to_string() == "disk full"),
            "{failed}"
        );
        assert_eq!(fs::read_to_string(out.path("x.txt")).unwrap(), "old");
        assert_eq!(fs::read_dir(out.dir()).unwrap().count(), 1, "no temporary file stays");
        // Others may read this file if they may read a file that is made in the usual way.
        fs::write(out.path("usual.txt"), "").unwrap();
        let permissions = |name: &str| fs::metadata(out.path(name)).unwrap().permissions();
        assert_eq!(permissions("x.txt"), permissions("usual.txt"));
    }

    #[test]
    fn a_figure_is_three_files() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::create(dir.path().join("figures")).unwrap();
        let panel = brain_plot::Panel::new("V").line("model", &[0.0, 1.0], &[-70.0, -65.0], brain_plot::MODEL);
        let figure = Figure::new("").row(brain_plot::PanelRow::new(20.0).panel(panel)).width_mm(60.0);
        let paths = out.figure("trace", &figure).unwrap();
        assert_eq!(paths, ["trace.svg", "trace.png", "trace.csv"].map(|name| out.path(name)));
        assert_eq!(fs::read_dir(out.dir()).unwrap().count(), 3);
        assert_eq!(fs::read_to_string(&paths[2]).unwrap(), figure.csv().unwrap());
        assert!(matches!(out.figure("none", &Figure::new("")), Err(OutputError::Figure(PlotError::Empty(_)))));
    }

    #[test]
    fn a_file_in_the_way_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let message = Output::create(dir.path().join("file/out")).unwrap_err().to_string();
        assert!(message.contains("file/out") && message.contains("--out"), "{message}");
    }

    #[test]
    fn sha256_of_abc() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("abc"), "abc").unwrap();
        assert_eq!(
            sha256_file(&dir.path().join("abc")).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let none = dir.path().join("none");
        assert!(matches!(sha256_file(&none), Err(OutputError::Read { file, .. }) if file == none));
    }
}
