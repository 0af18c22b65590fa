//! What is recorded of a run.

/// A spike of one neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spike {
    /// The step, counted from the start of the simulation: the potential crosses the threshold at its end, `(step + 1) dt`.
    pub step: u64,
    /// The population.
    pub population: u32,
    /// The neuron, counted within the population.
    pub neuron: u32,
}

/// A recorder of one state variable, or of the spike, of some neurons over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The population, one of cells.
    pub population: usize,
    /// Place of the state variable among those of its cells; their number stands for the spike.
    pub row: usize,
    /// The neurons, in ascending order.
    pub neurons: Vec<u32>,
}

/// What is recorded of a call of [`Simulation::run`](super::Simulation::run).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<F> {
    /// Number of spikes of each population.
    pub counts: Vec<u64>,
    /// Spikes of the populations that were asked for, in the order of steps, populations and neurons.
    pub spikes: Vec<Spike>,
    /// Values after each step, `[time, neuron]` for each [`Trace`].
    pub traces: Vec<Vec<F>>,
}
