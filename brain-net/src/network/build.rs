//! Compressed rows straight from random streams, without a list of edges in between.
//!
//! Streams are counted ([`brain_core::Seed`]), so a stream can be drawn twice: once to count the synapses, once to write
//! them into an array of just that size. Threads own rows or targets, never a place in a shared stream; the result does
//! not depend on their number.

use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Offsets and targets.
pub(crate) type Rows = (Vec<u64>, Vec<u32>);

/// Rows written at a time by one thread.
const BLOCK: usize = 512;

/// Offsets from the length of every row.
pub(crate) fn offsets(counts: impl Iterator<Item = u32>, rows: usize) -> Vec<u64> {
    let mut offsets = Vec::with_capacity(rows + 1);
    offsets.push(0);
    let mut sum = 0;
    offsets.extend(counts.map(|c| {
        sum += u64::from(c);
        sum
    }));
    offsets
}

/// Cuts an array with one item a synapse into blocks of rows: the first row of each, and its items.
pub(crate) fn blocks<'a, T>(offsets: &[u64], mut items: &'a mut [T]) -> Vec<(usize, &'a mut [T])> {
    let rows = offsets.len() - 1;
    let mut parts = Vec::with_capacity(rows / BLOCK + 1);
    for first in (0..rows).step_by(BLOCK) {
        let last = (first + BLOCK).min(rows);
        let (part, rest) = items.split_at_mut((offsets[last] - offsets[first]) as usize);
        parts.push((first, part));
        items = rest;
    }
    parts
}

/// Runs `f(row, items of the row)` for every row, in parallel.
pub(crate) fn each_row<T: Send>(offsets: &[u64], items: &mut [T], f: impl Fn(usize, &mut [T]) + Sync) {
    blocks(offsets, items).into_par_iter().for_each(|(first, mut part)| {
        let rows = offsets.len() - 1;
        for row in first..(first + BLOCK).min(rows) {
            let (items, rest) = part.split_at_mut((offsets[row + 1] - offsets[row]) as usize);
            f(row, items);
            part = rest;
        }
    });
}

/// Draws every row on its own: `draw(row, emit)` is called twice and must emit the same targets both times; they are
/// sorted afterwards unless they come `sorted`.
pub(crate) fn draw_rows(rows: u32, sorted: bool, draw: impl Fn(u32, &mut dyn FnMut(u32)) + Sync) -> Rows {
    let count = |row: u32| {
        let mut n = 0;
        draw(row, &mut |_| n += 1);
        n
    };
    let counts: Vec<u32> = (0..rows).into_par_iter().with_min_len(64).map(count).collect();
    let offsets = offsets(counts.into_iter(), rows as usize);
    let mut targets = vec![0; offsets[rows as usize] as usize];
    each_row(&offsets, &mut targets, |row, items| {
        let mut k = 0;
        draw(row as u32, &mut |target| {
            items[k] = target;
            k += 1;
        });
        if !sorted {
            items.sort_unstable();
        }
    });
    (offsets, targets)
}

/// As [`draw_rows`], for rules that draw by postsynaptic neuron or by synapse: `draw(job,
/// emit)` emits pairs of a row and a target. Rows are sorted at the end, so the order of threads leaves no trace.
pub(crate) fn scatter(rows: u32, jobs: u64, draw: impl Fn(u64, &mut dyn FnMut(u32, u32)) + Sync) -> Rows {
    let counts: Vec<AtomicU32> = (0..rows).map(|_| AtomicU32::new(0)).collect();
    (0..jobs).into_par_iter().for_each(|job| {
        draw(job, &mut |row, _| {
            counts[row as usize].fetch_add(1, Ordering::Relaxed);
        });
    });
    let offsets = offsets(counts.iter().map(|c| c.load(Ordering::Relaxed)), rows as usize);
    let total = offsets[rows as usize] as usize;
    let slots: Vec<AtomicU32> = (0..total).map(|_| AtomicU32::new(0)).collect();
    (0..jobs).into_par_iter().for_each(|job| {
        // Counting down again leaves every row filled from its end.
        draw(job, &mut |row, target| {
            let left = counts[row as usize].fetch_sub(1, Ordering::Relaxed);
            let at = offsets[row as usize] + u64::from(left) - 1;
            slots[at as usize].store(target, Ordering::Relaxed);
        });
    });
    // Same size and alignment: the array is reused, not copied.
    let mut targets: Vec<u32> = slots.into_iter().map(AtomicU32::into_inner).collect();
    each_row(&offsets, &mut targets, |_, items| items.sort_unstable());
    (offsets, targets)
}
