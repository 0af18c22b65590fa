//! The same where few spikes have a gradient: the rows of those alone, some at a time, from a layout
//! `[presynaptic neuron, target]`. Elements follow each other within some neurons' rows, so that one finds in the nearest
//! cache what another fetched.

use super::{Passing, gather::Dense};
use crate::{
    Level, Simd,
    cpu::{Task, alone, recurrent::LINE},
    simd::MOST_LANES,
};
use std::cell::UnsafeCell;

/// Neurons whose rows are looked at together, for one element after the other.
const REACH: usize = 4 * LINE;

impl<F: Passing> Dense<F> {
    /// As [`Dense::gather`], of neurons alone whose spikes have a gradient: whose `slopes`, of elements that are
    /// `pitch[2]` apart, are not zero.
    pub(super) fn gather_few(
        &self,
        [now, length]: [usize; 2],
        elements: usize,
        [by, slopes]: [&[F]; 2],
        to: &mut [F],
        pitch: [usize; 3],
        level: Level,
    ) {
        let to = UnsafeCell::new(to);
        alone(&Few { dense: self, now, length, elements, by, slopes, to, pitch }, level)
    }
}

struct Few<'a, F> {
    dense: &'a Dense<F>,
    now: usize,
    length: usize,
    elements: usize,
    by: &'a [F],
    slopes: &'a [F],
    to: UnsafeCell<&'a mut [F]>,
    pitch: [usize; 3],
}

// SAFETY: it is run by one thread.
unsafe impl<F> Sync for Few<'_, F> {}

impl<F: Passing> Task<F> for Few<'_, F> {
    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, _: usize) {
        // SAFETY: run once, by one thread.
        let to = unsafe { &mut **self.to.get() };
        let Dense { first, rows, .. } = *self.dense;
        for block in (0..rows).step_by(REACH) {
            let end = rows.min(block + REACH);
            for e in 0..self.elements {
                let slopes = &self.slopes[e * self.pitch[2] + first..];
                let (mut some, mut count) = ([0; REACH], 0);
                let mut left = bits::<V>(&slopes[block..end]);
                while left != 0 {
                    some[count] = block + left.trailing_zeros() as usize;
                    left &= left - 1;
                    count += 1;
                }
                let (by, to) = (&self.by[e * self.pitch[0]..], &mut to[e * self.pitch[1] + first..]);
                let (fours, rest) = some[..count].as_chunks::<4>();
                // Loops rather than closures: these would not be compiled for the vectors.
                for &rows in fours {
                    self.dots::<V, 4>(rows, by, to);
                }
                let (twos, rest) = rest.as_chunks::<2>();
                for &rows in twos {
                    self.dots::<V, 2>(rows, by, to);
                }
                for &row in rest {
                    self.dots::<V, 1>([row], by, to);
                }
            }
        }
    }
}

