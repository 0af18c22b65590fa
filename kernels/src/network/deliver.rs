//! Spikes along synapses: each goes through its row, and adds weights to the rings of one thread's targets.

use super::{Delays, Edges, Weights};
use crate::Precision;

/// Where a thread's part of each row lies.
pub(super) struct Part<'a> {
    /// As of [`Edges::splits`].
    pub(super) splits: &'a [u32],
    pub(super) thread: usize,
    pub(super) threads: usize,
}

impl Part<'_> {
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
pub(super) struct Ring<F> {
    pub(super) at: *mut F,
    pub(super) stride: usize,
    pub(super) slots: usize,
    /// Slot of the step in which the spikes were.
    pub(super) now: usize,
}

impl<F> Ring<F> {
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
const AHEAD: usize = 4;

/// Of each of its arrays so many cache lines.
const LINES: usize = 6;

/// Synapses that one round of a loop takes.
const UNROLLED: usize = 8;

/// Asks for the first cache lines of a row to come.
#[inline(always)]
pub(super) fn fetch<T>(row: &[T], lines: usize) {
    for line in row.chunks(64 / size_of::<T>()).take(lines) {
        ask(line.as_ptr())
    }
}

/// Asks for a cache line, which may lie outside of everything.
#[inline(always)]
pub(super) fn ask<T>(at: *const T) {
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
/// Targets and delays have been checked against the ring, and the thread's part of it is its own.
pub(super) unsafe fn deliver<F: Precision>(
    edges: &Edges<F>,
    part: &Part,
    ring: &Ring<F>,
    first: u32,
    neurons: &[u32],
    factors: &[F],
) {
    for (k, &n) in neurons.iter().enumerate() {
        if let Some(&next) = neurons.get(k + AHEAD) {
            let range = part.of(edges, (next - first) as usize);
            fetch(&edges.targets[range.clone()], LINES);
            if let Weights::Each(w) = &edges.weights {
                fetch(&w[range], LINES);
            }
        }
        let range = part.of(edges, (n - first) as usize);
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
