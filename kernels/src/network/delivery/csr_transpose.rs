//! This module computes the gradient w.r.t. spikes along sparse projections for a whole batch tile.
//!
//! The gradients w.r.t. an input are interleaved over the elements of the tile, so that a synapse is fetched once for
//! all of them. Only the rows of neurons whose surrogate derivative is not zero in at least one element are read.

use super::{
    active_rows::{SCANNED, support},
    batch_tile::{BATCH_TILE, PerElement, PerElementMut},
    connectivity::Connectivity,
    placed_projection::PlacedProjection,
};
use crate::{
    Level, Precision, Simd,
    network::Delays,
    simd::{self, Work},
};

/// The arguments of the product for some projections from the same group and one step.
#[derive(Clone, Copy)]
pub(crate) struct CsrTranspose<'a, F> {
    pub(crate) connectivity: &'a Connectivity,
    /// Indices of the projections.
    pub(crate) projections: &'a [usize],
    /// Feedback weights of each projection of the network, `[synapse]`; `None` where no gradient is propagated back.
    pub(crate) weights: &'a [Option<&'a [F]>],
    /// Gradients w.r.t. the inputs of all groups, `[row, input, element]`.
    pub(crate) interleaved: &'a [[F; BATCH_TILE]],
    /// Row of the step of the spikes.
    pub(crate) now: usize,
    /// Surrogate derivatives, `[neuron of the group]`.
    pub(crate) slopes: PerElement<'a, F>,
    /// Number of neurons of the group.
    pub(crate) neurons: usize,
    pub(crate) elements: usize,
}

impl<F: Precision> CsrTranspose<'_, F> {
    /// Adds `W^T` times the gradients w.r.t. inputs to `spikes`, the gradients w.r.t. spikes, `[neuron of the group]`.
    pub(crate) fn multiply(&self, spikes: PerElementMut<F>, level: Level) {
        simd::run(&mut Multiply { step: *self, spikes }, level)
    }
}

struct Multiply<'a, F> {
    step: CsrTranspose<'a, F>,
    spikes: PerElementMut<'a, F>,
}

impl<F: Precision> Work<F> for Multiply<'_, F> {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let CsrTranspose { connectivity, projections, weights, slopes, neurons, elements, .. } = self.step;
        let PerElementMut { values: to, pitch } = &mut self.spikes;
        for begin in (0..neurons).step_by(SCANNED) {
            let mut found = [0; SCANNED];
            let found = support::<V>(slopes, elements, begin..neurons.min(begin + SCANNED), &mut found);
            for &k in projections {
                let (p, Some(weights)) = (&connectivity.projections[k], weights[k]) else { continue };
                for &n in found {
                    let Some(row) = p.row_of(n) else { continue };
                    let sums = self.step.row(p, weights, row);
                    for (e, sum) in sums.into_iter().take(elements).enumerate() {
                        to[e * *pitch + n] += sum;
                    }
                }
            }
        }
    }
}

/// Number of partial sums that synapses are distributed over, so that no addition waits for the one before.
const ACCUMULATORS: usize = 4;

impl<F: Precision> CsrTranspose<'_, F> {
    /// Returns the dot product of a row with the gradients w.r.t. its targets' inputs, for each element.
    #[inline(always)]
    fn row(&self, p: &PlacedProjection, weights: &[F], row: usize) -> [F; BATCH_TILE] {
        let CsrTranspose { connectivity, now, interleaved, .. } = *self;
        let own = p.edges.row(row);
        let (weights, targets) = (&weights[own.clone()], &p.edges.targets[own.clone()]);
        let length = connectivity.input_row;
        assert!((now + connectivity.longest_delay) * length + p.column + p.targets <= interleaved.len());
        let mut sums = [[F::default(); BATCH_TILE]; ACCUMULATORS];
        // This is a macro because a closure would not be compiled for the vector instructions.
        macro_rules! add {
            ($sum:expr, $weight:expr, $at:expr) => {
                // SAFETY: the circuit was checked, so that targets are below `p.targets` and delays are at most the
                // longest one; the assertion above bounds the largest index that these allow.
                let by = unsafe { interleaved.get_unchecked($at) };
                for (sum, &by) in $sum.iter_mut().zip(by) {
                    *sum += $weight * by;
                }
            };
        }
        match &p.edges.delays {
            Delays::Uniform(delay) => {
                let base = (now + *delay as usize) * length + p.column;
                let (targets, last) = targets.as_chunks::<ACCUMULATORS>();
                let (weights, last_weights) = weights.as_chunks::<ACCUMULATORS>();
                for (targets, weights) in targets.iter().zip(weights) {
                    for k in 0..ACCUMULATORS {
                        add!(sums[k], weights[k], base + targets[k] as usize);
                    }
                }
                for (&target, &weight) in last.iter().zip(last_weights) {
                    add!(sums[0], weight, base + target as usize);
                }
            }
            Delays::Each(delays) => {
                for ((&target, &weight), &delay) in targets.iter().zip(weights).zip(&delays[own]) {
                    add!(sums[0], weight, (now + delay as usize) * length + p.column + target as usize);
                }
            }
        }
        let [mut all, rest @ ..] = sums;
        for sum in rest {
            all.iter_mut().zip(sum).for_each(|(all, sum)| *all += sum);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{
        Edges,
        delivery::test_support::{
            by_projection, connectivity, noise, projection, random, sparse_noise, spike_gradient,
        },
    };

    /// Checks that the sums equal those of plain loops for active neurons, and that nothing is added for the others.
    fn holds<F: Precision>(elements: usize, level: Level, tolerance: f64) {
        let (alike, own) = (random(70, 53, 0.2, Delays::Uniform(2)), random(70, 53, 0.1, Delays::Uniform(1)));
        let delays = Delays::Each((0..own.targets.len()).map(|k| 1 + (k * 7 % 4) as u16).collect());
        let own = Edges { delays, ..own };
        let synapses = connectivity(&[83, 53], vec![projection(0, 3, 1, 1, alike), projection(0, 3, 1, 2, own)]);
        let weights = noise::<F>(1, synapses.synapses);
        let now = 1;
        let all = noise::<F>(2, BATCH_TILE * (now + 5) * synapses.input_row);
        let (interleaved, _) = all.as_chunks::<BATCH_TILE>();
        let slopes = sparse_noise::<F>(3, elements * 90);
        let mut spikes = vec![F::default(); elements * 100];
        let step = CsrTranspose {
            connectivity: &synapses,
            projections: &[0, 1],
            weights: &by_projection(&synapses, &weights),
            interleaved,
            now,
            slopes: PerElement { values: &slopes, pitch: 90 },
            neurons: 83,
            elements,
        };
        step.multiply(PerElementMut { values: &mut spikes, pitch: 100 }, level);
        let mut seen = [0; 2];
        for n in 0..83 {
            let on = (0..elements).any(|e| slopes[e * 90 + n] != F::default());
            for e in 0..elements {
                let plain = spike_gradient(&synapses, &weights, n, now, |at| interleaved[at][e].to());
                let (got, want) = (spikes[e * 100 + n].to(), if on { plain } else { 0.0 });
                assert!((got - want).abs() <= tolerance, "{elements} {n}: {got} for {want}");
                seen[usize::from(want != 0.0)] += 1;
            }
        }
        assert!(seen.iter().all(|&n| n > 10), "{seen:?}");
    }

    #[test]
    fn products_match_plain_loops() {
        for level in [Level::Baseline, Level::best()] {
            for elements in [1, 3, 4] {
                holds::<f64>(elements, level, 1e-12);
                holds::<f32>(elements, level, 1e-5);
            }
        }
    }
}
