//! This module defines the errors of runs.

use crate::network::InvalidNetwork;
use std::fmt;

/// The reason why a forward or a backward run has no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// An argument of the run does not fit the circuit.
    Invalid(InvalidNetwork),
    /// A number of the run is not finite.
    NotFinite(NotFinite),
}

/// The first number of a run that is not finite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFinite {
    /// Name of the group or projection.
    pub part: String,
    /// Description of the number, such as `state v` or `gradient by state v`.
    pub what: String,
    /// Index of the neuron or synapse.
    pub index: usize,
    /// Index of the batch element; `None` for a number that is summed over the batch.
    pub element: Option<usize>,
    /// Number of steps after which a state is not finite, or the step to which a gradient was propagated back; `None`
    /// for a number that is summed over steps.
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
