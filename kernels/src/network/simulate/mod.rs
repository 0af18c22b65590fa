//! A network while it is simulated, event by event.
//!
//! All neurons take as many steps at a time as the shortest delay allows, a block of neurons keeping its state in registers;
//! then the spikes are exchanged (Morrison et al. 2005, <https://doi.org/10.1162/0899766054026648>). Each thread owns a
//! range of neurons and adds to nobody else's, in the order of steps, projections and presynaptic neurons: the number of
//! threads, and how a run is cut into calls, change no bit.
//!
//! [`driver`] is what callers see, [`prepared`] the network in the precision of its runs, [`exchange`] what each thread
//! does.

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
pub use record::{Record, Spike, Trace};
