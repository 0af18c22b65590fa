//! Spiking networks from connectomes and fitted neurons.
#![deny(missing_docs)]

pub mod area;
mod balance;
pub mod checkpoint;
pub mod config;
mod connect;
pub mod connectome;
mod delay;
mod figures;
pub mod network;
pub mod rule;
mod spectrum;
pub mod summary;
mod weight;

pub use brain_core::Seed;
pub use connect::Connection;
pub use delay::DelayRule;
pub use network::{Delays, Network, NetworkError, Population, Projection, Segment, Sign};
pub use rule::{Allow, Rule};
pub use weight::Weights;
