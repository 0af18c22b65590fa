//! This module describes a trained network: its weights, what its activity tells, and how its answers follow the
//! evidence.
//!
//! | question | function | definition |
//! |---|---|---|
//! | how are weights distributed? | [`weights`] | maximum likelihood, Kolmogorov and Smirnov's distance, Vuong's test |
//! | does activity carry the evidence, and when? | [`decode`] | cross-validated ridge regression, window by window |
//! | how do answers follow the evidence? | [`psychometric`] | share of an answer at each value, Wilson's interval |
//!
//! Rates, variability of intervals and correlations are in [`brain_net::analysis`].
//!
//! All are functions of numbers, and deterministic: random numbers come from a seed that is given.

mod binomial;
mod decoding;
mod distribution;
mod features;
mod goodness;
mod psychometric;
mod special;
mod weights;

pub use binomial::wilson;
pub use decoding::{Decoded, Decoder, decode};
pub use distribution::{Distribution, DistributionFamily};
pub use features::WindowFeatures;
pub use goodness::{Vuong, bootstrap_p, ks, ks_p, vuong};
pub use psychometric::{Mean, Share, binned, means, psychometric};
pub use weights::{Fit, WeightDist, WeightReport, weights};

/// Numbers cannot be analysed for one of these reasons.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// There are too few of something.
    #[error("{what}: there are {found}, at least {need} are needed")]
    TooFew {
        /// The numbers are of this.
        what: &'static str,
        /// There are this many.
        found: usize,
        /// This many are needed.
        need: usize,
    },
    /// A number is not finite.
    #[error("{what}: number {index} is {value}; all must be finite")]
    NotFinite {
        /// The numbers are of this.
        what: &'static str,
        /// The number has this index, counted from 0.
        index: usize,
        /// The number has this value.
        value: f64,
    },
    /// All numbers are alike.
    #[error("{what}: all are the same, so nothing can be told from them")]
    AllAlike {
        /// The numbers are of this.
        what: &'static str,
    },
    /// Two things do not fit each other.
    #[error("{what}: {found} where {need} are needed")]
    Size {
        /// The numbers are of this.
        what: &'static str,
        /// There are this many.
        found: usize,
        /// This many are needed.
        need: usize,
    },
}

fn finite(what: &'static str, values: &[f64]) -> Result<(), AnalysisError> {
    match values.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(AnalysisError::NotFinite { what, index, value: values[index] }),
        None => Ok(()),
    }
}

fn enough(what: &'static str, found: usize, need: usize) -> Result<(), AnalysisError> {
    if found >= need { Ok(()) } else { Err(AnalysisError::TooFew { what, found, need }) }
}
