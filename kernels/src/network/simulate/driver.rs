//! This module runs a network.

use super::{RunRecord, Trace, exchange, prepared::Prepared};
use crate::{
    Level, Precision,
    network::{InvalidNetwork, Network},
};

/// A network and its state, which [`Simulation::run`] advances.
pub struct Simulation<F: Precision> {
    pub(super) step: u64,
    pub(super) prepared: Prepared<F>,
}

impl<F: Precision> Simulation<F> {
    /// Checks a network and prepares it to run on `threads` threads, with the best instruction set of the machine.
    /// Fails with the part of the network that does not fit.
    pub fn new(network: Network, threads: usize) -> Result<Self, InvalidNetwork> {
        Self::with_level(network, threads, Level::best())
    }

    /// Does the same as [`Simulation::new`] with the instruction set `level`.
    pub fn with_level(network: Network, threads: usize, level: Level) -> Result<Self, InvalidNetwork> {
        Ok(Simulation { step: 0, prepared: Prepared::new(network, threads, level)? })
    }

    /// Returns the number of steps taken so far.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Returns the number of bytes of the synapses and that of everything else that stays in memory.
    pub fn bytes(&self) -> (usize, usize) {
        let edges = self.prepared.projections.iter().map(|p| p.edges.bytes() - 8 * p.edges.starts.len()).sum();
        let rows =
            self.prepared.projections.iter().map(|p| 8 * p.edges.starts.len() + 4 * p.splits.len()).sum::<usize>();
        let cells = self.prepared.populations.iter().filter_map(|p| p.cells().map(|c| c.bytes())).sum::<usize>();
        (edges, rows + cells)
    }

    /// Sets whether runs record the spikes of a population. They do not by default, but always count them. Fails where
    /// the population does not exist.
    pub fn record_spikes(&mut self, population: usize, record: bool) -> Result<(), InvalidNetwork> {
        let count = self.prepared.recorded.len();
        match self.prepared.recorded.get_mut(population) {
            Some(r) => {
                *r = record;
                Ok(())
            }
            None => Err(InvalidNetwork::new("record", format!("population {population} of {count}"))),
        }
    }

    /// Makes runs record `traces` after each step. Fails where a trace does not fit the network.
    pub fn record_traces(&mut self, traces: Vec<Trace>) -> Result<(), InvalidNetwork> {
        for t in &traces {
            let Some(pop) = self.prepared.populations.get(t.population) else {
                return Err(InvalidNetwork::new(
                    "record",
                    format!("population {} of {}", t.population, self.prepared.populations.len()),
                ));
            };
            let Some(cells) = pop.cells() else {
                return Err(InvalidNetwork::new(&pop.name, "sources have no state to record".into()));
            };
            if t.row > cells.cell.state.len() {
                return Err(InvalidNetwork::new(
                    &pop.name,
                    format!("output {} of {}", t.row, cells.cell.state.len() + 1),
                ));
            }
            if let Some(n) = t.neurons.iter().find(|&&n| n as usize >= pop.neurons) {
                return Err(InvalidNetwork::new(&pop.name, format!("neuron {n} of {}", pop.neurons)));
            }
            if !t.neurons.is_sorted() {
                return Err(InvalidNetwork::new(&pop.name, "recorded neurons are not in ascending order".into()));
            }
        }
        self.prepared.traces = traces;
        Ok(())
    }

    /// Takes `steps` steps. A panic of one of the threads is resumed in the caller.
    pub fn run(&mut self, steps: usize) -> RunRecord<F> {
        let record = exchange::run(&self.prepared, self.step, steps);
        self.step += steps as u64;
        record
    }
}
