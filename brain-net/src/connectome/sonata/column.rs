//! This module holds columns of values of one type.

/// A column holds the values of one property for the members of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeColumn {
    /// The values are unsigned integers.
    U64(Vec<u64>),
    /// The values are signed integers.
    I64(Vec<i64>),
    /// The values are numbers of single precision.
    F32(Vec<f32>),
    /// The values are numbers of double precision.
    F64(Vec<f64>),
    /// The values are texts.
    Text(Vec<String>),
}

impl AttributeColumn {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::U64(x) => x.len(),
            Self::I64(x) => x.len(),
            Self::F32(x) => x.len(),
            Self::F64(x) => x.len(),
            Self::Text(x) => x.len(),
        }
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a value as a number; `None` for text that is none.
    pub fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::U64(x) => x.get(row).map(|x| *x as f64),
            Self::I64(x) => x.get(row).map(|x| *x as f64),
            Self::F32(x) => x.get(row).map(|x| f64::from(*x)),
            Self::F64(x) => x.get(row).copied(),
            Self::Text(x) => x.get(row).and_then(|x| x.parse().ok()),
        }
    }

    /// Returns a value as text.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            Self::Text(x) => x.get(row).cloned(),
            _ => self.number(row).map(|x| x.to_string()),
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::U64(_) => "unsigned integers",
            Self::I64(_) => "integers",
            Self::F32(_) | Self::F64(_) => "real numbers",
            Self::Text(_) => "text",
        }
    }
}
