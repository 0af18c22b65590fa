//! This module builds compressed rows directly from random streams, without a list of edges in between.
//!
//! Streams are counter-based ([`brain_core::Seed`]), so that a row with a stream of its own can be drawn twice: once to
//! count the synapses, once to write them into an array of just that size. A thread owns rows or targets, never a
//! position in a shared stream; the result does not depend on the number of threads.

use rayon::prelude::*;

/// Compressed rows are the offsets, `[row + 1]`, and the targets, `[synapse]`.
pub(crate) type Rows = (Vec<u64>, Vec<u32>);

/// A thread writes this many rows at a time.
const BLOCK: usize = 512;
/// Pairs are sorted into at most this many buckets first; the places to write to at once then stay in a cache.
const BUCKETS: u32 = 512;
/// Jobs are divided into at most this many parts, whatever the number of threads.
const PARTS: u64 = 1024;

/// Returns the offsets of rows of the given lengths, `[row + 1]`.
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

/// Splits an array with one item per synapse into blocks of `each` rows. Returns the first row of each block with its
/// items.
fn blocks<'a, T>(offsets: &[u64], mut items: &'a mut [T], each: usize) -> Vec<(usize, &'a mut [T])> {
    let rows = offsets.len() - 1;
    let mut parts = Vec::with_capacity(rows / each + 1);
    for first in (0..rows).step_by(each) {
        let last = (first + each).min(rows);
        let (part, rest) = items.split_at_mut((offsets[last] - offsets[first]) as usize);
        parts.push((first, part));
        items = rest;
    }
    parts
}

/// Calls `f(row, items of the row)` for every row, in parallel.
pub(crate) fn each_row<T: Send>(offsets: &[u64], items: &mut [T], f: impl Fn(usize, &mut [T]) + Sync) {
    blocks(offsets, items, BLOCK).into_par_iter().for_each(|(first, mut part)| {
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

/// Does the same as [`draw_rows`] for rules that draw by postsynaptic neuron or by synapse: `draw(job, emit)`, called
/// once, emits pairs of a row and a target. Rows are sorted at the end, so that the order of threads has no effect.
///
/// Pairs are sorted by counting twice, first the pairs of some jobs by buckets of rows, then those of a bucket by row,
/// so that writes stay within a cache. Pairs take 8 bytes per synapse beside the 4 of the result and are freed before
/// weights are drawn.
pub(crate) fn scatter(rows: u32, jobs: u64, draw: impl Fn(u64, &mut dyn FnMut(u32, u32)) + Sync) -> Rows {
    let wide = rows.div_ceil(BUCKETS).max(BLOCK as u32) as usize;
    let (rows, share) = (rows as usize, jobs.div_ceil(PARTS).max(1));
    let part = |drawn: &mut Vec<Pair>, k: u64| {
        drawn.clear();
        for job in k * share..((k + 1) * share).min(jobs) {
            draw(job, &mut |row, target| drawn.push((row, target)));
        }
        Part::of(drawn, wide, rows.div_ceil(wide))
    };
    let parts: Vec<Part> = (0..jobs.div_ceil(share)).into_par_iter().map_init(Vec::new, part).collect();
    let mut counts = vec![0u32; rows];
    counts.par_chunks_mut(wide).enumerate().for_each(|(k, counts)| {
        parts.iter().flat_map(|p| p.bucket(k)).for_each(|(row, _)| counts[*row as usize - k * wide] += 1);
    });
    let offsets = offsets(counts.into_iter(), rows);
    let mut targets = vec![0; offsets[rows] as usize];
    blocks(&offsets, &mut targets, wide).into_par_iter().for_each(|(first, items)| {
        let own = &offsets[first..=(first + wide).min(rows)];
        let mut next: Vec<usize> = own.iter().map(|at| (at - own[0]) as usize).collect();
        for &(row, target) in parts.iter().flat_map(|p| p.bucket(first / wide)) {
            let at = &mut next[row as usize - first];
            items[*at] = target;
            *at += 1;
        }
        own.windows(2).for_each(|w| items[(w[0] - own[0]) as usize..(w[1] - own[0]) as usize].sort_unstable());
    });
    (offsets, targets)
}

/// A pair is a row and a target.
type Pair = (u32, u32);

/// A part holds the pairs that some jobs drew, sorted by buckets of rows.
struct Part {
    starts: Vec<usize>,
    pairs: Vec<Pair>,
}

impl Part {
    fn of(drawn: &[Pair], wide: usize, buckets: usize) -> Self {
        let mut starts = vec![0; buckets + 1];
        drawn.iter().for_each(|(row, _)| starts[*row as usize / wide + 1] += 1);
        (0..buckets).for_each(|k| starts[k + 1] += starts[k]);
        let (mut next, mut pairs) = (starts.clone(), vec![(0, 0); drawn.len()]);
        for pair in drawn {
            let at = &mut next[pair.0 as usize / wide];
            pairs[*at] = *pair;
            *at += 1;
        }
        Self { starts, pairs }
    }

    fn bucket(&self, k: usize) -> &[Pair] {
        &self.pairs[self.starts[k]..self.starts[k + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    #[test]
    fn scatter_sorts_pairs_by_row_and_target() {
        // The cases have many rows and few, more jobs than parts, and none at all.
        for (rows, jobs, each) in [(70_000, 5_000, 40), (3, 1_500, 2), (600, 7, 900), (1, 1, 3), (5, 0, 9), (0, 0, 0)] {
            let draw = |job: u64, emit: &mut dyn FnMut(u32, u32)| {
                let mut stream = Seed::new(4).at(job);
                (0..each).for_each(|_| emit(stream.below(rows.into()) as u32, stream.below(100) as u32));
            };
            let mut want = vec![];
            (0..jobs).for_each(|job| draw(job, &mut |row, target| want.push((row, target))));
            want.sort_unstable();
            let (offsets, targets) = scatter(rows, jobs, draw);
            assert_eq!((offsets.len(), offsets[rows as usize]), (rows as usize + 1, want.len() as u64));
            let of = |row: usize| {
                targets[offsets[row] as usize..offsets[row + 1] as usize].iter().map(move |t| (row as u32, *t))
            };
            assert!((0..rows as usize).flat_map(of).eq(want.iter().copied()), "{rows} {jobs}");
        }
    }
}
