//! A cell: its fields, its equations, and one step of them with its derivatives.
//!
//! A [`Neuron`] declares [`Fields`] and equations. [`Driven`] puts a [`Receptor`] before a neuron, [`Forced`] replaces
//! its threshold by recorded spikes, and [`Coupled`] pulls it to a recorded potential; all are neurons again. An [`Integrator`] takes a step of any of them,
//! and [`trace`] records that step as a [`Step`].

#[macro_use]
pub mod fields;
mod coupled;
mod forced;
mod integrator;
mod neuron;
mod receptor;
mod step;

pub use coupled::{Coupled, Coupling};
pub use fields::{Field, Fields};
pub use forced::{Forced, ForcedSpike};
pub use integrator::Integrator;
pub use neuron::{Neuron, ReferenceDrive};
pub use receptor::{Driven, Prefixed, Receptor};
pub use step::{Step, trace};
