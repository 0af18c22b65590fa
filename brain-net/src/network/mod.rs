//! This module holds a network as plain data: populations, and projections between them.
//!
//! Projections are those of [`kernels::network`], so that a network is moved into a simulation or a training without
//! copying an array. Populations hold what only anatomy and configs know: the name of the model, areas, positions,
//! labels.
//!
//! Neurons of one sign and one model are one [`AnatomicalPopulation`], whatever area they lie in: an area is a range of
//! a population ([`Segment`]). A cortex of 55 areas is then two populations and a handful of projections with long rows,
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
pub use kernels::network::{Delays, Edges, Projection, Sign};
pub(crate) use memory::check_all;
pub use memory::{Estimate, available};
pub use population::{AnatomicalPopulation, Segment};

/// A network: populations and the projections between them. Delays are counted in steps of `dt_ms`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnatomicalNetwork {
    /// Time step in which delays are counted, ms.
    pub dt_ms: f64,
    /// Populations.
    pub populations: Vec<AnatomicalPopulation>,
    /// Projections.
    pub projections: Vec<Projection>,
}

impl AnatomicalNetwork {
    /// Returns the index of the population of a name.
    pub fn population(&self, name: &str) -> Option<usize> {
        self.populations.iter().position(|p| p.name == name)
    }

    /// Returns the projection of a name.
    pub fn projection(&self, name: &str) -> Option<&Projection> {
        self.projections.iter().find(|p| p.name == name)
    }

    /// Returns the number of simulated neurons, which are all but those of `input` populations.
    pub fn neurons(&self) -> u64 {
        self.populations.iter().filter(|p| !p.is_input()).map(|p| u64::from(p.size)).sum()
    }

    /// Returns the number of synapses.
    pub fn synapses(&self) -> u64 {
        self.projections.iter().map(|p| p.synapses() as u64).sum()
    }

    /// Returns the number of bytes that the projections take.
    pub fn bytes(&self) -> u64 {
        self.projections.iter().map(Projection::bytes).sum()
    }
}
