//! Spikes of a simulation along synapses: each thread adds the weights of all spikes to the inputs of its own neurons.
//!
//! This loop stands apart from [`spike_delivery`](super::spike_delivery) because its work differs. Threads share a
//! projection, so a row is cut at the bounds of a thread's targets; the ring of inputs belongs to several threads, so it
//! is reached through a pointer; weights may be one for all, and scaled by short-term plasticity. Most networks of this
//! kind are sparse and have far more synapses than caches hold: what takes time is to fetch rows, which are asked for
//! some spikes ahead, and single additions to scattered targets, in rounds of eight, which no vector does faster.

use super::prefetch::prefetch_row;
use crate::{
    Precision,
    network::{Delays, Edges, Weights},
};
use std::ops::Range;

/// Which targets of each row belong to a thread.
pub(crate) struct ThreadTargets<'a> {
    /// Where rows pass from one thread's targets to the next one's, as [`Edges::splits`] finds it.
    pub(crate) splits: &'a [u32],
    pub(crate) thread: usize,
    pub(crate) threads: usize,
}

impl ThreadTargets<'_> {
    /// The synapses of a row that reach the thread's targets.
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

/// A ring of rows of one input of a population, one for each step in which spikes under way can arrive.
pub(crate) struct InputRing<F> {
    /// First number of the first row.
    pub(crate) at: *mut F,
    /// Numbers from one row to the next.
    pub(crate) stride: usize,
    /// Rows of the ring.
    pub(crate) slots: usize,
    /// Row of the step in which the spikes were.
    pub(crate) now: usize,
}

impl<F> InputRing<F> {
    /// The row that is read `delay` steps later.
    #[inline(always)]
    fn row(&self, delay: u16) -> *mut F {
        let slot = self.now + delay as usize;
        let slot = if slot >= self.slots { slot - self.slots } else { slot };
        // SAFETY: `now` is below `slots` and no delay is longer, so the row is one of the ring.
        unsafe { self.at.add(slot * self.stride) }
    }
}

/// Spikes ahead of the one in hand whose rows are asked for.
const PREFETCH_SPIKES: usize = 4;

/// Cache lines that are asked for of each array of such a row.
const PREFETCH_LINES: usize = 6;

/// Synapses that one round of a loop takes.
const UNROLLED: usize = 8;

/// Adds the weights of the spikes of `neurons` to the inputs of a thread's targets. The row of neuron `n` is `n - first`;
/// `factors`, one for each spike or none at all, scale the weights by what short-term plasticity releases.
///
/// # Safety
///
/// All targets lie within the rows of the ring and no delay is longer than its `slots`, and nobody else uses the columns of
/// the thread's targets.
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
        // SAFETY: the target is one of this thread's, within the row, as the caller promises.
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
