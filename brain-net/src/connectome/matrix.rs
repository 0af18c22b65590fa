//! This module reads area-to-area matrices.

use super::table::records;
use super::{ConnectomeError, RowProblem};
use crate::area::{AreaMatrix, distances};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A row or a column of a matrix in a file is a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// A row is a target, as in Markov et al. 2014.
    #[default]
    TargetRows,
    /// A column is a target, as in the marmoset's matrices.
    TargetColumns,
}

/// A matrix is read from these files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MatrixFile {
    /// The fractions of labelled neurons are in this CSV or TSV file, as numbers alone or with names in the first row
    /// and the first column. Empty cells are 0.
    pub fln: PathBuf,
    /// The rows (`target-rows`) or the columns (`target-columns`) of the file are targets.
    pub orientation: Orientation,
    /// The distances in mm are in this file, a matrix of the same areas.
    pub distances: Option<PathBuf>,
    /// The centres in mm are in this file, for use without distances: its rows are `area, x, y, z`, or three numbers in
    /// the order of the areas.
    pub coordinates: Option<PathBuf>,
}

/// A square matrix of numbers has names where its file does.
struct Square {
    names: Option<Vec<String>>,
    n: usize,
    values: Vec<f64>,
}

impl MatrixFile {
    /// Reads the files and checks that they fit each other.
    pub fn read(&self) -> Result<AreaMatrix, ConnectomeError> {
        let square = square(&self.fln)?;
        let n = square.n;
        let at = |t: usize, s: usize| match self.orientation {
            Orientation::TargetRows => square.values[t * n + s],
            Orientation::TargetColumns => square.values[s * n + t],
        };
        let mut fln = vec![0.0; n * n];
        for t in 0..n {
            for s in (0..n).filter(|&s| s != t) {
                fln[t * n + s] = at(t, s);
            }
        }
        let names = square.names.clone().unwrap_or_else(|| (1..=n).map(|i| format!("A{i:02}")).collect());
        self.sums(&fln, n)?;
        let distance_mm = match (&self.distances, &self.coordinates) {
            (Some(file), _) => self.distances(file, &names, square.names.is_some())?,
            _ => vec![],
        };
        let centres_mm = self.coordinates.as_ref().map(|f| centres(f, &names)).transpose()?.unwrap_or_default();
        let distance_mm = if distance_mm.is_empty() { distances(&centres_mm) } else { distance_mm };
        Ok(AreaMatrix { names, fln, distance_mm, centres_mm })
    }

    /// Checks that the fractions of every target add up to at most 1. Where only those of every source do, the error
    /// says that the orientation is wrong.
    fn sums(&self, fln: &[f64], n: usize) -> Result<(), ConnectomeError> {
        let target = |t: usize| (0..n).map(|s| fln[t * n + s]).sum::<f64>();
        let source = |s: usize| (0..n).map(|t| fln[t * n + s]).sum::<f64>();
        let over = |sum: f64| sum > 1.0 + 1e-6;
        if (0..n).any(|t| over(target(t))) && !(0..n).any(|s| over(source(s))) {
            let other = match self.orientation {
                Orientation::TargetRows => "target-columns",
                Orientation::TargetColumns => "target-rows",
            };
            let problem = format!(
                "the fractions of a target add up to more than 1, but those of every source do not: the matrix lies the other way; declare `orientation: {other}`"
            );
            return Err(ConnectomeError::table(&self.fln, problem));
        }
        Ok(())
    }

    fn distances(&self, file: &Path, names: &[String], named: bool) -> Result<Vec<f64>, ConnectomeError> {
        let d = square(file)?;
        let n = names.len();
        let order: Vec<usize> = match &d.names {
            Some(theirs) if named => {
                let find = |name: &String| {
                    theirs.iter().position(|t| t == name).ok_or_else(|| {
                        ConnectomeError::table(file, format!("no distances of area `{name}` of {}", self.fln.display()))
                    })
                };
                names.iter().map(find).collect::<Result<_, _>>()?
            }
            _ if d.n == n => (0..n).collect(),
            _ => {
                let problem = format!("{} areas, but {n} in {}", d.n, self.fln.display());
                return Err(ConnectomeError::table(file, problem));
            }
        };
        Ok((0..n * n).map(|k| d.values[order[k / n] * d.n + order[k % n]]).collect())
    }
}

