//! The product of [`super::dense_transpose`] where few spikes have a gradient: the rows of those alone, from a layout `[presynaptic neuron, target]`.
//!
//! What takes time is to fetch the weights: a row serves all elements once one of them needs it.

use super::dense_transpose::{BATCH_TILE, DenseTranspose};
use crate::{
    Level, Precision, Simd,
    cpu::recurrent::LINE,
    simd::{self, Work},
};
use std::{mem::take, ops::Range};

/// Neurons that are looked at before the rows of some of them are.
pub(crate) const SCANNED: usize = 256;

/// Neurons whose bits make a word.
const WORD: usize = u64::BITS as usize;

impl<F: Precision> DenseTranspose<F> {
    /// As [`DenseTranspose::multiply`], of neurons alone whose spikes have a gradient in some element: whose `slopes`, of elements
    /// that are `pitch[2]` apart, are not zero. `packed` is overwritten.
    pub(crate) fn multiply_active_rows(
        &self,
        [now, length]: [usize; 2],
        elements: usize,
        [by, slopes]: [&[F]; 2],
        [to, packed]: [&mut [F]; 2],
        pitch: [usize; 3],
        level: Level,
    ) {
        match elements {
            BATCH_TILE => simd::run(
                &mut ActiveRows::<F, BATCH_TILE> { dense: self, now, length, first: 0, by, slopes, to, packed, pitch },
                level,
            ),
            _ => {
                let mut work = ActiveRows::<F, 1> { dense: self, now, length, first: 0, by, slopes, to, packed, pitch };
                for e in 0..elements {
                    work.first = e;
                    simd::run(&mut work, level)
                }
            }
        }
    }
}

struct ActiveRows<'a, F, const E: usize> {
    dense: &'a DenseTranspose<F>,
    now: usize,
    length: usize,
    /// Element.
    first: usize,
    by: &'a [F],
    slopes: &'a [F],
    /// Gradients by the spikes; those by the targets' inputs of one element after the other.
    to: &'a mut [F],
    packed: &'a mut [F],
    pitch: [usize; 3],
}

impl<F: Precision, const E: usize> Work<F> for ActiveRows<'_, F, E> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let (to, buffer) = (take(&mut self.to), take(&mut self.packed));
        let DenseTranspose { first, rows, .. } = *self.dense;
        let packed = self.pack::<V>(buffer);
        for scanned in (0..rows).step_by(SCANNED) {
            let mut some = [0; SCANNED];
            let slopes = &self.slopes[self.first * self.pitch[2] + first..];
            let some = support::<V>(slopes, E, self.pitch[2], scanned..rows.min(scanned + SCANNED), &mut some);
            let (twos, rest) = some.as_chunks::<2>();
            // Loops rather than closures: these would not be compiled for the vectors.
            for &rows in twos {
                self.dots::<V, 2>(rows, &packed, to);
            }
            for &row in rest {
                self.dots::<V, 1>([row], &packed, to);
            }
        }
        (self.to, self.packed) = (to, buffer);
    }
}

/// Neurons of `own`, at most [`SCANNED`], whose slope is not zero in some of `elements`, which are `pitch` apart.
#[inline(always)]
pub(crate) fn support<'s, V: Simd>(
    slopes: &[V::Elem],
    elements: usize,
    pitch: usize,
    own: Range<usize>,
    some: &'s mut [usize; SCANNED],
) -> &'s [usize] {
    let mut count = 0;
    for begin in own.clone().step_by(WORD) {
        let own = begin..own.end.min(begin + WORD);
        let mut left = 0;
        for e in 0..elements {
            left |= nonzero_bits::<V>(&slopes[e * pitch..][own.clone()]);
        }
        while left != 0 {
            some[count] = begin + left.trailing_zeros() as usize;
            left &= left - 1;
            count += 1;
        }
    }
    &some[..count]
}

/// A bit for each of at most [`WORD`] numbers that is not zero.
#[inline(always)]
fn nonzero_bits<V: Simd>(x: &[V::Elem]) -> u64 {
    let (whole, rest) = (x.chunks_exact(V::LANES), x.len() / V::LANES * V::LANES);
    let mut bits = 0;
    for (k, lanes) in whole.enumerate() {
        bits |= u64::from(V::load(lanes).abs().positive()) << (k * V::LANES);
    }
    for (k, x) in x.iter().enumerate().skip(rest) {
        bits |= u64::from(*x != V::Elem::default()) << k;
    }
    bits
}