/// A bit for each of at most [`REACH`] numbers that is not zero.
#[inline(always)]
fn bits<V: Simd<Elem: Passing>>(x: &[V::Elem]) -> u64 {
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

impl<F: Passing> Few<'_, F> {
    /// Products of some lines with the gradients of their targets.
    #[inline(always)]
    fn dots<V: Simd<Elem = F>, const R: usize>(&self, rows: [usize; R], by: &[F], to: &mut [F]) {
        let Dense { parts, lines, length, .. } = self.dense;
        let lines: [&[F]; R] = std::array::from_fn(|r| &lines[rows[r] * length..][..*length]);
        let mut sums = [[V::splat(0.0); R]; 2];
        let mut at = 0;
        for &[delay, column, targets] in parts {
            let count = targets.next_multiple_of(LINE);
            let by = &by[(self.now + delay) * self.length + column..][..count];
            assert!(at + count <= *length);
            for o in (0..count).step_by(2 * V::LANES) {
                for (k, sums) in sums.iter_mut().enumerate() {
                    let o = o + k * V::LANES;
                    // SAFETY: whole blocks, each of two vectors at least.
                    let b = V::load(unsafe { by.get_unchecked(o..) });
                    for (sum, line) in sums.iter_mut().zip(&lines) {
                        *sum = V::fma(V::load(unsafe { line.get_unchecked(at + o..) }), b, *sum);
                    }
                }
            }
            at += count;
        }
        for (r, row) in rows.into_iter().enumerate() {
            let mut lanes = [F::default(); MOST_LANES];
            (sums[0][r] + sums[1][r]).store(&mut lanes);
            let mut half = V::LANES;
            while half > 1 {
                half /= 2;
                let (low, high) = lanes.split_at_mut(half);
                for (low, high) in low.iter_mut().zip(high) {
                    *low += *high;
                }
            }
            to[row] += lanes[0];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Delays, Edges, Projection, Weights, differentiable::*};

    /// The product of all rows is right where the spike has a gradient, and nothing is added elsewhere.
    fn holds<F: Passing>(elements: usize, level: Level, tolerance: f64) {
        let noise = |seed: usize, count: usize| -> Vec<F> {
            (0..count).map(|k| F::of(((3 + seed) as f64 * 5.17 + 12.9898 * k as f64).sin())).collect()
        };
        let group = |name: &str, neurons| Group { name: name.into(), neurons, cell: trained("lif-cond-exp") };
        let projection = |post: usize, first: usize, edges: Edges<f32>| Projection {
            name: format!("{post}"),
            pre: 0,
            first,
            post,
            input: 1,
            edges,
            plasticity: None,
        };
        let some = Edges::bernoulli(75, 21, 0.6, 5, Weights::Uniform(0.0), Delays::Uniform(3)).unwrap();
        let projections = vec![projection(1, 3, Edges::dense(75, 37, Delays::Uniform(1))), projection(2, 3, some)];
        let circuit = Circuit::new(0.1, vec![group("a", 83), group("b", 37), group("c", 21)], projections).unwrap();
        let weights = noise(1, circuit.synapses());
        let episode = Episode {
            steps: 0,
            batch: elements,
            start: &[],
            params: &[],
            weights: &weights,
            drive: &[],
            drives: &[],
            spikes: &[],
            record: &[],
            feedback: &[],
            level,
        };
        let [dense] = &Dense::all(&circuit, &episode)[..] else { panic!("two projections of the same neurons") };
        let length = circuit.lengths[1];
        let (window, width) = (5 * length, 83usize.next_multiple_of(LINE) + LINE);
        let by = noise(2, elements * window);
        // Short of a whole row at the end.
        let slopes: Vec<F> =
            noise(3, elements * 83).into_iter().map(|x| if x.to() < 0.3 { F::default() } else { x }).collect();
        let [mut all, mut few] = [0; 2].map(|_| vec![F::default(); elements * width]);
        dense.gather([1, length], elements, &by, &mut all, [window, width], level);
        dense.gather_few([1, length], elements, [&by, &slopes], &mut few, [window, width, 83], level);
        let mut seen = [0; 2];
        for e in 0..elements {
            for n in 0..83 {
                let (all, few, on) =
                    (all[e * width + n].to(), few[e * width + n].to(), slopes[e * 83 + n] != F::default());
                let want = if on { all } else { 0.0 };
                assert!((few - want).abs() <= tolerance, "{elements} {n}: {few} for {want}");
                seen[usize::from(on)] += usize::from(all.abs() > 0.1);
            }
        }
        assert!(seen.iter().all(|&n| n > 10 * elements), "{seen:?}");
    }

    #[test]
    fn rows_of_few_are_those_of_all() {
        for level in [Level::Baseline, Level::best()] {
            for elements in [1, 3, 4] {
                holds::<f64>(elements, level, 1e-12);
                holds::<f32>(elements, level, 1e-4);
            }
        }
    }
}
