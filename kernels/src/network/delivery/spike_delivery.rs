//! This module delivers the spikes of a training run: the row of each neuron that spiked is added to its targets'
//! inputs.
//!
//! Where all projections of a group are all-to-all, four spikes are delivered at a time ([`dense`]); other projections
//! are delivered one after the other ([`csr`]). The simulator has a loop of its own, [`events`](super::events), which
//! explains the difference.

use super::{
    connectivity::Connectivity,
    csr, dense,
    input_rows::{InputRows, by_fours},
    spike_lists::SpikeSpan,
};
use crate::{
    Level, Precision, Simd,
    simd::{self, Work},
};

/// The synapses of a network with the weights of a run.
#[derive(Clone, Copy)]
pub(crate) struct SpikeDelivery<'a, F> {
    pub(crate) connectivity: &'a Connectivity,
    /// Weights in the order of [`Connectivity::pack`].
    pub(crate) weights: &'a [F],
    pub(crate) level: Level,
}

impl<F: Precision> SpikeDelivery<'_, F> {
    /// Adds the weights of all spikes of a span to the `inputs` of their targets.
    pub(crate) fn deliver(&self, spikes: &SpikeSpan, inputs: InputRows<F>) {
        simd::run(&mut Deliver { delivery: *self, spikes, inputs }, self.level)
    }

    /// Adds the weights of the spikes of one group in one step to the `inputs` of their targets; `now` is the row of the
    /// step.
    pub(crate) fn deliver_step(&self, group: usize, neurons: &[u32], now: usize, inputs: InputRows<F>) {
        if !neurons.is_empty() {
            simd::run(&mut DeliverStep { delivery: *self, group, neurons, now, inputs }, self.level)
        }
    }

    /// Delivers the spikes of one group in the step of row `now`.
    #[inline(always)]
    fn deliver_group<V: Simd<Elem = F>>(&self, group: usize, neurons: &[u32], now: isize, inputs: &mut InputRows<F>) {
        let SpikeDelivery { connectivity, weights, .. } = *self;
        let projections = &connectivity.from[group];
        if connectivity.layout.all_to_all[group] {
            by_fours!(neurons, |some| dense::deliver::<V, _>(connectivity, weights, projections, some, now, inputs));
            return;
        }
        for &k in projections {
            let (p, packed) = (&connectivity.projections[k], connectivity.layout.rows[k]);
            csr::deliver::<V>(p, packed, weights, neurons, now, inputs);
        }
    }
}

struct Deliver<'a, F> {
    delivery: SpikeDelivery<'a, F>,
    spikes: &'a SpikeSpan<'a>,
    inputs: InputRows<'a, F>,
}

impl<F: Precision> Work<F> for Deliver<'_, F> {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let SpikeSpan { lists, steps, groups, first_row } = self.spikes;
        // A local copy stays in registers.
        let InputRows { row_length, ring, .. } = self.inputs;
        let inputs = &mut InputRows { values: &mut *self.inputs.values, row_length, ring };
        for (k, step) in steps.clone().enumerate() {
            for g in groups.clone() {
                let neurons = lists.of(step, g);
                if !neurons.is_empty() {
                    self.delivery.deliver_group::<V>(g, neurons, first_row + k as isize, inputs);
                }
            }
        }
    }
}

struct DeliverStep<'a, F> {
    delivery: SpikeDelivery<'a, F>,
    group: usize,
    neurons: &'a [u32],
    now: usize,
    inputs: InputRows<'a, F>,
}

impl<F: Precision> Work<F> for DeliverStep<'_, F> {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let InputRows { row_length, ring, .. } = self.inputs;
        let inputs = &mut InputRows { values: &mut *self.inputs.values, row_length, ring };
        self.delivery.deliver_group::<V>(self.group, self.neurons, self.now as isize, inputs);
    }
}
