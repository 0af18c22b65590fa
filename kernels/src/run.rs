//! This module defines the arguments of the scans, which are plain slices of numbers.

use crate::Level;

/// The sharing of a series among batch elements and neurons.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spread {
    /// All batch elements and neurons share the series, `[time, row]`.
    Shared,
    /// Each batch element has its own series, `[time, row, batch]`.
    Batch,
    /// Each neuron of each batch element has its own series, `[time, row, batch, neuron]`.
    Neuron,
}

/// A time series of one or more rows, which is not copied for the neurons that share it.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a, F> {
    /// Values in the order of [`Spread`].
    pub data: &'a [F],
    /// Sharing of the values.
    pub spread: Spread,
}

impl<'a, F> Series<'a, F> {
    /// Returns the number of values in one time step of `rows` rows.
    pub fn stride(&self, rows: usize, batch: usize, neurons: usize) -> usize {
        rows * match self.spread {
            Spread::Shared => 1,
            Spread::Batch => batch,
            Spread::Neuron => batch * neurons,
        }
    }
}

/// A run of a population: `neurons` parameter sets, each under `batch` drives, for `steps` steps of `dt`.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a, F> {
    /// Time step, ms.
    pub dt: f64,
    /// Number of steps.
    pub steps: usize,
    /// Number of batch elements, each with its own drive (sweeps, trials).
    pub batch: usize,
    /// Number of neurons.
    pub neurons: usize,
    /// Initial state, `[state, batch, neuron]`.
    pub start: &'a [F],
    /// Inputs, with rows in the model's order.
    pub drive: Series<'a, F>,
    /// Parameters, `[parameter, neuron]`.
    pub params: &'a [F],
    /// Instruction set; it is [`Level::best`] unless instruction sets are compared.
    pub level: Level,
}

/// A quadratic distance `sum_t w (y - target)^2` of one state variable.
#[derive(Clone, Copy, Debug)]
pub struct SquaredDistance<'a, F> {
    /// Index of the state variable `y`.
    pub row: usize,
    /// Target value after each step, one row.
    pub target: Series<'a, F>,
    /// Weight of each step, one row; it is zero where there is no target. Its spread must not be [`Spread::Neuron`].
    pub weight: Series<'a, F>,
}
