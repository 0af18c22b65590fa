//! What the scans are given: rows of numbers, no tensors.

use crate::Level;

/// How far a series is shared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spread {
    /// One for all: `[time, row]`.
    Shared,
    /// One for each element of the batch: `[time, row, batch]`.
    Batch,
    /// One for each neuron: `[time, row, batch, neuron]`.
    Neuron,
}

/// A series of one or more rows over time, never copied per neuron.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a, F> {
    /// The numbers, in the order of [`Spread`].
    pub data: &'a [F],
    /// How far they are shared.
    pub spread: Spread,
}

impl<'a, F> Series<'a, F> {
    /// Numbers in one time step of `rows` rows.
    pub fn stride(&self, rows: usize, batch: usize, neurons: usize) -> usize {
        rows * match self.spread {
            Spread::Shared => 1,
            Spread::Batch => batch,
            Spread::Neuron => batch * neurons,
        }
    }
}

/// A population over time: `neurons` parameter sets, each under `batch` drives, for `steps` steps of `dt`.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a, F> {
    /// Step length, ms.
    pub dt: f64,
    /// Number of steps.
    pub steps: usize,
    /// Number of drives (sweeps, trials).
    pub batch: usize,
    /// Number of neurons.
    pub neurons: usize,
    /// State at the start, `[state, batch, neuron]`.
    pub start: &'a [F],
    /// Inputs, rows in the model's order.
    pub drive: Series<'a, F>,
    /// Parameters, `[parameter, neuron]`.
    pub params: &'a [F],
    /// Instruction set; [`Level::best`] unless two are to be compared.
    pub level: Level,
}

/// A quadratic distance `sum_t w (y - target)^2` of one state variable.
#[derive(Clone, Copy, Debug)]
pub struct Objective<'a, F> {
    /// Which state variable.
    pub row: usize,
    /// What the output should be after each step, one row.
    pub target: Series<'a, F>,
    /// Weight of each step, one row; zero where the target says nothing. Never [`Spread::Neuron`].
    pub weight: Series<'a, F>,
}
