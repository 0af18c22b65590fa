//! This module holds a network with its anatomy.
//!
//! The network is the one of [`kernels::network`], which is moved into a simulation or a training without copying an
//! array. Beside it is what only connectomes know of each population: its sign, areas, positions, identifiers.
//!
//! Neurons of one sign and one model are one [`Population`], whatever area they lie in: an area is a range of a
//! population ([`Segment`]). A cortex of 55 areas is then two populations and a handful of projections with long rows,
//! not 110 populations and 4,000 projections with a row of offsets each, and a spike is delivered by walking one row.

mod build;
mod check;
mod delay;
mod error;
mod memory;
mod population;

pub(crate) use build::{draw_rows, each_row, scatter};
pub use delay::delay_steps;
pub use error::{DaleViolation, NetworkError};
pub use kernels::network::{Delays, Edges, Network, Population, Projection, Sign};
pub use memory::Estimate;
pub(crate) use memory::{check_all, check_neurons};
pub use population::{AnatomicalPopulation, Anatomy, INPUT, Segment};

/// A network has an anatomy for each of its populations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnatomicalNetwork {
    /// The network holds populations, of which the models may be known by name alone, and projections.
    pub graph: Network,
    /// Each population has this anatomy.
    pub anatomy: Vec<Anatomy>,
}

impl AnatomicalNetwork {
    /// Makes a network without populations, in which delays are counted in steps of `dt_ms`.
    pub fn new(dt_ms: f64) -> Self {
        Self { graph: Network::new(dt_ms, vec![], vec![]), anatomy: vec![] }
    }

    /// Adds a population, and returns its index.
    pub fn add(&mut self, neurons: Population, anatomy: Anatomy) -> usize {
        self.graph.populations.push(neurons);
        self.anatomy.push(anatomy);
        self.graph.populations.len() - 1
    }

    /// Returns the populations in their order.
    pub fn populations(&self) -> impl ExactSizeIterator<Item = AnatomicalPopulation<'_>> + Clone {
        let both = self.graph.populations.iter().zip(&self.anatomy);
        both.map(|(neurons, anatomy)| AnatomicalPopulation { neurons, anatomy })
    }

    /// Returns the population of an index.
    ///
    /// # Panics
    /// Panics if there is no such population.
    pub fn at(&self, population: usize) -> AnatomicalPopulation<'_> {
        AnatomicalPopulation { neurons: &self.graph.populations[population], anatomy: &self.anatomy[population] }
    }

    /// Returns the index of the population of a name.
    pub fn population(&self, name: &str) -> Option<usize> {
        self.graph.populations.iter().position(|p| p.name == name)
    }

    /// Returns the projection of a name.
    pub fn projection(&self, name: &str) -> Option<&Projection> {
        self.graph.projections.iter().find(|p| p.name == name)
    }

    /// Returns the number of simulated neurons, which are all but those of `input` populations.
    pub fn neurons(&self) -> u64 {
        self.graph.populations.iter().filter(|p| !p.is_source()).map(|p| p.neurons as u64).sum()
    }

    /// Returns the number of synapses.
    pub fn synapses(&self) -> u64 {
        self.graph.synapses() as u64
    }

    /// Returns the number of bytes that the projections take.
    pub fn bytes(&self) -> u64 {
        self.graph.projections.iter().map(Projection::bytes).sum()
    }
}
