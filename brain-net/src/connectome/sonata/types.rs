//! This module reads the types of nodes or edges, which are CSV files with spaces between the cells.

use super::super::table::Table;
use super::super::{ConnectomeError, RowProblem};
use brain_core::output::{OutputError, write_atomic};
use std::collections::{BTreeMap, HashMap};
use std::iter;
use std::path::{Path, PathBuf};

/// Nodes or edges of one type share properties.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Types {
    /// The types were read from this file; it is empty where there is none.
    pub file: PathBuf,
    /// The properties have these names, without the id.
    pub columns: Vec<String>,
    /// Each type has these properties as text, by the id of the type.
    pub rows: BTreeMap<u64, Vec<String>>,
}

impl Types {
    /// Reads `node_types.csv` or `edge_types.csv`; `id` is the name of the column of ids.
    pub fn read(file: &Path, id: &'static str) -> Result<Self, ConnectomeError> {
        let table = Table::read(file, Some(' '))?;
        let id = table.needed(id, Some(id), &[])?;
        let others = |i: &usize| *i != id;
        let columns = (0..table.header.len()).filter(others).map(|i| table.header[i].clone()).collect();
        let (mut rows, mut first) = (BTreeMap::new(), HashMap::new());
        for (line, row) in &table.rows {
            let problem = |problem| ConnectomeError::row(file, *line, problem);
            let key: u64 = row[id].parse().map_err(|_| {
                problem(RowProblem::NotFinite { column: table.header[id].clone(), text: row[id].into() })
            })?;
            if let Some(first) = first.insert(key, *line) {
                return Err(problem(RowProblem::DuplicateId { id: key.to_string(), first }));
            }
            rows.insert(key, (0..row.len()).filter(others).map(|i| row[i].to_owned()).collect());
        }
        Ok(Self { file: file.into(), columns, rows })
    }

    /// Returns a property of a type; `None` for `NULL`, `NONE`, `NA` and empty cells.
    pub fn text(&self, id: u64, name: &str) -> Option<&str> {
        let column = self.columns.iter().position(|c| c == name)?;
        let text = self.rows.get(&id)?.get(column)?.as_str();
        (!["", "NULL", "NONE", "NA"].contains(&text)).then_some(text)
    }

    /// Writes the types to a file; `id` is the name of the column of ids.
    pub(super) fn write(&self, file: &Path, id: &str) -> Result<(), OutputError> {
        write_atomic(file, |w| {
            let mut table = csv::WriterBuilder::new().delimiter(b' ').from_writer(w);
            table.write_record(iter::once(id).chain(self.columns.iter().map(String::as_str)))?;
            for (key, cells) in &self.rows {
                table.write_record(iter::once(&key.to_string()).chain(cells))?;
            }
            table.flush()
        })
    }
}
