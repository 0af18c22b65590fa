//! Gradients from the targets of dense projections back to the spikes, for some batch elements at a time.
//!
//! Where most spikes have a gradient the weights are what the time goes into fetching. They are laid out once a run as
//! `[block of presynaptic neurons, target, neuron of the block]`: a row of a block serves all elements from registers.
//! Where few have, [`super::active_rows`] reads their rows alone.

use super::events::prefetch;
use crate::network::{
    Delays,
    circuit::{Circuit, Link},
    trial::{Feedback, RunInputs},
};
use crate::{
    Level, Precision, Simd,
    cpu::recurrent::LINE,
    memory::AlignedVec,
    simd::{self, Work},
};
use std::mem::take;

/// Batch elements that go back together.
pub(crate) const BATCH_TILE: usize = 4;

/// Weights ahead of those in use that are asked for.
const PREFETCH_DISTANCE: usize = 32 * LINE;

/// What a synapse and a row of them take where a projection is gone back along by these, of what a pair of neurons takes
/// where all pairs are: measured.
const CSR_SYNAPSE_COST: usize = 5;
const CSR_ROW_COST: usize = 200;

/// Pairs for each synapse that a dense projection has at most, for the memory that they take.
const MAX_PAIRS_PER_SYNAPSE: usize = 32;

/// Some dense projections from the same neurons.
pub(crate) struct DenseTranspose<F> {
    pub(crate) pre: usize,
    pub(crate) first: usize,
    pub(crate) rows: usize,
    /// Targets of all projections.
    targets: usize,
    /// Delay, first target in a row of inputs, number.
    pub(crate) parts: Vec<[usize; 3]>,
    /// By block.
    weights: AlignedVec<F>,
    /// By presynaptic neuron; the targets of each projection end with zeros, in whole [`LINE`]s.
    pub(crate) row_major: AlignedVec<F>,
    /// Numbers of one of `row_major`.
    pub(crate) row_length: usize,
    /// Which projections they are.
    links: Vec<usize>,
}

/// What gradients go back along projection `l` by; `None` for not at all.
pub(crate) fn feedback<'a, F: Precision>(circuit: &Circuit, run: &'a RunInputs<F>, l: usize) -> Option<&'a [F]> {
    let link = &circuit.links[l];
    match run.feedback.get(l) {
        None | Some(Feedback::Weights) => Some(&run.weights[link.weights..][..link.synapses]),
        Some(Feedback::Cut) => None,
        Some(Feedback::Fixed(numbers)) => Some(numbers),
    }
}

impl<F: Precision> DenseTranspose<F> {
    /// The dense projections of a circuit.
    pub(crate) fn all(circuit: &Circuit, run: &RunInputs<F>) -> Vec<Self> {
        let mut all: Vec<Self> = vec![];
        for (l, link) in circuit.links.iter().enumerate().filter(|(_, l)| circuit.groups[l.pre].cell.is_some()) {
            let (Delays::Uniform(delay), Some(_)) = (&link.edges.delays, feedback(circuit, run, l)) else {
                continue;
            };
            let (rows, targets) = (link.edges.rows(), link.targets);
            let pairs = rows * targets;
            if link.synapses * CSR_SYNAPSE_COST + rows * CSR_ROW_COST < pairs
                || link.synapses * MAX_PAIRS_PER_SYNAPSE < pairs
                || pairs == 0
            {
                continue;
            }
            let (pre, first) = (link.pre, link.first as usize);
            let part = [*delay as usize, link.column, targets];
            match all.iter_mut().find(|d| (d.pre, d.first, d.rows) == (pre, first, rows)) {
                Some(d) => {
                    d.parts.push(part);
                    d.targets += targets;
                    d.links.push(l);
                }
                None => {
                    let (weights, row_major) = (AlignedVec::new(0), AlignedVec::new(0));
                    let (parts, links) = (vec![part], vec![l]);
                    all.push(DenseTranspose {
                        pre,
                        first,
                        rows,
                        targets,
                        parts,
                        weights,
                        row_major,
                        row_length: 0,
                        links,
                    })
                }
            }
        }
        for d in &mut all {
            d.weights = AlignedVec::new(d.rows.div_ceil(LINE) * d.targets * LINE);
            d.row_length = d.parts.iter().map(|p| p[2].next_multiple_of(LINE)).sum();
            d.row_major = AlignedVec::new(d.rows * d.row_length);
            let (mut before, mut ahead) = (0, 0);
            for (&l, part) in d.links.iter().zip(&d.parts) {
                let numbers = feedback(circuit, run, l).unwrap_or_default();
                let Link { edges, .. } = &circuit.links[l];
                for row in 0..d.rows {
                    let own = edges.starts[row] as usize..edges.starts[row + 1] as usize;
                    for (&target, &number) in edges.targets[own.clone()].iter().zip(&numbers[own]) {
                        let j = before + target as usize;
                        d.weights[(row / LINE * d.targets + j) * LINE + row % LINE] += number;
                        d.row_major[row * d.row_length + ahead + target as usize] += number;
                    }
                }
                before += part[2];
                ahead += part[2].next_multiple_of(LINE);
            }
        }
        all
    }

