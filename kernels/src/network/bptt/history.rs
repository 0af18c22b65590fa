//! This module holds what a forward run saves for the backward run.

use crate::network::delivery::spike_lists::SpikeLists;

/// The states at the start of every segment and all spikes of a run.
#[derive(Clone, Debug)]
pub struct History<F> {
    /// Number of steps of a segment.
    pub(super) segment: usize,
    /// History of each batch element.
    pub(super) elements: Vec<TrialHistory<F>>,
}

/// The history of one batch element.
#[derive(Clone, Debug)]
pub(super) struct TrialHistory<F> {
    /// States at the start of every segment, `[segment, state]`.
    pub(super) checkpoints: Vec<F>,
    /// Spikes of all groups, sources included.
    pub(super) spikes: SpikeLists,
}

impl<F> History<F> {
    /// Returns the number of bytes in memory.
    pub fn bytes(&self) -> usize {
        self.state_bytes() + self.elements.iter().map(|e| e.spikes.bytes()).sum::<usize>()
    }

    /// Returns the number of bytes of the saved states, which grows with the square root of the number of steps.
    pub fn state_bytes(&self) -> usize {
        self.elements.iter().map(|e| size_of_val(&e.checkpoints[..])).sum()
    }

    /// Returns the number of spikes of group `g` in all batch elements.
    pub fn spikes(&self, g: usize) -> usize {
        self.elements.iter().map(|e| e.spikes.count(g)).sum()
    }
}
