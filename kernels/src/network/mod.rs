//! This module simulates and trains networks of spiking neurons, event by event.
//!
//! A [`Network`] is plain data: populations of [`Cell`](crate::Cell)s (neurons with their receptors, compiled from
//! their equations) and of sources, projections between them ([`Edges`]), and stimuli. A [`Simulation`] runs it; a
//! [`Circuit`](bptt::Circuit) trains it.
//!
//! A spike in step `t` along a synapse of delay `d` is part of the input of step `t + d`.
//!
//! ```
//! use kernels::network::*;
//!
//! let lif = kernels::find("lif-cond-exp").unwrap();
//! let mut cells = Population::cells("cells", 100, lif);
//! if let PopulationKind::Cells { drive, .. } = &mut cells.kind {
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
//! # Ok::<(), InvalidNetwork>(())
//! ```

pub mod bptt;
pub(crate) mod circuit;
pub(crate) mod delivery;
mod graph;
pub mod online;
mod simulate;
pub(crate) mod trial;

pub use graph::{
    Delays, Edges, InvalidNetwork, Network, PerNeuron, Population, PopulationKind, Projection, ReceptorTarget, Samples,
    ShortTerm, Sign, Stimulus, StimulusKind, Weights,
};
pub use simulate::{RunRecord, Saved, SavedData, Simulation, Spike, Trace};
