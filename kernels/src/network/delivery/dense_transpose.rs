//! This module computes the gradient w.r.t. spikes along dense projections: products with the transposed weights.
//!
//! Where most neurons have a non-zero surrogate derivative, most of the time is spent fetching the weights. They are
//! packed once per run as `[block of presynaptic neurons, target, neuron of the block]`, so that they are read in
//! order, once for all elements of a batch tile, whose sums stay in registers. Where few neurons have one,
//! [`active_rows`](super::active_rows) reads the rows of those neurons only.

use super::{
    batch_tile::{BATCH_TILE, InputCotangents, PerElementMut},
    connectivity::Connectivity,
    placed_projection::PlacedProjection,
    prefetch::prefetch,
};
use crate::{
    Level, Precision, Simd,
    memory::{AlignedVec, LINE},
    network::Delays,
    simd::{self, Work},
};

/// Distance, in numbers, between the weights in use and those that are prefetched.
const PREFETCH_DISTANCE: usize = 32 * LINE;

/// Measured time that [`csr_transpose`](super::csr_transpose) takes per synapse, in units of the time per pair of
/// neurons of the dense product.
const CSR_SYNAPSE_COST: usize = 5;
/// Measured time that it takes per row, in the same units.
const CSR_ROW_COST: usize = 200;

/// Largest number of pairs of neurons per synapse of a projection that is packed as dense; it bounds the memory.
const MAX_PAIRS_PER_SYNAPSE: usize = 32;

/// The packed weights of the dense projections from the same neurons.
pub(crate) struct DenseTranspose<F> {
    /// Index of the presynaptic group.
    pub(crate) pre: usize,
    /// First presynaptic neuron.
    pub(super) first: usize,
    /// Number of presynaptic neurons.
    pub(super) rows: usize,
    /// Targets of each projection.
    pub(super) parts: Vec<Targets>,
    /// Number of targets of all projections.
    targets: usize,
    /// Weights, `[block, target, neuron of the block]`, in blocks of [`LINE`] neurons.
    blocks: AlignedVec<F>,
    /// Weights, `[neuron, target]`. The targets of each projection are padded with zeros to a multiple of [`LINE`].
    pub(super) row_major: AlignedVec<F>,
    /// Length of a row of `row_major`.
    pub(crate) row_length: usize,
    /// Indices of the projections.
    projections: Vec<usize>,
}

/// The inputs that one projection acts on.
#[derive(Clone, Copy)]
pub(super) struct Targets {
    pub(super) delay: usize,
    /// Offset of these inputs in a row of the inputs of all groups.
    pub(super) column: usize,
    pub(super) count: usize,
}

impl Targets {
    /// Returns the number of values that they take in a row of [`DenseTranspose::row_major`].
    #[inline(always)]
    pub(super) fn padded(&self) -> usize {
        self.count.next_multiple_of(LINE)
    }
}

/// Returns the delay of a projection that is dense enough to be packed with zeros for pairs without a synapse; `None`
/// for other projections.
fn packed_delay(p: &PlacedProjection) -> Option<usize> {
    let Delays::Uniform(delay) = &p.edges.delays else { return None };
    let pairs = p.edges.rows() * p.targets;
    let csr_is_faster = p.synapses * CSR_SYNAPSE_COST + p.edges.rows() * CSR_ROW_COST < pairs;
    let too_large = p.synapses * MAX_PAIRS_PER_SYNAPSE < pairs;
    (!csr_is_faster && !too_large && pairs > 0).then_some(*delay as usize)
}

impl<F: Precision> DenseTranspose<F> {
    /// Packs the dense ones of the projections along which gradients are propagated back. `weights` are the feedback
    /// weights of each projection, `[synapse]`; `None` where no gradient is propagated back.
    pub(crate) fn all(connectivity: &Connectivity, weights: &[Option<&[F]>]) -> Vec<Self> {
        let mut all: Vec<Self> = vec![];
        for (k, p) in connectivity.projections.iter().enumerate().filter(|(k, _)| weights[*k].is_some()) {
            let Some(delay) = packed_delay(p) else { continue };
            let (pre, first, rows) = (p.pre, p.first as usize, p.edges.rows());
            let same = all.iter().position(|d| (d.pre, d.first, d.rows) == (pre, first, rows));
            let d = same.unwrap_or(all.len());
            if same.is_none() {
                all.push(DenseTranspose {
                    pre,
                    first,
                    rows,
                    parts: vec![],
                    targets: 0,
                    blocks: AlignedVec::new(0),
                    row_major: AlignedVec::new(0),
                    row_length: 0,
                    projections: vec![],
                });
            }
            let part = Targets { delay, column: p.column, count: p.targets };
            all[d].targets += part.count;
            all[d].row_length += part.padded();
            all[d].parts.push(part);
            all[d].projections.push(k);
        }
        all.iter_mut().for_each(|d| d.pack(connectivity, weights));
        all
    }

    /// Packs the weights in both orders.
    fn pack(&mut self, connectivity: &Connectivity, weights: &[Option<&[F]>]) {
        self.blocks = AlignedVec::new(self.rows.div_ceil(LINE) * self.targets * LINE);
        self.row_major = AlignedVec::new(self.rows * self.row_length);
        let (mut block_target, mut row_target) = (0, 0);
        for (&k, part) in self.projections.iter().zip(&self.parts) {
            let (edges, weights) = (&connectivity.projections[k].edges, weights[k].unwrap_or_default());
            for row in 0..self.rows {
                let own = edges.row(row);
                for (&target, &weight) in edges.targets[own.clone()].iter().zip(&weights[own]) {
                    let j = block_target + target as usize;
                    self.blocks[(row / LINE * self.targets + j) * LINE + row % LINE] += weight;
                    self.row_major[row * self.row_length + row_target + target as usize] += weight;
                }
            }
            block_target += part.count;
            row_target += part.padded();
        }
    }

