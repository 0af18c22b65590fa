//! This crate builds and simulates spiking networks from connectomes and fitted neurons.
//!
//! A connectome says who connects to whom: neuron by neuron, area by area, or as probabilities. This crate reads it
//! ([`connectome`]), draws one with the marmoset's published statistics where there is none ([`area`]), or follows
//! connection [rules](rule), and makes an [`AnatomicalNetwork`] of it: plain arrays that a simulation walks and a
//! [checkpoint](mod@checkpoint) stores.
//!
//! ```
//! use brain_net::area::{AreaNetwork, Generator, Local, LongRange};
//! use brain_net::{Seed, WeightDistribution};
//!
//! let cortex = Generator { areas: 10, ..Generator::default() }.generate(Seed::new(1));
//! let weights = WeightDistribution::LogNormal { mean: 0.6, cv: 1.0 };
//! let plan = AreaNetwork {
//!     neurons: vec![100; 10],
//!     excitatory: 0.8,
//!     dt_ms: 0.1,
//!     local: Local { excitatory: 20, inhibitory: 5, excitatory_weights: weights, inhibitory_weights: weights, delay_ms: 1.0 },
//!     long_range: LongRange { to_excitatory: 40, to_inhibitory: 40, weights, delay_ms: 1.0, velocity: 3.5 },
//! };
//! let mut network = plan.build(&cortex, Seed::new(2))?;
//! network.balance(2.8)?;
//!
//! // The row holds everything that neuron 7 of the excitatory population sends to its own area.
//! let p = network.projection("E-E-local").unwrap();
//! for synapse in p.row(7) {
//!     let (target, weight, steps) = (p.edges.targets[synapse], p.edges.weights.of(synapse), p.edges.delays.of(synapse));
//!     assert!(target < 80 && weight > 0.0 && steps == 10);
//! }
//! # Ok::<(), brain_net::NetworkError>(())
//! ```
//!
//! A [config](mod@config) says all of this in YAML; the programs `brain-net build`, `run` and `inspect` read it, and
//! [`NetConfig`] does for other crates. [`simulate`] runs a network, [`analysis`] says what its activity is like.
//!
//! Connectome [sources](mod@source), connection [rules](rule), [inputs](input) and [statistics](analysis::Statistic)
//! are families: a member is a file, or a function, and a line in the list of its family. A crate outside extends the
//! lists by a [`Registry`].
//!
//! Four decisions shape the crate. *Dale's law holds by construction*: a weight is a magnitude, and its sign is that of
//! the presynaptic population. *A synapse takes eight bytes*, or ten with a delay of its own: random numbers are
//! counter-based, so that a rule is drawn twice, once to count and once to fill arrays of just the right size; only a
//! rule that draws by target holds a list of its edges meanwhile. *The network does not depend on the number of
//! threads*, for the same reason. *Areas are ranges of a population*, not populations of their own, so that a cortex is
//! a handful of projections with long rows.
#![deny(missing_docs)]

pub mod analysis;
pub mod area;
mod balance;
pub mod checkpoint;
pub mod commands;
pub mod config;
mod connect;
pub mod connectome;
mod delay;
mod error;
pub mod figures;
pub mod input;
pub mod keys;
pub mod network;
mod registry;
pub mod rule;
pub mod simulate;
pub mod source;
mod spectrum;
pub mod summary;
mod weight;

pub use brain_core::Seed;
pub use config::NetConfig;
pub use connect::ProjectionSpec;
pub use delay::DelayRule;
pub use network::{
    AnatomicalNetwork, AnatomicalPopulation, Anatomy, Delays, NetworkError, Population, Projection, Segment, Sign,
};
pub use registry::Registry;
pub use rule::{ConnectionOptions, ConnectionRule};
pub use weight::WeightDistribution;
