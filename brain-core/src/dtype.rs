//! [`Dtype`] is the precision of floating-point numbers, as options and configs name it.

use candle_core::DType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Precision in which a command computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// Single precision, 32 bits.
    #[default]
    F32,
    /// Double precision, 64 bits.
    F64,
}

impl From<Dtype> for DType {
    fn from(dtype: Dtype) -> DType {
        match dtype {
            Dtype::F32 => DType::F32,
            Dtype::F64 => DType::F64,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DType::from(*self).as_str())
    }
}
