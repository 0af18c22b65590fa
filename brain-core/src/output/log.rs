//! A [`Log`] is a CSV that grows with a run, and is cut back to the checkpoint from which the run goes on.

use super::{OutputError, write_atomic};
use csv::{ReaderBuilder, StringRecord, Writer, WriterBuilder};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// A CSV file that rows are appended to; cells are quoted where they need it.
#[derive(Debug)]
pub struct Log {
    file: PathBuf,
    writer: Writer<File>,
    columns: usize,
}

impl Log {
    /// Opens a log of these columns. It is empty, or with `resume` has the rows of the old file up to the first that
    /// `keep` refuses, for what follows belongs to a run that went on past its checkpoint. A row that a crash has cut
    /// is dropped, too.
    pub fn open(
        file: PathBuf,
        columns: &[impl AsRef<str>],
        resume: bool,
        mut keep: impl FnMut(&StringRecord) -> bool,
    ) -> Result<Self, OutputError> {
        let old = if resume { File::open(&file).ok() } else { None };
        let mut other = None;
        write_atomic(&file, |w| {
            let mut writer = WriterBuilder::new().from_writer(w);
            writer.write_record(columns.iter().map(AsRef::as_ref))?;
            if let Some(mut old) = old {
                let cut = !ends_with_newline(&mut old)?;
                let mut reader = ReaderBuilder::new().flexible(true).from_reader(old);
                let found = reader.headers()?.clone();
                if !found.is_empty() && !found.iter().eq(columns.iter().map(AsRef::as_ref)) {
                    other = Some(found);
                    return Err(io::Error::other("a log of other columns"));
                }
                let mut row = StringRecord::new();
                let whole = |row: &StringRecord, last: bool| row.len() == columns.len() && !(cut && last);
                while reader.read_record(&mut row)? && whole(&row, reader.is_done()) && keep(&row) {
                    writer.write_record(&row)?;
                }
            }
            writer.flush()
        })
        .map_err(|error| match other {
            Some(found) => {
                let joined = |cells: &mut dyn Iterator<Item = &str>| cells.collect::<Vec<_>>().join(",");
                let expected = joined(&mut columns.iter().map(AsRef::as_ref));
                OutputError::LogColumns { file: file.clone(), found: joined(&mut found.iter()), expected }
            }
            None => error,
        })?;
        let appended = File::options().append(true).open(&file);
        let writer = appended.map_err(|cause| OutputError::Write { file: file.clone(), cause })?;
        let writer = WriterBuilder::new().has_headers(false).from_writer(writer);
        Ok(Self { file, writer, columns: columns.len() })
    }

    /// Opens a log with one row per step, whose first column is `step`, counted from 1. The rows of the first `steps`
    /// steps are kept and passed to `seen`; a fresh run keeps none.
    pub fn of_steps(
        file: PathBuf,
        columns: &[&str],
        steps: u64,
        mut seen: impl FnMut(&StringRecord),
    ) -> Result<Self, OutputError> {
        let columns = [&["step"], columns].concat();
        Self::open(file, &columns, steps > 0, |row| {
            let kept = row[0].parse().is_ok_and(|step: u64| step <= steps);
            if kept {
                seen(row);
            }
            kept
        })
    }

    /// Appends a row, which may stay in memory until [`Log::flush`].
    pub fn append<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) -> Result<(), OutputError> {
        let failed = |cause: csv::Error| OutputError::Write { file: self.file.clone(), cause: cause.into() };
        self.writer.write_record(cells).map_err(failed)
    }

    /// Writes all rows that are in memory to the file.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        self.writer.flush().map_err(|cause| OutputError::Write { file: self.file.clone(), cause })
    }

    /// Appends the row of a step and writes it to the file. Numbers have the shortest form that reads back the same,
    /// and NaN is an empty cell.
    pub fn row(&mut self, step: u64, values: &[f64]) -> Result<(), OutputError> {
        if values.len() + 1 != self.columns {
            let (found, expected) = (values.len(), self.columns - 1);
            return Err(OutputError::LogRow { file: self.file.clone(), found, expected });
        }
        let cell = |value: &f64| if value.is_nan() { String::new() } else { value.to_string() };
        self.append(std::iter::once(step.to_string()).chain(values.iter().map(cell)))?;
        self.flush()
    }
}

/// Returns whether the last line of a file is whole, and moves back to the start of the file.
fn ends_with_newline(file: &mut File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        file.rewind()?;
    }
    Ok(last == [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::*;
    use std::fs;
    use std::io::Write;

    #[test]
    fn a_resumed_log_drops_what_came_after_the_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        let out = Output::create(dir.path()).unwrap();
        let mut log = out.log("log.csv", &["loss", "rate_hz"], 0).unwrap();
        (1..=5).for_each(|i| log.row(i, &[1.0 / i as f64, f64::NAN]).unwrap());
        drop(log);
        let crash = || File::options().append(true).open(out.path("log.csv")).unwrap().write_all(b"6,0.").unwrap();
        crash();
        let mut log = out.log("log.csv", &["loss", "rate_hz"], 3).unwrap();
        log.row(4, &[0.1, 2.0]).unwrap();
        assert!(matches!(log.row(5, &[0.1]), Err(OutputError::LogRow { .. })));
        drop(log);
        let expected = "step,loss,rate_hz\n1,1,\n2,0.5,\n3,0.3333333333333333,\n4,0.1,2\n";
        assert_eq!(fs::read_to_string(out.path("log.csv")).unwrap(), expected);
        // A row that is cut within a number is dropped, whichever step it belongs to.
        crash();
        drop(out.log("log.csv", &["loss", "rate_hz"], 9).unwrap());
        assert_eq!(fs::read_to_string(out.path("log.csv")).unwrap(), expected);
        let message = out.log("log.csv", &["loss"], 3).unwrap_err();
        assert!(matches!(message, OutputError::LogColumns { .. }), "{message}");
        assert_eq!(fs::read_to_string(out.path("log.csv")).unwrap(), expected, "the log of another run stays");
    }

    #[test]
    fn cells_are_quoted_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("spikes.csv");
        let columns = ["population", "neuron"];
        let mut log = Log::open(file.clone(), &columns, false, |_| false).unwrap();
        log.append(["L2,3", "1"]).unwrap();
        log.append(["L4", "2"]).unwrap();
        log.flush().unwrap();
        drop(log);
        let mut seen = vec![];
        drop(
            Log::open(file.clone(), &columns, true, |row| {
                seen.push(row[0].to_owned());
                &row[1] == "1"
            })
            .unwrap(),
        );
        assert_eq!(seen, ["L2,3", "L4"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "population,neuron\n\"L2,3\",1\n");
    }
}
