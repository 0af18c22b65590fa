//! What a run writes down.

/// A spike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spike {
    /// Step, from the start of the simulation: the potential crosses the threshold at its end, `(step + 1) dt`.
    pub step: u64,
    /// Population.
    pub population: u32,
    /// Neuron of the population.
    pub neuron: u32,
}

/// A state variable, or the spike, of some neurons over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Population, one of cells.
    pub population: usize,
    /// State variable of its cells, or their number for the spike.
    pub row: usize,
    /// Neurons, ascending.
    pub neurons: Vec<u32>,
}

/// What happened in a call of [`Simulation::run`](super::Simulation::run).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<F> {
    /// Spikes of each population.
    pub counts: Vec<u64>,
    /// By step, population and neuron; of the populations that were asked for.
    pub spikes: Vec<Spike>,
    /// After each step, `[time, neuron]` for each [`Trace`].
    pub traces: Vec<Vec<F>>,
}
