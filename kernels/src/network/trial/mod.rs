//! This module holds what every run of a [`Circuit`](super::circuit::Circuit) shares: arguments, recorders and errors.

mod drive;
pub(crate) mod element;
mod failure;
mod feedback;
pub(crate) mod inputs;
pub(crate) mod precomputed;
mod raster;
mod record;

pub use drive::Drive;
pub(crate) use element::Trial;
pub use failure::{Failure, NotFinite};
pub use feedback::Feedback;
pub use inputs::RunInputs;
pub(crate) use precomputed::Precomputed;
pub use raster::Raster;
pub use record::{Record, Reduce};
pub(crate) use record::{RecordedRow, recorded};
