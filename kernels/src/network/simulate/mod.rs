//! This module simulates a network, event by event.
//!
//! All neurons take as many steps at a time as the shortest delay allows, while the state of a block of neurons stays
//! in registers; then the spikes are exchanged (Morrison et al. 2005, <https://doi.org/10.1162/0899766054026648>). Each
//! thread owns a range of neurons and adds only to their inputs, in the order of steps, projections and presynaptic
//! neurons. Results therefore do not depend on the number of threads or on how a run is split into calls.
//!
//! [`driver`] is the interface, [`prepared`] the network in the precision of its runs, and [`exchange`] the work of
//! each thread.

mod barrier;
mod checkpoint;
mod driver;
mod exchange;
mod population;
mod prepared;
mod record;
mod rows;
mod short_term;
mod stimulus;

pub use checkpoint::{Saved, SavedData};
pub use driver::Simulation;
pub use record::{RunRecord, Spike, Trace};
