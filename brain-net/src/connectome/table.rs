//! This module reads text tables, which have a header and rows, each with its line in the file.

use super::{ConnectomeError, RowProblem};
use brain_core::table::{Rows, delimiter};
use std::path::{Path, PathBuf};

/// A table holds the cells of a file as text, and the line of each row.
pub(crate) struct Table {
    pub file: PathBuf,
    pub header: Vec<String>,
    pub rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    /// Reads a file whose first row is the header.
    pub fn read(file: &Path, delimiter: Option<char>) -> Result<Self, ConnectomeError> {
        let mut rows = records(file, delimiter)?.into_iter();
        let Some((_, header)) = rows.next() else { return Err(ConnectomeError::Empty { file: file.into() }) };
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        let expected = header.len();
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return Err(ConnectomeError::table(file, "there is no row below the header; give at least one"));
        }
        if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != expected) {
            return Err(ConnectomeError::row(file, *line, RowProblem::Ragged { found: row.len(), expected }));
        }
        Ok(Self { file: file.into(), header, rows })
    }

    /// Finds the column of a role by its declared name, or by one of the usual names.
    pub fn column(&self, declared: Option<&str>, usual: &[&str]) -> Option<usize> {
        let find = |name: &str| self.header.iter().position(|h| h.eq_ignore_ascii_case(name));
        declared.map_or_else(|| usual.iter().find_map(|name| find(name)), find)
    }

    /// Does the same as [`Table::column`], and fails where there is no such column.
    pub fn needed(&self, role: &'static str, declared: Option<&str>, usual: &[&str]) -> Result<usize, ConnectomeError> {
        self.column(declared, usual).ok_or_else(|| ConnectomeError::Column {
            file: self.file.clone(),
            role,
            wanted: declared.unwrap_or(usual[0]).into(),
            present: self.header.iter().map(|h| format!("`{h}`")).collect::<Vec<_>>().join(", "),
        })
    }

    /// Finds a column by its fixed name. Fails where there is no such column.
    pub fn named(&self, name: &str) -> Result<usize, ConnectomeError> {
        self.column(None, &[name]).ok_or_else(|| {
            let problem = format!("no column `{name}`; it has {}: rename one to `{name}`", self.header.join(", "));
            ConnectomeError::table(&self.file, problem)
        })
    }

    /// Reads a cell as a number. Fails where it is not a finite number.
    pub fn number(&self, line: u64, row: &csv::StringRecord, column: usize) -> Result<f64, ConnectomeError> {
        let text = &row[column];
        text.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| {
            let column = self.header[column].clone();
            ConnectomeError::row(&self.file, line, RowProblem::NotFinite { column, text: text.into() })
        })
    }
}

/// Reads all rows of a text file with their lines, and trims the cells. Lines that begin with `#` are skipped.
pub(crate) fn records(file: &Path, declared: Option<char>) -> Result<Vec<(u64, csv::StringRecord)>, ConnectomeError> {
    let text = std::fs::read(file).map_err(|cause| ConnectomeError::Open { file: file.into(), cause })?;
    let text = String::from_utf8_lossy(&text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let first = text.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#')).unwrap_or("");
    let delimiter = declared.and_then(|c| u8::try_from(c).ok()).unwrap_or_else(|| usual(first));
    let (mut rows, mut found, mut row) = (Rows::new(text, delimiter, 1), vec![], csv::StringRecord::new());
    let failed = |e| ConnectomeError::table(file, format!("not a table: {e}"));
    while let Some(line) = rows.read(&mut row).map_err(failed)? {
        if row.iter().any(|cell| !cell.is_empty()) {
            found.push((line, row.clone()));
        }
    }
    Ok(found)
}

/// Returns the delimiter that a line contains most often; it is a space where the line contains no other.
fn usual(line: &str) -> u8 {
    let best = delimiter(line, b",;\t");
    if !line.contains(char::from(best)) && line.trim().contains(' ') { b' ' } else { best }
}
