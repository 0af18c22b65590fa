//! This module describes networks as plain data: populations, the projections between them, and stimuli.
//!
//! Whatever builds networks makes a [`Network`]; a [`Simulation`](super::Simulation) runs it, and a
//! [`Circuit`](super::bptt::Circuit) trains it, on the processor or on a device. Both take it by value: arrays of
//! synapses are moved and not copied; only runs in double precision widen the weights.

mod bernoulli;
mod degrees;
mod edges;
mod population;
mod projection;
mod receptor;
mod short_term;
mod stimulus;

use crate::{Cell, Use};
pub use edges::{Delays, Edges, Weights};
pub use population::{PerNeuron, Population, PopulationKind};
pub use projection::{Projection, ReceptorTarget, Sign};
pub use short_term::ShortTerm;
pub use stimulus::{Samples, Stimulus, StimulusKind};

/// A network as plain data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// The step in which time advances and delays are counted, ms.
    pub dt: f64,
    /// The populations, which projections and stimuli name by their places here.
    pub populations: Vec<Population>,
    /// The projections; where several reach a neuron in one step, their events are added in this order.
    pub projections: Vec<Projection>,
    /// The stimuli.
    pub stimuli: Vec<Stimulus>,
}

/// The error of a network, or of an argument of its run, that does not fit.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidNetwork {
    /// The name of the population, projection or stimulus.
    pub part: String,
    /// What is wrong with it; where sizes differ, both are named.
    pub what: String,
}

impl Network {
    /// Makes a network without stimuli.
    pub fn new(dt: f64, populations: Vec<Population>, projections: Vec<Projection>) -> Self {
        Network { dt, populations, projections, stimuli: vec![] }
    }

    /// The number of synapses of all projections.
    pub fn synapses(&self) -> usize {
        self.projections.iter().map(|p| p.edges.len()).sum()
    }

    /// Fails unless all sizes fit each other and all cells are compiled for the use `by`. `shortest_delay` gives the
    /// smallest allowed delay, in steps, from a presynaptic to a postsynaptic population, by their indices.
    pub(super) fn check(&self, by: Use, shortest_delay: impl Fn(usize, usize) -> u16) -> Result<(), InvalidNetwork> {
        if !(self.dt.is_finite() && self.dt > 0.0) {
            return Err(InvalidNetwork::new("network", format!("a step of {} ms", self.dt)));
        }
        self.populations.iter().try_for_each(|p| p.check(by, self.dt))?;
        for s in &self.stimuli {
            let (cells, neurons) = self.cells_of(&s.name, s.population)?;
            let inputs = cells.input.len();
            if s.input >= inputs {
                return Err(InvalidNetwork::new(&s.name, format!("input {} of {inputs} of `{}`", s.input, cells.name)));
            }
            s.check(neurons, self.dt)?;
        }
        for p in &self.projections {
            let (cell, targets) = self.cells_of(&p.name, p.post)?;
            let sources = self.population(&p.name, p.pre)?.neurons;
            p.check(sources, cell, targets, shortest_delay(p.pre, p.post))?;
        }
        Ok(())
    }

    fn population(&self, part: &str, k: usize) -> Result<&Population, InvalidNetwork> {
        let count = self.populations.len();
        self.populations.get(k).ok_or_else(|| InvalidNetwork::new(part, format!("population {k} of {count}")))
    }

    /// Returns the cell model and the number of neurons of population `k`, which `part` acts on. Fails where it does
    /// not exist or consists of sources.
    fn cells_of(&self, part: &str, k: usize) -> Result<(&'static Cell, usize), InvalidNetwork> {
        let p = self.population(part, k)?;
        match p.cell() {
            Some(cell) => Ok((cell, p.neurons)),
            None => Err(InvalidNetwork::new(part, format!("`{}` has no inputs", p.name))),
        }
    }
}

impl InvalidNetwork {
    pub(crate) fn new(part: &str, what: String) -> Self {
        InvalidNetwork { part: part.into(), what }
    }
}

impl std::fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}: {}", self.part, self.what)
    }
}

impl std::error::Error for InvalidNetwork {}
