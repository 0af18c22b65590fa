//! A network as plain data: populations, and projections between them.
//!
//! Projections are those of [`kernels::network`]: what is built here is moved into a simulation or a training, and no array
//! is copied. A population adds what only anatomy and configs know: the model by its name, areas, positions, labels.
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
pub use kernels::network::{Delays, Edges, Projection, Sign};
pub(crate) use memory::check_all;
pub use memory::{Estimate, available};
pub use population::{Population, Segment};

/// Populations and the projections between them; time in steps of `dt_ms`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Step in which delays are counted, ms.
    pub dt_ms: f64,
    /// Populations.
    pub populations: Vec<Population>,
    /// Projections.
    pub projections: Vec<Projection>,
}

impl Network {
    /// Index of a population.
    pub fn population(&self, name: &str) -> Option<usize> {
        self.populations.iter().position(|p| p.name == name)
    }

    /// A projection by name.
    pub fn projection(&self, name: &str) -> Option<&Projection> {
        self.projections.iter().find(|p| p.name == name)
    }

    /// Number of simulated neurons: all but inputs.
    pub fn neurons(&self) -> u64 {
        self.populations.iter().filter(|p| !p.is_input()).map(|p| u64::from(p.size)).sum()
    }

    /// Number of synapses.
    pub fn synapses(&self) -> u64 {
        self.projections.iter().map(|p| p.synapses() as u64).sum()
    }

    /// Bytes held by the projections.
    pub fn bytes(&self) -> u64 {
        self.projections.iter().map(Projection::bytes).sum()
    }
}
