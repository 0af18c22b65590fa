//! This module defines what a run records.

/// A spike of one neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spike {
    /// Step, counted from the start of the simulation; the potential crosses the threshold at its end, `(step + 1) dt`.
    pub step: u64,
    /// Index of the population.
    pub population: u32,
    /// Index of the neuron in the population.
    pub neuron: u32,
}

/// A recorder of one state variable, or of the spike, of some neurons over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Index of the population, which consists of cells.
    pub population: usize,
    /// Index of the state variable of its cells; the number of state variables stands for the spike.
    pub row: usize,
    /// Indices of the neurons in ascending order.
    pub neurons: Vec<u32>,
}

/// The record of a call of [`Simulation::run`](super::Simulation::run).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunRecord<F> {
    /// Number of spikes of each population.
    pub counts: Vec<u64>,
    /// Spikes of the recorded populations, in the order of steps, populations and neurons.
    pub spikes: Vec<Spike>,
    /// Values after each step, `[time, neuron]` for each [`Trace`].
    pub traces: Vec<Vec<F>>,
}
