//! Trials: what a run is given, what is recorded of it, and why it fails.

mod failure;
pub(crate) mod inputs;
mod record;

pub use failure::{Failure, NotFinite};
pub use inputs::{Drive, Feedback, Raster, RunInputs};
pub(crate) use record::recorded;
pub use record::{Record, Reduce};
