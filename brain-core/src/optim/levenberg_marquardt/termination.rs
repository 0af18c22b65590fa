//! The reasons for which a column stops.

use serde::{Deserialize, Serialize};

/// Why a column stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminationReason {
    /// The gradient vanished.
    Gradient,
    /// Steps became too small to matter.
    Step,
    /// The loss no longer falls.
    Cost,
    /// The largest number of iterations was done.
    Iterations,
    /// The loss is not finite at the start.
    NonFinite,
    /// Other columns did better, and only the better ones went on.
    Halving,
}

impl TerminationReason {
    /// Why a column has stopped that another method has moved.
    pub(super) fn settled(loss: f64) -> Self {
        if loss.is_finite() { Self::Cost } else { Self::NonFinite }
    }
}

/// All reasons, in the order in which checkpoints number them.
pub(super) const STOPS: [TerminationReason; 6] = [
    TerminationReason::Gradient,
    TerminationReason::Step,
    TerminationReason::Cost,
    TerminationReason::Iterations,
    TerminationReason::NonFinite,
    TerminationReason::Halving,
];
