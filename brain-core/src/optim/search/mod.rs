//! The optimisers that a config can choose: each looks for the least loss within the unit box.
//!
//! An [`Optimiser`] has settings and begins a [`Search`]. A search says which places it wants to know of next
//! ([`Search::ask`]), and is told what was found there ([`Search::tell`]). All places of one question are evaluated
//! together, as the fused scans do, whether they are the starts of a method that goes downhill or the candidates of one
//! that has a population. Between a question and its answer the caller may measure, save ([`Search::archive`]) or stop.
//!
//! | optimiser | takes | how | source |
//! |---|---|---|---|
//! | [`LBfgsB`] | gradient | quasi-Newton steps within bounds, every start on its own | Byrd, Lu, Nocedal and Zhu 1995 |
//! | [`De`] | loss | differential evolution, coordinates crossed one by one | Storn and Price 1997 |
//! | [`TwoPointsDe`] | loss | the same, with a run of coordinates crossed | Storn and Price 1997 |
//! | [`Pso`] | loss | a swarm of particles | Kennedy and Eberhart 1995 |
//! | [`Bayesian`] | loss | a Gaussian process, and the expected improvement | Jones, Schonlau and Welch 1998 |
//! | [`AdamSearch`] | gradient | steps along a running mean of the gradient, every start on its own | Kingma and Ba 2015 |
//! | [`LmSearch`] | gradient, `J^T J` | damped Gauss-Newton steps, every start on its own | Marquardt 1963 |
//! | [`CmaEs`] | loss | a normal distribution that learns its covariance | Hansen 2016 |
//! | [`NelderMead`] | loss | a simplex, every start with its own | Nelder and Mead 1965; Gao and Han 2012 |
//!
//! The same seed gives the same search, and so does one that was saved and restored. An optimiser is a file with its
//! settings, which are its keys in a config, and a line in the list at the end of this page. A crate outside adds one to
//! [`optimisers`] with [`Family::with`](crate::family::Family::with).
//!
//! No crate serves here: those that were looked at (`argmin` 0.11, `cmaes` 0.2, `nlopt` 0.8, `lbfgsb` 0.1) call a function
//! of one place, or own the loop, so that neither starts nor candidates can share a scan, and none can save a search in its
//! middle; `nlopt` and `lbfgsb` bring C or Fortran beside.
//!
//! ```
//! use brain_core::Seed;
//! use brain_core::family::{Choice, SettingsReader};
//! use brain_core::optim::Evaluation;
//! use brain_core::optim::search::{Search, least, optimisers};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let choice = Choice::named("de").set("generations", 60);
//! let optimiser = optimisers().build(&choice, &SettingsReader::new(1.0)?)?;
//! let starts: Vec<Vec<f64>> = (0..20).map(|i| vec![i as f64 / 20.0, (7 * i % 20) as f64 / 20.0]).collect();
//! let mut search = optimiser.begin(&starts, Seed::new(1));
//! loop {
//!     let places = search.ask();
//!     if places.is_empty() {
//!         break;
//!     }
//!     let bowl = |z: &Vec<f64>| (z[0] - 0.3).powi(2) + (z[1] - 0.6).powi(2);
//!     search.tell(&Evaluation { loss: places.iter().map(bowl).collect(), ..Evaluation::default() });
//! }
//! assert!(least(&*search).is_some_and(|(loss, _)| loss < 1e-6));
//! # Ok(())
//! # }
//! ```

mod archive;
mod evolution;
mod gaussian_process;
mod line_search;
mod quadratic_model;
mod side_by_side;
#[cfg(test)]
mod tests;

pub use archive::Archive;

use super::Evaluation;
use crate::Seed;
use crate::checkpoint::CheckpointError;
use std::fmt::Debug;

/// What an optimiser needs to know of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// The loss.
    Loss,
    /// The gradient too.
    Gradient,
    /// The normal equations too: `J^T J`.
    Normal,
}

/// A way to look for the least loss, with its settings.
pub trait Optimiser: Debug + Send + Sync {
    /// Returns the name, as configs write it.
    fn name(&self) -> &'static str;

    /// Returns what it needs to know of a place.
    fn needs(&self) -> Needs;

    /// Returns how many questions it asks, at most or about.
    fn rounds(&self) -> u64;

    /// Begins a search at `starts`, `[start][coordinate]`, of which there is at least one, with all coordinates within 0
    /// and 1. What it draws is drawn from the seed.
    fn begin(&self, starts: &[Vec<f64>], seed: Seed) -> Box<dyn Search>;
}

/// A search that has begun.
pub trait Search: Send {
    /// Returns the places to evaluate next, `[place][coordinate]`, all within 0 and 1; there are none once the search has
    /// ended.
    fn ask(&mut self) -> Vec<Vec<f64>>;

    /// Takes what was found at the places that were asked for last, in their order. A loss that is not finite is worse than
    /// any that is. Derivatives may be left out for an optimiser that takes none, and of places whose loss is not finite.
    fn tell(&mut self, found: &Evaluation);

    /// Returns the losses and places that the search holds now: of every start its best, of a population its members.
    fn held(&self) -> Vec<(f64, Vec<f64>)>;

    /// Saves or restores the state between an answer and the next question. It is restored into a search that was begun by
    /// the same optimiser at as many starts.
    fn archive(&mut self, archive: &mut Archive) -> Result<(), CheckpointError>;
}

/// Returns the least loss that a search holds, with its place.
pub fn least(search: &dyn Search) -> Option<(f64, Vec<f64>)> {
    search.held().into_iter().filter(|(loss, _)| loss.is_finite()).min_by(|a, b| a.0.total_cmp(&b.0))
}

/// Returns a loss, or infinity where it is not finite.
fn or_infinite(loss: f64) -> f64 {
    if loss.is_finite() { loss } else { f64::INFINITY }
}

/// Reflects a coordinate at 0 and 1 until it lies between them.
fn reflected(z: f64) -> f64 {
    let z = z.rem_euclid(2.0);
    if z > 1.0 { 2.0 - z } else { z }
}

/// Draws a place, uniform within the box.
fn anywhere(k: usize, stream: &mut crate::Stream) -> Vec<f64> {
    (0..k).map(|_| stream.uniform()).collect()
}

/// Returns `n` members of a population: the starts, as far as there are so many, and then places anywhere.
fn population(starts: &[Vec<f64>], n: usize, seed: Seed) -> Vec<Vec<f64>> {
    let (k, seed) = (starts[0].len(), seed.child("population"));
    let member = |i: usize| starts.get(i).cloned().unwrap_or_else(|| anywhere(k, &mut seed.at(i as u64)));
    (0..n).map(member).collect()
}

/// Returns the position of the least loss.
fn position_of_least(loss: &[f64]) -> usize {
    (0..loss.len()).fold(0, |best, i| if loss[i] < loss[best] { i } else { best })
}

crate::family! {
    /// Returns all optimisers, in the order of the table above.
    pub fn optimisers() -> "optimiser", dyn Optimiser {
        l_bfgs_b::LBfgsB,
        de::De,
        two_points_de::TwoPointsDe,
        pso::Pso,
        bayesian::Bayesian,
        adam::AdamSearch,
        levenberg_marquardt::LmSearch,
        cma_es::CmaEs,
        nelder_mead::NelderMead,
    }
}
