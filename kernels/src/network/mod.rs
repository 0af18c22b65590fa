//! Networks of spiking neurons, event by event.
//!
//! A [`Network`] is plain data: populations of [`Cell`](crate::Cell)s (a neuron with its receptors, compiled from its equations) and
//! of sources, projections between them ([`Edges`]), and stimuli. A [`Simulation`] runs it; a [`Circuit`](bptt::Circuit) trains it.
//!
//! A spike of step `t` along a synapse of delay `d` is part of the input of step `t + d`. All neurons take as many
//! steps at a time as the shortest delay allows, a block of neurons keeping its state in registers; then the spikes are
//! exchanged (Morrison et al. 2005, <https://doi.org/10.1162/0899766054026648>). Each thread owns a range of neurons
//! and adds to nobody else's, in the order of steps, projections and presynaptic neurons: the number of threads, and
//! how a run is cut into calls, change no bit.
//!
//! ```
//! use kernels::network::*;
//!
//! let lif = kernels::find("lif-cond-exp").unwrap();
//! let mut cells = Population::cells("cells", 100, lif);
//! if let Kind::Cells { drive, .. } = &mut cells.kind {
//!     drive[lif.input("i").unwrap()] = PerNeuron::Same(450.0);
//! }
//! let edges = Edges::bernoulli(100, 100, 0.1, 7, Weights::Uniform(1.0), Delays::Uniform(15))?;
//! let network = Network {
//!     dt: 0.1,
//!     populations: vec![cells],
//!     projections: vec![Projection::new("recurrent", 0, 0, lif.input("inh_w").unwrap(), edges)],
//!     stimuli: vec![],
//! };
//! let mut simulation = Simulation::<f32>::new(network, 1)?;
//! let record = simulation.run(1000);
//! assert!(record.counts[0] > 100);
//! # Ok::<(), Invalid>(())
//! ```

mod barrier;
pub mod bptt;
mod checkpoint;
pub(crate) mod circuit;
pub(crate) mod delivery;
mod graph;
pub mod online;
mod plasticity;
mod population;
mod prepared;
mod record;
mod rows;
mod simulation;
mod stimulus;
pub(crate) mod trial;
mod worker;

pub use checkpoint::{Saved, SavedData};
pub use graph::{
    Delays, Edges, Invalid, Kind, Network, PerNeuron, Population, Projection, Receptor, Samples, Sign, Signal,
    Stimulus, Weights,
};
pub use plasticity::ShortTerm;
pub use record::{Record, Spike, Trace};
pub use simulation::Simulation;