    /// Whether projection `l` is one of them.
    pub(crate) fn has(&self, l: usize) -> bool {
        self.links.contains(&l)
    }

    /// Adds to the gradients by spikes, `to`, those by the inputs, `by`, whose row `now` of `length` is the spikes' own
    /// step, of elements that are `pitch` apart in both.
    pub(crate) fn multiply(
        &self,
        [now, length]: [usize; 2],
        elements: usize,
        by: &[F],
        to: &mut [F],
        pitch: [usize; 2],
        level: Level,
    ) {
        match elements {
            BATCH_TILE => {
                simd::run(&mut Multiply::<F, BATCH_TILE> { dense: self, now, length, first: 0, by, to, pitch }, level)
            }
            _ => {
                let mut work = Multiply::<F, 1> { dense: self, now, length, first: 0, by, to, pitch };
                for e in 0..elements {
                    work.first = e;
                    simd::run(&mut work, level)
                }
            }
        }
    }
}

struct Multiply<'a, F, const E: usize> {
    dense: &'a DenseTranspose<F>,
    now: usize,
    length: usize,
    /// Element.
    first: usize,
    by: &'a [F],
    to: &'a mut [F],
    pitch: [usize; 2],
}

impl<F: Precision, const E: usize> Work<F> for Multiply<'_, F, E> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let to = take(&mut self.to);
        let block = (self.dense.targets * LINE).max(1);
        for (k, weights) in self.dense.weights.chunks_exact(block).enumerate() {
            let (first, rest) = (self.dense.first + k * LINE, self.dense.rows - k * LINE);
            let mut o = 0;
            while o < rest.min(LINE) {
                if rest - o > V::LANES && LINE - o >= 2 * V::LANES {
                    self.rows::<V, 2>(weights, o, first, to);
                    o += 2 * V::LANES;
                } else {
                    self.rows::<V, 1>(weights, o, first, to);
                    o += V::LANES;
                }
            }
        }
        self.to = to;
    }
}

impl<F: Precision, const E: usize> Multiply<'_, F, E> {
    /// Neurons `first + o..` of a block, as many as `R` vectors have.
    #[inline(always)]
    fn rows<V: Simd<Elem = F>, const R: usize>(&self, weights: &[F], o: usize, first: usize, to: &mut [F]) {
        let mut sums = [[V::splat(0.0); R]; E];
        let mut rows = weights;
        for &[delay, column, targets] in &self.dense.parts {
            let base = (self.now + delay) * self.length + column;
            let by: [&[F]; E] = std::array::from_fn(|e| &self.by[(self.first + e) * self.pitch[0] + base..][..targets]);
            let (part, rest) = rows.split_at(targets * LINE);
            rows = rest;
            for (j, row) in part.chunks_exact(LINE).enumerate() {
                prefetch(row.as_ptr().wrapping_add(PREFETCH_DISTANCE));
                // SAFETY: the vectors of a block's row.
                let w: [V; R] = std::array::from_fn(|r| V::load(unsafe { row.get_unchecked(o + r * V::LANES..) }));
                for (sums, by) in sums.iter_mut().zip(&by) {
                    // SAFETY: all have `targets`.
                    let b = V::fill(unsafe { *by.get_unchecked(j) });
                    for (sum, &w) in sums.iter_mut().zip(&w) {
                        *sum = V::fma(w, b, *sum);
                    }
                }
            }
        }
        for (e, sums) in sums.iter().enumerate() {
            for (r, &sum) in sums.iter().enumerate() {
                let to = &mut to[(self.first + e) * self.pitch[1] + first + o + r * V::LANES..];
                (V::load(to) + sum).store(to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Edges, Projection, Weights, delivery::active_rows::tests::*};

    /// Whether a projection from 200 neurons goes back along all pairs.
    fn dense(p: f64, targets: usize, each: bool) -> bool {
        let edges = Edges::bernoulli(200, targets, p, 5, Weights::Uniform(0.0), Delays::Uniform(1)).unwrap();
        let delays = if each { Delays::Each(vec![1; edges.targets.len()]) } else { Delays::Uniform(1) };
        let edges = Edges { delays, ..edges };
        let name = String::new();
        let projection = Projection::new(name, 0, 1, 1, edges);
        let circuit = circuit(&[("a", 200), ("b", targets)], vec![projection]);
        let weights = noise::<f32>(1, circuit.synapses());
        !DenseTranspose::all(&circuit, &run(1, &weights, Level::best())).is_empty()
    }

    #[test]
    fn many_of_the_pairs_are_gone_back_along_by_all_few_by_themselves() {
        assert!(dense(1.0, 1000, false) && dense(0.3, 1000, false));
        assert!(!dense(0.05, 1000, false), "few of many targets");
        assert!(dense(0.1, 100, false), "short rows take as long as all pairs");
        assert!(!dense(0.01, 100, false), "memory for pairs that are not there");
        assert!(!dense(1.0, 100, true), "delays of their own");
    }
}
