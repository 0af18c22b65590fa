//! What the caller finds at the parameters of some columns.

use super::proposal::Quadratic;
use crate::optim::linear::packed;
use thiserror::Error;

/// The numbers that the caller gave do not fit together.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LmError {
    /// The starts are not rows of parameters.
    #[error("{values} start values are not rows of {params} parameters (one row per bound)")]
    Starts {
        /// Number of values given.
        values: usize,
        /// Number of parameters with bounds.
        params: usize,
    },
    /// The bounds of a parameter leave no value.
    #[error("parameter {index}: the bounds {low} to {high} leave no value; give the lower one first")]
    Bounds {
        /// Index of the parameter.
        index: usize,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// The evaluation has another size.
    #[error("the evaluation gave {found} values of {what}, expected {rows} rows of {columns} columns")]
    Evaluation {
        /// Which part of it has.
        what: &'static str,
        /// Number of values given.
        found: usize,
        /// Number of rows expected.
        rows: usize,
        /// Number of columns evaluated.
        columns: usize,
    },
}

/// Losses and derivatives that the caller of [`LevenbergMarquardt`](super::LevenbergMarquardt) finds at some parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Losses `sum w r^2`, `[N]`.
    pub loss: Vec<f64>,
    /// `J^T W r`, half the gradients of the losses, `[K][N]`.
    pub gradient: Vec<f64>,
    /// Upper triangles of `J^T W J`, `[K (K + 1) / 2][N]`.
    pub jtj: Vec<f64>,
}

impl Evaluation {
    pub(super) fn check(&self, k: usize, columns: usize) -> Result<(), LmError> {
        let parts = [("loss", &self.loss, 1), ("gradient", &self.gradient, k), ("jtj", &self.jtj, k * (k + 1) / 2)];
        for (what, values, rows) in parts {
            if values.len() != rows * columns {
                return Err(LmError::Evaluation { what, found: values.len(), rows, columns });
            }
        }
        Ok(())
    }

    pub(super) fn column(&self, k: usize, i: usize) -> Quadratic {
        let n = self.loss.len();
        let gradient = self.gradient.iter().skip(i).step_by(n).copied().collect();
        let h = |a, b| self.jtj[packed(k, a, b) * n + i];
        let hessian = (0..k * k).map(|ab| h(ab / k, ab % k)).collect();
        Quadratic { loss: self.loss[i], gradient, hessian }
    }

    pub(super) fn copy_column(&mut self, i: usize, from: &Self, j: usize) {
        let (n, m) = (self.loss.len(), from.loss.len());
        let parts = [(&mut self.loss, &from.loss), (&mut self.gradient, &from.gradient), (&mut self.jtj, &from.jtj)];
        for (to, from) in parts {
            to.iter_mut().skip(i).step_by(n).zip(from.iter().skip(j).step_by(m)).for_each(|(to, from)| *to = *from);
        }
    }
}
