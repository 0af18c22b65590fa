//! This module holds the state of short-term plasticity while a network is simulated.

use super::rows::Rows;
use crate::network::ShortTerm;

/// The resources of a projection with short-term plasticity: `u` and `x` after the last spike of each presynaptic
/// neuron, and the step of that spike.
pub(super) struct Resources {
    pub(super) rule: ShortTerm,
    pub(super) left: Rows<f64>,
    pub(super) last: Rows<u64>,
}

impl Resources {
    pub(super) fn new(rule: ShortTerm, neurons: usize) -> Self {
        let mut left = Rows::new(2, neurons, 0.0);
        left.row_mut(1).fill(1.0);
        Resources { rule, left, last: Rows::new(1, neurons, 0) }
    }

    /// Returns the share that neuron `n` releases at a spike in step `step`, and updates its `u` and `x`.
    ///
    /// # Safety
    /// `n` must be a neuron of the projection, and no other thread may access its resources during the call.
    pub(super) unsafe fn spike(&self, n: usize, step: u64, dt: f64) -> f64 {
        // SAFETY: the rows have a place for each neuron, and the caller ensures exclusive access to those of neuron
        // `n`.
        unsafe {
            let (u, x) = (self.left.as_ptr().add(n), self.left.as_ptr().add(self.left.stride() + n));
            let last = self.last.as_ptr().add(n);
            let (released, left) = self.rule.release((*u, *x), (step - *last) as f64 * dt);
            (*u, *x) = left;
            *last = step;
            released
        }
    }
}
