//! Optimisers that can be saved: their whole state goes into a checkpoint, and a resumed run is the same run.
//!
//! [`Adam`] steps candle variables along gradients; [`Uncertainty`] says how well the parameters of a least-squares fit are
//! known.

mod adam;
mod linear;
mod schedule;
mod uncertainty;

pub use adam::{Adam, AdamConfig};
pub use linear::packed;
pub use schedule::{Decay, Schedule};
pub use uncertainty::Uncertainty;
