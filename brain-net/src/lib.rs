//! Spiking networks from connectomes and fitted neurons.
#![deny(missing_docs)]

pub mod area;
mod connect;
pub mod connectome;
mod delay;
pub mod network;
pub mod rule;
mod weight;

pub use brain_core::Seed;
pub use connect::Connection;
pub use delay::DelayRule;
pub use network::{Delays, Network, NetworkError, Population, Projection, Segment, Sign};
pub use rule::{Allow, Rule};
pub use weight::Weights;
