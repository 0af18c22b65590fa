//! Networks of spiking neurons, event by event.
//!
//! A [`Network`] is plain data: populations of [`Cell`](crate::Cell)s (a neuron with its receptors, compiled from its equations) and
//! of sources, projections between them ([`Edges`]), and stimuli. A [`Simulation`] runs it.
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
//! let defaults = |fields: &[kernels::equations::Field]| Values::Shared(fields.iter().map(|f| f.default as f32).collect());
//! let mut drive = vec![0.0; lif.input.len()];
//! drive[lif.input("i").unwrap()] = 450.0;
//! let cells = Kind::Cells {
//!     cell: lif,
//!     params: defaults(lif.param),
//!     start: defaults(lif.state),
//!     drive: Values::Shared(drive),
//! };
//! let network = Network {
//!     dt: 0.1,
//!     populations: vec![Population { name: "cells".into(), neurons: 100, kind: cells }],
//!     projections: vec![Projection {
//!         name: "recurrent".into(),
//!         pre: 0,
//!         first: 0,
//!         post: 0,
//!         input: lif.input("inh_w").unwrap(),
//!         edges: Edges::bernoulli(100, 100, 0.1, 7, Weights::Uniform(1.0), Delays::Uniform(15))?,
//!         plasticity: None,
//!     }],
//!     stimuli: vec![],
//! };
//! let mut simulation = Simulation::new(network, 1)?;
//! let record = simulation.run(1000);
//! assert!(record.counts[0] > 100);
//! # Ok::<(), Invalid>(())
//! ```

mod barrier;
pub mod bptt;
mod checkpoint;
pub(crate) mod circuit;
mod delivery;
mod description;
mod edges;
pub mod online;
mod plasticity;
mod population;
mod record;
mod rows;
mod simulation;
mod stimulus;
pub(crate) mod trial;
mod worker;

pub use checkpoint::{Saved, SavedData};
pub use description::{Invalid, Kind, Network, Population, Projection, Signal, Stimulus, Values};
pub use edges::{Delays, Edges, Weights};
pub use plasticity::ShortTerm;
pub use record::{Record, Spike, Trace};
pub use simulation::Simulation;
