//! This module runs a population on the processor with a given instruction set, or on a device.

use kernels::{
    Adjoint, Cell, Forward, Level, Precision, Run, Tangent,
    device::{Queue, host},
};
use std::fmt::Debug;

/// A processor or device that runs the scans of a population. Errors are texts.
pub trait Engine<F: Precision> {
    /// Runs [`Cell::forward`].
    fn forward(&self, kernel: &'static Cell, run: &Run<F>, out: Forward<F>) -> Result<(), String>;
    /// Runs [`Cell::adjoint`].
    fn adjoint(&self, kernel: &'static Cell, run: &Run<F>, out: Adjoint<F>) -> Result<(), String>;
    /// Runs [`Cell::tangent`].
    fn tangent(&self, kernel: &'static Cell, run: &Run<F>, out: Tangent<F>) -> Result<(), String>;
}

impl<F: Precision> Engine<F> for Level {
    fn forward(&self, kernel: &'static Cell, run: &Run<F>, out: Forward<F>) -> Result<(), String> {
        kernel.forward(&Run { level: *self, ..*run }, out).map_err(|e| e.to_string())
    }
    fn adjoint(&self, kernel: &'static Cell, run: &Run<F>, out: Adjoint<F>) -> Result<(), String> {
        kernel.adjoint(&Run { level: *self, ..*run }, out).map_err(|e| e.to_string())
    }
    fn tangent(&self, kernel: &'static Cell, run: &Run<F>, out: Tangent<F>) -> Result<(), String> {
        kernel.tangent(&Run { level: *self, ..*run }, out).map_err(|e| e.to_string())
    }
}

/// A device, given by its queue.
#[derive(Debug)]
pub struct On<'q, Q>(pub &'q Q);

impl<Q> Clone for On<'_, Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for On<'_, Q> {}

impl<F: Precision, Q: Queue<F, Error: Debug>> Engine<F> for On<'_, Q> {
    fn forward(&self, kernel: &'static Cell, run: &Run<F>, out: Forward<F>) -> Result<(), String> {
        host::forward(self.0, kernel, run, out).map_err(|e| format!("{e:?}"))
    }
    fn adjoint(&self, kernel: &'static Cell, run: &Run<F>, out: Adjoint<F>) -> Result<(), String> {
        host::adjoint(self.0, kernel, run, out).map_err(|e| format!("{e:?}"))
    }
    fn tangent(&self, kernel: &'static Cell, run: &Run<F>, out: Tangent<F>) -> Result<(), String> {
        host::tangent(self.0, kernel, run, out).map_err(|e| format!("{e:?}"))
    }
}