impl<F: Precision, const E: usize> ActiveRows<'_, F, E> {
    /// The gradients by the inputs of all targets, in the order of [`DenseTranspose::row_major`].
    #[inline(always)]
    fn pack<'p, V: Simd<Elem = F>>(&self, packed: &'p mut [F]) -> [&'p [F]; E] {
        let length = self.dense.row_length;
        for (e, mut to) in packed[..E * length].chunks_exact_mut(length).enumerate() {
            for &[delay, column, targets] in &self.dense.parts {
                let base = (self.first + e) * self.pitch[0] + (self.now + delay) * self.length + column;
                let (own, rest) = to.split_at_mut(targets.next_multiple_of(LINE));
                for (to, from) in own.chunks_exact_mut(V::LANES).zip(self.by[base..].chunks_exact(V::LANES)) {
                    V::load(from).store(to);
                }
                to = rest;
            }
        }
        std::array::from_fn(|e| &packed[e * length..][..length])
    }

    /// Products of some rows with the gradients by their targets' inputs.
    #[inline(always)]
    fn dots<V: Simd<Elem = F>, const R: usize>(&self, rows: [usize; R], by: &[&[F]; E], to: &mut [F]) {
        let DenseTranspose { first, row_major, row_length, .. } = self.dense;
        let row_major: [&[F]; R] = std::array::from_fn(|r| &row_major[rows[r] * row_length..][..*row_length]);
        let mut sums = [[V::splat(0.0); E]; R];
        for o in (0..*row_length).step_by(V::LANES) {
            // SAFETY: whole blocks of vectors, of which all have `length`.
            unsafe {
                let w: [V; R] = std::array::from_fn(|r| V::load(row_major[r].get_unchecked(o..o + V::LANES)));
                for (e, by) in by.iter().enumerate() {
                    let b = V::load(by.get_unchecked(o..o + V::LANES));
                    for (sums, &w) in sums.iter_mut().zip(&w) {
                        sums[e] = V::fma(w, b, sums[e]);
                    }
                }
            }
        }
        for (row, sums) in rows.into_iter().zip(sums) {
            let mut four = [V::splat(0.0); BATCH_TILE];
            four[..E].copy_from_slice(&sums);
            for (e, sum) in V::totals(four).into_iter().take(E).enumerate() {
                to[(self.first + e) * self.pitch[1] + first + row] += sum;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::network::{Delays, Edges, Network, Population, Projection, Weights, bptt::*};

    pub fn noise<F: Precision>(seed: usize, count: usize) -> Vec<F> {
        (0..count).map(|k| F::of(((3 + seed) as f64 * 5.17 + 12.9898 * k as f64).sin())).collect()
    }

    /// Zero where it is below three quarters.
    pub fn some_noise<F: Precision>(seed: usize, count: usize) -> Vec<F> {
        noise(seed, count).into_iter().map(|x: F| if x.to() < 0.75 { F::default() } else { x }).collect()
    }

    /// A circuit of conductance-based neurons.
    pub fn circuit(populations: &[(&str, usize)], projections: Vec<Projection>) -> Circuit {
        let populations = populations.iter().map(|&(name, n)| Population::new(name, n, kernels::find("lif-cond-exp")));
        Circuit::new(Network::new(0.1, populations.collect(), projections)).unwrap()
    }

    /// Weights alone.
    pub fn run<F: Precision>(batch: usize, weights: &[F], level: Level) -> RunInputs<'_, F> {
        RunInputs {
            steps: 0,
            batch,
            start: &[],
            params: &[],
            weights,
            drive: &[],
            drives: &[],
            spikes: &[],
            record: &[],
            feedback: &[],
            level,
        }
    }

    /// The product of all rows is right where a spike has a gradient, and nothing is added elsewhere.
    fn holds<F: Precision>(elements: usize, level: Level, tolerance: f64) {
        let projection = |post: usize, first: usize, edges: Edges| Projection {
            first,
            ..Projection::new(format!("{post}"), 0, post, 1, edges)
        };
        let some = Edges::bernoulli(75, 21, 0.6, 5, Weights::Uniform(0.0), Delays::Uniform(3)).unwrap();
        let projections = vec![projection(1, 3, Edges::dense(75, 37, Delays::Uniform(1))), projection(2, 3, some)];
        let circuit = circuit(&[("a", 83), ("b", 37), ("c", 21)], projections);
        let weights = noise::<F>(1, circuit.synapses());
        let run = run(elements, &weights, level);
        let [dense] = &DenseTranspose::all(&circuit, &run)[..] else { panic!("two projections of the same neurons") };
        let length = circuit.lengths[1];
        let (window, width) = (5 * length, 83usize.next_multiple_of(LINE) + LINE);
        let by = noise::<F>(2, elements * window);
        // Short of a whole row at the end.
        let slopes = some_noise::<F>(3, elements * 83);
        let [mut all, mut active] = [0; 2].map(|_| vec![F::default(); elements * width]);
        dense.multiply([1, length], elements, &by, &mut all, [window, width], level);
        let mut packed = vec![F::default(); BATCH_TILE * dense.row_length];
        let slopes_by = [&by[..], &slopes];
        dense.multiply_active_rows(
            [1, length],
            elements,
            slopes_by,
            [&mut active, &mut packed],
            [window, width, 83],
            level,
        );
        let mut seen = [0; 2];
        for e in 0..elements {
            let tile = if elements == BATCH_TILE { 0..BATCH_TILE } else { e..e + 1 };
            for n in 0..83 {
                let on = tile.clone().any(|e| slopes[e * 83 + n] != F::default());
                let (all, active) = (all[e * width + n].to(), active[e * width + n].to());
                let want = if on { all } else { 0.0 };
                assert!((active - want).abs() <= tolerance, "{elements} {n}: {active} for {want}");
                seen[usize::from(on)] += usize::from(all.abs() > 0.1);
            }
        }
        assert!(seen.iter().all(|&n| n > 10 * elements), "{seen:?}");
    }

    #[test]
    fn active_rows_are_those_of_all() {
        for level in [Level::Baseline, Level::best()] {
            for elements in [1, 3, 4] {
                holds::<f64>(elements, level, 1e-12);
                holds::<f32>(elements, level, 1e-4);
            }
        }
    }
}
