//! The optimisers can be saved: their whole state goes into a checkpoint, and a resumed run is the same run.
//!
//! [`Adam`] steps candle variables along gradients; [`LevenbergMarquardt`] solves many small least-squares problems side
//! by side, and [`Uncertainty`] says how well their data determine the parameters. [`search`] has the family of optimisers that
//! a config can choose, with and without derivatives.

mod adam;
pub mod levenberg_marquardt;
mod linear;
mod schedule;
pub mod search;
mod uncertainty;

pub use adam::{Adam, AdamConfig};
pub use levenberg_marquardt::{Evaluation, Halving, LevenbergMarquardt, LmConfig, LmError, TerminationReason};
pub use linear::{cholesky, cholesky_solve, eigen, packed};
pub use schedule::{Decay, Schedule};
pub use uncertainty::Uncertainty;
