//! This module delivers spikes along one projection, row by row of its compressed synapses.

use super::{dense::add_rows, input_rows::InputRows, placed_projection::PlacedProjection, weight_layout::PackedRows};
use crate::{Precision, Simd, network::Delays};

/// Adds the packed weights of `neurons`, which spiked in the step of row `now`, to the inputs of their targets. Neurons
/// without a row in the projection are skipped.
#[inline(always)]
pub(super) fn deliver<V: Simd<Elem: Precision>>(
    p: &PlacedProjection,
    packed: PackedRows,
    weights: &[V::Elem],
    neurons: &[u32],
    now: isize,
    inputs: &mut InputRows<V::Elem>,
) {
    let neurons = p.with_rows(neurons);
    match &p.edges.delays {
        Delays::Uniform(delay) => {
            let Some(base) = inputs.begin(now, *delay, p.column) else { return };
            for &n in neurons {
                let row = (n - p.first) as usize;
                let (own, weights) = (p.row(row), &weights[packed.row(p, row)]);
                if p.contiguous {
                    let first = base + p.first_targets[row] as usize;
                    add_rows::<V, 1>(&mut inputs.values[first..][..own.len()], [&weights[..own.len()]]);
                } else {
                    for (&target, &weight) in p.edges.targets[own].iter().zip(weights) {
                        inputs.values[base + target as usize] += weight;
                    }
                }
            }
        }
        Delays::Each(delays) => {
            for &n in neurons {
                let row = (n - p.first) as usize;
                let (own, weights) = (p.row(row), &weights[packed.row(p, row)]);
                let targets = p.edges.targets[own.clone()].iter();
                for ((&target, &weight), &delay) in targets.zip(weights).zip(&delays[own]) {
                    if let Some(base) = inputs.begin(now, delay, p.column) {
                        inputs.values[base + target as usize] += weight;
                    }
                }
            }
        }
    }
}