/// Reads a square matrix of numbers that are not negative.
fn square(file: &Path) -> Result<Square, ConnectomeError> {
    let mut rows = records(file, None)?;
    if rows.is_empty() {
        return Err(ConnectomeError::Empty { file: file.into() });
    }
    let text = |cell: &str| !cell.is_empty() && cell.parse::<f64>().is_err();
    // Names may look like numbers (area 5), so that a header is any row that contains text.
    let named = rows[0].1.iter().skip(1).any(text);
    let names: Option<Vec<String>> = named.then(|| rows.remove(0).1.iter().skip(1).map(str::to_owned).collect());
    let skip = usize::from(named);
    let n = names.as_ref().map_or_else(|| rows[0].1.len(), Vec::len);
    if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != n + skip) {
        let problem = RowProblem::Ragged { found: row.len(), expected: n + skip };
        return Err(ConnectomeError::row(file, *line, problem));
    }
    if rows.len() != n {
        let problem = format!(
            "the matrix is not square: {} rows and {n} columns; keep the areas that are both source and target, in one order",
            rows.len()
        );
        return Err(ConnectomeError::table(file, problem));
    }
    let column = |k: usize| names.as_ref().map_or_else(|| (k + 1).to_string(), |names| names[k].clone());
    let mut values = Vec::with_capacity(n * n);
    for (k, (line, row)) in rows.iter().enumerate() {
        if let Some(names) = names.as_ref().filter(|names| names[k] != row[0]) {
            let problem = format!(
                "row {line} is area `{}`, column {} is `{}`; rows and columns must be the same areas in one order",
                &row[0],
                k + 1,
                names[k]
            );
            return Err(ConnectomeError::table(file, problem));
        }
        for (c, cell) in row.iter().skip(skip).enumerate() {
            let value = if cell.is_empty() { Some(0.0) } else { cell.parse().ok().filter(|x: &f64| x.is_finite()) };
            let Some(value) = value else {
                let problem = RowProblem::NotFinite { column: column(c), text: cell.into() };
                return Err(ConnectomeError::row(file, *line, problem));
            };
            if value < 0.0 {
                let problem = RowProblem::Range { column: column(c), value, expected: "0 or more" };
                return Err(ConnectomeError::row(file, *line, problem));
            }
            values.push(value);
        }
    }
    if let Some(names) = &names {
        let repeated = names.iter().enumerate().find(|(k, name)| names[..*k].contains(name));
        if let Some((k, id)) = repeated {
            let first = names.iter().position(|n| n == id).map_or(0, |f| rows[f].0);
            let problem = RowProblem::DuplicateId { id: id.clone(), first };
            return Err(ConnectomeError::row(file, rows[k].0, problem));
        }
    }
    Ok(Square { names, n, values })
}

/// Reads the centres of the areas `names`, mm; the rows of the file have names or are in the same order.
fn centres(file: &Path, names: &[String]) -> Result<Vec<[f64; 3]>, ConnectomeError> {
    let mut rows = records(file, None)?;
    rows.retain(|(_, row)| row.iter().next_back().is_some_and(|c| c.parse::<f64>().is_ok()));
    let point = |line: u64, cells: &[&str]| -> Result<[f64; 3], ConnectomeError> {
        let mut point = [0.0; 3];
        for (x, cell) in point.iter_mut().zip(cells) {
            *x = cell.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(|| {
                let problem = RowProblem::NotFinite { column: "coordinate".into(), text: (*cell).into() };
                ConnectomeError::row(file, line, problem)
            })?;
        }
        Ok(point)
    };
    if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() < 3) {
        return Err(ConnectomeError::row(file, *line, RowProblem::Ragged { found: row.len(), expected: 3 }));
    }
    let cells = |row: &csv::StringRecord, skip: usize| row.iter().skip(skip).map(str::to_owned).collect::<Vec<_>>();
    let get = |line: u64, row: &csv::StringRecord, skip: usize| {
        let cells = cells(row, skip);
        point(line, &cells.iter().map(String::as_str).collect::<Vec<_>>())
    };
    if rows.iter().all(|(_, row)| row.len() >= 4) {
        let find = |name: &String| match rows.iter().find(|(_, row)| &row[0] == name) {
            Some((line, row)) => get(*line, row, 1),
            None => Err(ConnectomeError::table(file, format!("no coordinates of area `{name}`"))),
        };
        return names.iter().map(find).collect();
    }
    if rows.len() != names.len() {
        let problem =
            format!("{} rows of coordinates for {} areas; begin each row with its area", rows.len(), names.len());
        return Err(ConnectomeError::table(file, problem));
    }
    rows.iter().map(|(line, row)| get(*line, row, 0)).collect()
}
