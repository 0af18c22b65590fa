//! This module reads HDF5; its errors name the file and the place in it.

use super::super::ConnectomeError;
use super::column::AttributeColumn;
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Datatype, Hdf5File};
use std::path::{Path, PathBuf};

/// An open HDF5 file knows its path, so that errors can name it.
pub(super) struct File {
    pub path: PathBuf,
    hdf5: Hdf5File,
}

impl File {
    pub fn open(path: &Path) -> Result<Self, ConnectomeError> {
        if let Err(cause) = std::fs::File::open(path) {
            return Err(ConnectomeError::Open { file: path.into(), cause });
        }
        let hdf5 = Hdf5File::open(path).map_err(|e| {
            ConnectomeError::table(path, format!("not an HDF5 file that can be read: {e}; was it copied completely?"))
        })?;
        Ok(Self { path: path.into(), hdf5 })
    }

    pub fn error(&self, at: &str, problem: impl std::fmt::Display) -> ConnectomeError {
        ConnectomeError::Hdf5 { file: self.path.clone(), path: at.into(), problem: problem.to_string() }
    }

    pub fn group(&self, at: &str) -> Result<Group, ConnectomeError> {
        self.hdf5
            .group(at)
            .map_err(|e| self.error(at, format!("no such group: {e}; is this a SONATA file of that kind?")))
    }

    /// Returns the sorted names of the groups and of the data sets in a group.
    pub fn members(&self, at: &str) -> Result<(Vec<String>, Vec<String>), ConnectomeError> {
        let (mut groups, mut sets) = self.group(at)?.member_names().map_err(|e| self.error(at, e))?;
        groups.sort();
        sets.sort();
        Ok((groups, sets))
    }

    pub fn dataset(&self, at: &str) -> Result<Dataset, ConnectomeError> {
        self.hdf5.dataset(at).map_err(|e| self.error(at, format!("no such data set: {e}")))
    }

    /// Reads a data set of one dimension.
    pub fn column(&self, at: &str) -> Result<AttributeColumn, ConnectomeError> {
        let set = self.dataset(at)?;
        if set.ndim() != 1 {
            return Err(self.error(at, format!("{} dimensions, expected a column", set.ndim())));
        }
        macro_rules! numbers {
            ($kind:ident, $stored:ty) => {
                AttributeColumn::$kind(
                    set.read_array::<$stored>().map_err(|e| self.error(at, e))?.into_iter().map(Into::into).collect(),
                )
            };
        }
        Ok(match set.dtype() {
            Datatype::FixedPoint { size: 1, signed: false, .. } => numbers!(U64, u8),
            Datatype::FixedPoint { size: 2, signed: false, .. } => numbers!(U64, u16),
            Datatype::FixedPoint { size: 4, signed: false, .. } => numbers!(U64, u32),
            Datatype::FixedPoint { size: 8, signed: false, .. } => numbers!(U64, u64),
            Datatype::FixedPoint { size: 1, signed: true, .. } => numbers!(I64, i8),
            Datatype::FixedPoint { size: 2, signed: true, .. } => numbers!(I64, i16),
            Datatype::FixedPoint { size: 4, signed: true, .. } => numbers!(I64, i32),
            Datatype::FixedPoint { size: 8, signed: true, .. } => numbers!(I64, i64),
            Datatype::FloatingPoint { size: 4, .. } => numbers!(F32, f32),
            Datatype::FloatingPoint { size: 8, .. } => numbers!(F64, f64),
            Datatype::String { .. } | Datatype::VarLen { .. } => {
                AttributeColumn::Text(set.read_strings().map_err(|e| self.error(at, e))?)
            }
            other => return Err(self.error(at, format!("type {other:?} is not one of numbers or text"))),
        })
    }

    /// Reads a column of integers. Fails where one is negative.
    pub fn ids(&self, at: &str) -> Result<Vec<u64>, ConnectomeError> {
        match self.column(at)? {
            AttributeColumn::U64(x) => Ok(x),
            AttributeColumn::I64(x) => {
                let bad = x.iter().position(|x| *x < 0);
                match bad {
                    Some(row) => Err(self.error(at, format!("row {row}: the id {} is negative", x[row]))),
                    None => Ok(x.into_iter().map(|x| x as u64).collect()),
                }
            }
            other => Err(self.error(at, format!("{} where ids are expected; store whole numbers", other.kind()))),
        }
    }

    /// Reads a text attribute of a data set; `None` where there is none.
    pub fn attribute(&self, at: &str, name: &str) -> Result<Option<String>, ConnectomeError> {
        let set = self.dataset(at)?;
        let Ok(attribute) = set.attribute(name) else { return Ok(None) };
        attribute.read_string().map(Some).map_err(|e| self.error(at, format!("attribute `{name}`: {e}")))
    }
}
