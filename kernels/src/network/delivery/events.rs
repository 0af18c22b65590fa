//! Spikes along synapses: each goes through its row, and adds weights to the rings of one thread's targets.

use super::super::{Delays, Edges, Weights};
use crate::Precision;

/// Where a thread's own of each row lies.
pub(crate) struct ThreadTargets<'a> {
    /// As of [`Edges::splits`].
    pub(crate) splits: &'a [u32],
    pub(crate) thread: usize,
    pub(crate) threads: usize,
}

impl ThreadTargets<'_> {
    #[inline(always)]
    fn of<F>(&self, edges: &Edges<F>, row: usize) -> std::ops::Range<usize> {
        let (start, end) = (edges.starts[row] as usize, edges.starts[row + 1] as usize);
        if self.threads == 1 {
            return start..end;
        }
        let at = |k: usize| self.splits[row * (self.threads - 1) + k] as usize;
        let from = if self.thread == 0 { start } else { start + at(self.thread - 1) };
        let to = if self.thread + 1 == self.threads { end } else { start + at(self.thread) };
        from..to
    }
}

/// The ring that events go to.
pub(crate) struct InputRing<F> {
    pub(crate) at: *mut F,
    pub(crate) stride: usize,
    pub(crate) slots: usize,
    /// Slot of the step in which the spikes were.
    pub(crate) now: usize,
}

impl<F> InputRing<F> {
    /// The row that is read `delay` steps later.
    #[inline(always)]
    fn row(&self, delay: u16) -> *mut F {
        let slot = self.now + delay as usize;
        let slot = if slot >= self.slots { slot - self.slots } else { slot };
        // SAFETY: delays are no longer than the ring.
        unsafe { self.at.add(slot * self.stride) }
    }
}

/// Spikes ahead whose rows are asked for.
const PREFETCH_SPIKES: usize = 4;

/// Of each of its arrays so many cache lines.
const PREFETCH_LINES: usize = 6;

/// Synapses that one round of a loop takes.
const UNROLLED: usize = 8;

/// Asks for the first cache lines of a row to come.
#[inline(always)]
pub(crate) fn prefetch_row<T>(row: &[T], lines: usize) {
    for line in row.chunks(64 / size_of::<T>()).take(lines) {
        prefetch(line.as_ptr())
    }
}

/// Asks for a cache line, which may lie outside of everything.
#[inline(always)]
pub(crate) fn prefetch<T>(at: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint.
    unsafe {
        use std::arch::x86_64::*;
        _mm_prefetch::<_MM_HINT_T0>(at.cast())
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Delivers the spikes of `neurons`, rows of `edges` after subtraction of `first`; `factors` are those of plasticity, or
/// none.
///
/// # Safety
/// Targets and delays have been checked against the ring, and the thread's own of it is its own.
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
        // SAFETY: see above.
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
