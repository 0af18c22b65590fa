//! This module extracts spikes from vectors.

use crate::{Precision, Simd, simd::MOST_LANES};

/// Appends the neurons whose lanes spike; `first` is the neuron of the first lane.
#[inline(always)]
pub(super) fn push<V: Simd>(z: V, first: usize, neurons: usize, spikes: &mut Vec<u32>) {
    if z.any_positive() {
        push_lanes(z.positive().into(), first, neurons, spikes);
    }
}

/// Appends the neurons whose bits are set; `first` is the neuron of the lowest bit.
#[cold]
#[inline(never)]
pub(super) fn push_lanes(mut lanes: u64, first: usize, neurons: usize, spikes: &mut Vec<u32>) {
    while lanes != 0 {
        let neuron = first + lanes.trailing_zeros() as usize;
        if neuron < neurons {
            spikes.push(neuron as u32);
        }
        lanes &= lanes - 1;
    }
}

/// Returns the sum of the lanes, which hold whole numbers.
#[inline(always)]
pub(super) fn ones<V: Simd>(count: V) -> usize {
    let mut lanes = [V::Elem::default(); MOST_LANES];
    count.store(&mut lanes);
    lanes[..V::LANES].iter().map(|x| x.to() as usize).sum()
}
