//! Optimisers compete for the least loss of the same target under the same budget.
//!
//! A [`Target`] is a loss over the unit box of some parameters: the synthetic targets of Wang et al. (2024)
//! ([`paper`]), or a recorded cell ([`cell`]). A [`Contestant`] is an optimiser with its settings and its starts;
//! [`compete`] runs it from a seed until its [`Budget`] is spent, and begins it again from other starts where it ends
//! earlier.
//!
//! The currency is the run of one parameter set. A derivative costs as many runs as its time is worth, which
//! [`Worth::measure`] measures for each target.

pub mod cell;
mod contestant;
pub mod paper;
mod race;

pub use contestant::{Contestant, contestants};
pub use race::{Budget, Finished, Mark, Worth, compete};

use anyhow::Result;
use brain_core::Output;
use brain_core::optim::Evaluation;
use brain_core::optim::search::Needs;

/// A loss over the unit box.
pub trait Target {
    /// Returns its name.
    fn name(&self) -> &'static str;

    /// Returns the unit of the loss.
    fn unit(&self) -> &'static str;

    /// Returns the names of its coordinates.
    fn coordinates(&self) -> Vec<String>;

    /// Returns the loss below which a fit is a success.
    fn success(&self) -> f64;

    /// Evaluates places `[place][coordinate]` of the box. The gradient is half the loss's, as least squares have it.
    fn evaluate(&self, places: &[Vec<f64>], needs: Needs) -> Result<Evaluation>;

    /// Runs the strategy by which `brain-fit` fits such a target, where it is a cell, in a folder for its state.
    fn own(&self, _seed: u64, _output: &Output) -> Result<Option<Finished>> {
        Ok(None)
    }
}
