//! What a run keeps for its way back.

use crate::network::delivery::spike_lists::SpikeLists;

/// States at the start of every segment, and all spikes, of a run.
#[derive(Clone, Debug)]
pub struct History<F> {
    /// Steps of a segment.
    pub(super) segment: usize,
    /// Batch elements.
    pub(super) elements: Vec<TrialHistory<F>>,
}

/// What one batch element keeps.
#[derive(Clone, Debug)]
pub(super) struct TrialHistory<F> {
    /// States at the start of every segment, `[segment, state]`.
    pub(super) checkpoints: Vec<F>,
    /// Spikes of all groups, sources among them.
    pub(super) spikes: SpikeLists,
}

impl<F> History<F> {
    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.state_bytes() + self.elements.iter().map(|e| e.spikes.bytes()).sum::<usize>()
    }

    /// Bytes of kept states alone: they grow with the square root of the steps.
    pub fn state_bytes(&self) -> usize {
        self.elements.iter().map(|e| size_of_val(&e.checkpoints[..])).sum()
    }

    /// Spikes of group `g`, of all batch elements.
    pub fn spikes(&self, g: usize) -> usize {
        self.elements.iter().map(|e| e.spikes.count(g)).sum()
    }
}
