//! This module delivers the spikes of a simulation: each thread adds the weights of all spikes to the inputs of its own
//! neurons.
//!
//! This loop is separate from [`spike_delivery`](super::spike_delivery) because its work differs. Threads share a
//! projection, so that a row is cut at the bounds of a thread's targets; several threads share the ring of inputs, so
//! that it is accessed through a pointer; all synapses may share one weight, and short-term plasticity may scale
//! weights. Most simulated networks are sparse and have far more synapses than caches hold. The time is spent on
//! fetching rows, which are prefetched some spikes ahead, and on additions to scattered targets, which are unrolled by
//! eight; vector instructions do not speed them up.

use super::prefetch::prefetch_row;
use crate::{
    Precision,
    network::{Delays, Edges, Weights},
};
use std::ops::Range;

/// The targets of each row that belong to a thread.
pub(crate) struct ThreadTargets<'a> {
    /// Positions in each row at which the targets of the next thread begin; see [`Edges::splits`].
    pub(crate) splits: &'a [u32],
    pub(crate) thread: usize,
    pub(crate) threads: usize,
}

impl ThreadTargets<'_> {
    /// Returns the synapses of a row that act on the thread's targets.
    #[inline(always)]
    fn of<F: Precision>(&self, edges: &Edges<F>, row: usize) -> Range<usize> {
        let Range { start, end } = edges.row(row);
        if self.threads == 1 {
            return start..end;
        }
        let at = |k: usize| self.splits[row * (self.threads - 1) + k] as usize;
        let from = if self.thread == 0 { start } else { start + at(self.thread - 1) };
        let to = if self.thread + 1 == self.threads { end } else { start + at(self.thread) };
        from..to
    }
}

/// A ring buffer of rows of one input of a population, with a row for each step in which spikes in transit can arrive.
pub(crate) struct InputRing<F> {
    /// Pointer to the first number of the first row.
    pub(crate) at: *mut F,
    /// Distance between two rows, in numbers.
    pub(crate) stride: usize,
    /// Number of rows of the ring.
    pub(crate) slots: usize,
    /// Row of the step of the spikes.
    pub(crate) now: usize,
}

impl<F> InputRing<F> {
    /// Returns the row that is read `delay` steps later.
    #[inline(always)]
    fn row(&self, delay: u16) -> *mut F {
        let slot = self.now + delay as usize;
        let slot = if slot >= self.slots { slot - self.slots } else { slot };
        // SAFETY: `now < slots` and `delay <= slots`, so that `slot < slots` after the wrap, and the row is in the
        // ring.
        unsafe { self.at.add(slot * self.stride) }
    }
}

/// Number of spikes between the current one and the one whose row is prefetched.
const PREFETCH_SPIKES: usize = 4;

/// Number of cache lines that are prefetched of each array of such a row.
const PREFETCH_LINES: usize = 6;

/// Number of synapses per iteration of an unrolled loop.
const UNROLLED: usize = 8;

/// Adds the weights of the spikes of `neurons` to the inputs of a thread's targets. The row of neuron `n` is `n -
/// first`; `factors`, one for each spike or none at all, scale the weights by what short-term plasticity releases.
///
/// # Safety
///
/// All targets must lie within the rows of the ring, no delay may be longer than its `slots`, and no other thread may
/// access the columns of this thread's targets during the call.
pub(crate) unsafe fn deliver<F: Precision>(
    edges: &Edges<F>,
    own: &ThreadTargets,
    ring: &InputRing<F>,
    first: u32,
    neurons: &[u32],
    factors: &[F],
) {
    for (k, &n) in neurons.iter().enumerate() {
        if let Some(&next) = neurons.get(k + PREFETCH_SPIKES) {
            let range = own.of(edges, (next - first) as usize);
            prefetch_row(&edges.targets[range.clone()], PREFETCH_LINES);
            if let Weights::Each(w) = &edges.weights {
                prefetch_row(&w[range], PREFETCH_LINES);
            }
        }
        let range = own.of(edges, (n - first) as usize);
        let targets = &edges.targets[range.clone()];
        let factor = factors.get(k);
        let scaled = |w: F| factor.map_or(w, |&f| f * w);
        // SAFETY: the caller ensures that the target lies within the row and that this thread alone accesses its
        // column.
        let add = |row: *mut F, target: u32, w: F| unsafe { *row.add(target as usize) += w };
        match (&edges.weights, &edges.delays) {
            (Weights::Uniform(w), Delays::Uniform(d)) => {
                let (row, w) = (ring.row(*d), scaled(*w));
                let (some, rest) = targets.as_chunks::<UNROLLED>();
                some.iter().for_each(|t| t.iter().for_each(|&t| add(row, t, w)));
                rest.iter().for_each(|&t| add(row, t, w));
            }
            (Weights::Each(w), Delays::Uniform(d)) => {
                let row = ring.row(*d);
                let (some, rest) = targets.as_chunks::<UNROLLED>();
                let (weights, last) = w[range].as_chunks::<UNROLLED>();
                for (t, w) in some.iter().zip(weights) {
                    t.iter().zip(w).for_each(|(&t, &w)| add(row, t, scaled(w)));
                }
                rest.iter().zip(last).for_each(|(&t, &w)| add(row, t, scaled(w)));
            }
            (Weights::Uniform(w), Delays::Each(d)) => {
                let w = scaled(*w);
                targets.iter().zip(&d[range]).for_each(|(&t, &d)| add(ring.row(d), t, w));
            }
            (Weights::Each(w), Delays::Each(d)) => {
                let both = targets.iter().zip(&w[range.clone()]).zip(&d[range]);
                both.for_each(|((&t, &w), &d)| add(ring.row(d), t, scaled(w)));
            }
        }
    }
}