    /// Returns whether projection `k` is one of them.
    pub(crate) fn has(&self, k: usize) -> bool {
        self.projections.contains(&k)
    }

    /// Adds `W^T` times `inputs`, the gradients w.r.t. inputs, to `spikes`, the gradients w.r.t. spikes, `[neuron of
    /// the group]`, for the first `elements` of a tile. Up to [`LINE`] numbers behind the last neuron of a group may be
    /// overwritten.
    pub(crate) fn multiply(&self, elements: usize, inputs: InputCotangents<F>, spikes: PerElementMut<F>, level: Level) {
        match elements {
            BATCH_TILE => {
                simd::run(&mut Multiply::<F, BATCH_TILE> { weights: self, element: 0, inputs, spikes }, level)
            }
            _ => {
                let mut work = Multiply::<F, 1> { weights: self, element: 0, inputs, spikes };
                for e in 0..elements {
                    work.element = e;
                    simd::run(&mut work, level)
                }
            }
        }
    }
}

/// The product for the batch elements `element..element + E`.
struct Multiply<'a, F, const E: usize> {
    weights: &'a DenseTranspose<F>,
    element: usize,
    inputs: InputCotangents<'a, F>,
    spikes: PerElementMut<'a, F>,
}

impl<F: Precision, const E: usize> Work<F> for Multiply<'_, F, E> {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let DenseTranspose { first, rows, targets, ref blocks, .. } = *self.weights;
        for (k, block) in blocks.chunks_exact((targets * LINE).max(1)).enumerate() {
            let (first, rest) = (first + k * LINE, rows - k * LINE);
            let mut o = 0;
            while o < rest.min(LINE) {
                if rest - o > V::LANES && LINE - o >= 2 * V::LANES {
                    self.neurons::<V, 2>(block, o, first);
                    o += 2 * V::LANES;
                } else {
                    self.neurons::<V, 1>(block, o, first);
                    o += V::LANES;
                }
            }
        }
    }
}

impl<F: Precision, const E: usize> Multiply<'_, F, E> {
    /// Computes the product for `R` vectors of neurons from neuron `o` of the block on; `first` is the first neuron of
    /// the block.
    #[inline(always)]
    fn neurons<V: Simd<Elem = F>, const R: usize>(&mut self, block: &[F], o: usize, first: usize) {
        let InputCotangents { rows: by, .. } = self.inputs;
        let mut sums = [[V::splat(0.0); R]; E];
        let mut rest = block;
        for &Targets { delay, column, count } in &self.weights.parts {
            let mut inputs = [&by.values[..0]; E];
            for (e, to) in inputs.iter_mut().enumerate() {
                *to = &by.values[self.inputs.begin(self.element + e, delay, column)..][..count];
            }
            let (part, others) = rest.split_at(count * LINE);
            rest = others;
            for (j, row) in part.chunks_exact(LINE).enumerate() {
                prefetch(row.as_ptr().wrapping_add(PREFETCH_DISTANCE));
                let mut w = [V::splat(0.0); R];
                for (r, w) in w.iter_mut().enumerate() {
                    // SAFETY: `run` ensures that `o + R * V::LANES <= LINE`, which is the length of the row.
                    *w = V::load(unsafe { row.get_unchecked(o + r * V::LANES..) });
                }
                for (sums, by) in sums.iter_mut().zip(&inputs) {
                    // SAFETY: each of `inputs` has `count` numbers, and the part has `count` rows, so that `j < count`.
                    let b = V::fill(unsafe { *by.get_unchecked(j) });
                    for (sum, &w) in sums.iter_mut().zip(&w) {
                        *sum = V::fma(w, b, *sum);
                    }
                }
            }
        }
        for (e, sums) in sums.iter().enumerate() {
            for (r, &sum) in sums.iter().enumerate() {
                let at = (self.element + e) * self.spikes.pitch + first + o + r * V::LANES;
                let to = &mut self.spikes.values[at..];
                (V::load(to) + sum).store(to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{
        Edges,
        delivery::test_support::{by_projection, connectivity, noise, projection, random},
    };

    /// Returns whether a projection from 200 neurons is packed as dense.
    fn dense(p: f64, targets: usize, own_delays: bool) -> bool {
        let edges = random(200, targets, p, Delays::Uniform(1));
        let delays = if own_delays { Delays::Each(vec![1; edges.targets.len()]) } else { Delays::Uniform(1) };
        let synapses = connectivity(&[200, targets], vec![projection(0, 0, 1, 1, Edges { delays, ..edges })]);
        let weights = noise::<f32>(1, synapses.synapses);
        !DenseTranspose::all(&synapses, &by_projection(&synapses, &weights)).is_empty()
    }

    #[test]
    fn projections_are_packed_as_dense_where_that_is_faster_than_csr() {
        assert!(dense(1.0, 1000, false) && dense(0.3, 1000, false));
        assert!(!dense(0.05, 1000, false), "few of many targets");
        assert!(dense(0.1, 100, false), "short rows take as long as all pairs");
        assert!(!dense(0.01, 100, false), "memory for pairs that are not there");
        assert!(!dense(1.0, 100, true), "delays of their own");
    }
}
