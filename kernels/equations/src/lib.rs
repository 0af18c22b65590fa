//! Neuron equations, written once.
#![doc = ""]
pub mod emit;
pub mod eval;
pub mod fields;
pub mod grad;
pub mod integrator;
pub mod models;
pub mod neuron;
pub mod real;
pub mod rewrite;
pub mod step;
pub mod surrogate;

pub use fields::{Field, Fields};
pub use integrator::Integrator;
pub use neuron::{Driven, Forced, Neuron, Receptor};
pub use real::{Real, exprel, exprelr, select, spike};
pub use step::{Step, trace};
pub use surrogate::Surrogate;
