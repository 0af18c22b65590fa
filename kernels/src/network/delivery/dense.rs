//! Spikes along synapses: the row of each neuron that spiked is added to its targets' inputs.

use crate::network::{
    Delays,
    bptt::forward::{Trial, TrialHistory},
    circuit::Link,
};
use crate::{
    Precision, Simd,
    simd::{self, Work},
};
use std::{mem::take, ops::Range};

/// Takes all of a slice, as arrays of four and of what is left.
macro_rules! by_fours {
    ($all:expr, |$some:ident| $body:expr) => {
        let (fours, rest) = $all.as_chunks::<4>();
        for &$some in fours {
            $body
        }
        match *rest {
            [a, b, c] => {
                let $some = [a, b, c];
                $body
            }
            [a, b] => {
                let $some = [a, b];
                $body
            }
            [a] => {
                let $some = [a];
                $body
            }
            _ => {}
        }
    };
}
pub(crate) use by_fours;

/// The spikes of one batch element in some steps.
pub(crate) struct SpikeWindow<'a, F> {
    pub(crate) history: &'a TrialHistory<F>,
    pub(crate) steps: Range<usize>,
    /// Whose.
    pub(crate) groups: Range<usize>,
    /// Row of the inputs that is the first step; may lie outside.
    pub(crate) now: isize,
}

impl<F: Precision> Trial<'_, F> {
    /// Adds the weights of spikes to the targets' inputs, rows of all of a step. What would be outside of these, or
    /// beyond the last where this is not followed by the first, as in a `ring`, is left out.
    pub(crate) fn deliver(&self, spikes: SpikeWindow<F>, inputs: &mut [F], ring: bool) {
        simd::run(&mut SpikeDelivery { trial: *self, spikes, inputs, ring }, self.run.level)
    }
}

struct SpikeDelivery<'a, F> {
    trial: Trial<'a, F>,
    spikes: SpikeWindow<'a, F>,
    inputs: &'a mut [F],
    ring: bool,
}

impl<F: Precision> Work<F> for SpikeDelivery<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let SpikeWindow { history, steps, groups, now } = &self.spikes;
        let inputs = take(&mut self.inputs);
        for (k, t) in steps.clone().enumerate() {
            for g in groups.clone() {
                let neurons = history.spikes(t, g);
                if neurons.is_empty() {
                    continue;
                }
                let now = now + k as isize;
                let links = &self.trial.circuit.from[g];
                if self.trial.circuit.all_to_all[g] {
                    by_fours!(neurons, |some| self.rows::<V, _>(links, some, now, inputs));
                    continue;
                }
                for &l in links {
                    self.along::<V>(&self.trial.circuit.links[l], neurons, now, inputs);
                }
            }
        }
    }
}

impl<F: Precision> SpikeDelivery<'_, F> {
    /// Where a projection's inputs begin of what is sent with a delay.
    #[inline(always)]
    fn place(&self, link: &Link, now: isize, delay: u16, all: usize) -> Option<usize> {
        let mut at = (now + delay as isize) * self.trial.circuit.lengths[1] as isize;
        if self.ring && at >= all as isize {
            at -= all as isize;
        }
        (at >= 0 && at < all as isize).then_some(at as usize + link.column)
    }

    /// Along projections each from all neurons to all, in which a delay is shared.
    #[inline(always)]
    fn rows<V: Simd<Elem = F>, const K: usize>(
        &self,
        links: &[usize],
        neurons: [u32; K],
        now: isize,
        inputs: &mut [F],
    ) {
        let Trial { circuit, weights, .. } = self.trial;
        for &l in links {
            let link = &circuit.links[l];
            let Delays::Uniform(delay) = &link.edges.delays else { continue };
            let Some(base) = self.place(link, now, *delay, inputs.len()) else { continue };
            let mut rows = [&weights[..0]; K];
            for (row, &n) in rows.iter_mut().zip(&neurons) {
                *row = &weights[link.packed_row(n as usize)];
            }
            add::<V, K>(&mut inputs[base..][..rows[0].len()], rows);
        }
    }

    #[inline(always)]
    fn along<V: Simd<Elem = F>>(&self, link: &Link, neurons: &[u32], now: isize, inputs: &mut [F]) {
        let all = inputs.len();
        let weights = self.trial.weights;
        let neurons = link.own(neurons);
        match &link.edges.delays {
            Delays::Uniform(delay) => {
                let Some(base) = self.place(link, now, *delay, all) else { return };
                for &n in neurons {
                    let (own, row) = link.synapses_of(n);
                    let weights = &weights[link.packed_row(row)];
                    if link.contiguous {
                        let first = base + link.first_targets[row] as usize;
                        add::<V, 1>(&mut inputs[first..][..own.len()], [&weights[..own.len()]]);
                    } else {
                        for (&target, &weight) in link.edges.targets[own].iter().zip(weights) {
                            inputs[base + target as usize] += weight;
                        }
                    }
                }
            }
            Delays::Each(delays) => {
                for &n in neurons {
                    let (own, row) = link.synapses_of(n);
                    let (targets, weights) = (link.edges.targets[own.clone()].iter(), &weights[link.packed_row(row)]);
                    for ((&target, &weight), &delay) in targets.zip(weights).zip(&delays[own]) {
                        if let Some(base) = self.place(link, now, delay, all) {
                            inputs[base + target as usize] += weight;
                        }
                    }
                }
            }
        }
    }
}

/// Adds to `to` rows of its length.
#[inline(always)]
pub(crate) fn add<V: Simd, const K: usize>(to: &mut [V::Elem], rows: [&[V::Elem]; K]) {
    let (count, whole) = (to.len(), to.len() / V::LANES * V::LANES);
    assert!(rows.iter().all(|row| row.len() == count));
    for o in (0..whole).step_by(V::LANES) {
        // SAFETY: all are as long.
        unsafe {
            let to = to.get_unchecked_mut(o..o + V::LANES);
            let mut sum = V::load(to);
            for row in &rows {
                sum = sum + V::load(row.get_unchecked(o..o + V::LANES));
            }
            sum.store(to);
        }
    }
    if whole < count {
        let to = &mut to[whole..];
        let mut sum = V::load_some(to);
        for row in rows {
            sum = sum + V::load_some(&row[whole..]);
        }
        sum.store_some(to);
    }
}
