//! Why a run has no result.

use crate::network::InvalidNetwork;
use std::fmt;

/// Why a run, or a run backwards, has no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Something that the run was given does not fit.
    Invalid(InvalidNetwork),
    /// A number is not finite.
    NotFinite(NotFinite),
}

/// The first number that is not finite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFinite {
    /// Name of the group or projection.
    pub part: String,
    /// What it is, such as `state v` or `gradient by state v`.
    pub what: String,
    /// Its neuron, or synapse.
    pub index: usize,
    /// Batch element; none of a number that is summed over them.
    pub element: Option<usize>,
    /// Steps after which it is not finite, or, of a gradient, back to which; none of a number that is summed over steps.
    pub steps: Option<usize>,
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {} of {} is not finite", self.part, self.what, self.index)?;
        if let Some(steps) = self.steps {
            write!(f, " {} {steps} steps", if self.what.starts_with("gradient") { "back to" } else { "after" })?;
        }
        self.element.map_or(Ok(()), |b| write!(f, ", batch element {b}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Invalid(e) => e.fmt(f),
            Failure::NotFinite(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<NotFinite> for Failure {
    fn from(e: NotFinite) -> Self {
        Failure::NotFinite(e)
    }
}

impl From<InvalidNetwork> for Failure {
    fn from(e: InvalidNetwork) -> Self {
        Failure::Invalid(e)
    }
}
