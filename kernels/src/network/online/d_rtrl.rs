//! This module implements D-RTRL: each synapse carries its own traces, which a backward pass over the neurons of a
//! block updates.

use super::{
    OnlineRule,
    jacobian_pattern::JacobianPattern,
    neuron_pass::{Cotangents, NeuronPass, row, row_mut},
    plan::GroupPlan,
    projection_traces::{flush, product},
};
use crate::Precision;

/// Real-time recurrent learning without the paths through other neurons' spikes (Murray 2019,
/// <https://doi.org/10.7554/eLife.43299>). With [`Horizon::Readout`](super::Horizon::Readout) it is also e-prop with
/// symmetric feedback.
#[derive(Clone, Copy, Debug, Default)]
pub struct DRtrl;

impl OnlineRule for DRtrl {
    fn name(&self) -> &'static str {
        "D-RTRL"
    }
}

/// Runs backward over the `steps` of a block. Computes what arriving spikes add to the gradient and, unless the block
/// is the `last` of the run, what they add to the traces.
#[inline(always)]
pub(super) fn back<F: Precision>(
    pattern: &JacobianPattern,
    plan: &GroupPlan<F>,
    pass: &mut NeuronPass<F>,
    cotangents: Cotangents<F>,
    steps: usize,
    last: bool,
) {
    let stride = pass.stride;
    pass.credited = cotangents.steps();
    pass.adjoint.fill(F::default());
    let columns = pattern.columns.len();
    let rows = pass.derivative_rows;
    let slope = |k: usize, row: usize| (k * rows + row) * stride..(k * rows + row + 1) * stride;
    for k in (0..pass.credited).rev() {
        if cotangents.marked[k] {
            cotangents.seed(k, plan, pattern.states, stride, &mut pass.adjoint);
        }
        for (c, column) in pattern.columns.iter().enumerate() {
            let to = row_mut(&mut pass.credit, k * columns + c, stride);
            to.fill(F::default());
            for &[state, d] in &column.by_input {
                let at = slope(k, d);
                product(to, row(&pass.adjoint, state, stride), &pass.derivatives[at]);
            }
        }
        let next = &mut pass.spare[..pattern.rows() * stride];
        next.fill(F::default());
        for &[state, before, d] in &pattern.by_state {
            let at = slope(k, d);
            product(row_mut(next, before, stride), row(&pass.adjoint, state, stride), &pass.derivatives[at]);
        }
        pass.adjoint.copy_from_slice(next);
    }
    if !pass.count_credit.is_empty() {
        // The row of the filtered spike is used for the spike itself; the gradient of the count w.r.t. it is one in
        // every step.
        pass.count_adjoint.fill(F::default());
        for k in (0..steps).rev() {
            row_mut(&mut pass.count_adjoint, pattern.states.min(pattern.rows() - 1), stride).fill(if pattern.spikes {
                F::of(1.0)
            } else {
                F::default()
            });
            for (c, column) in pattern.columns.iter().enumerate() {
                let to = row_mut(&mut pass.count_credit, k * columns + c, stride);
                to.fill(F::default());
                for &[state, d] in &column.by_input {
                    let at = slope(k, d);
                    product(to, row(&pass.count_adjoint, state, stride), &pass.derivatives[at]);
                }
            }
            let next = &mut pass.spare[..pattern.rows() * stride];
            next.fill(F::default());
            for &[state, before, d] in pattern.by_state.iter().filter(|d| d[1] < pattern.states) {
                let at = slope(k, d);
                product(row_mut(next, before, stride), row(&pass.count_adjoint, state, stride), &pass.derivatives[at]);
            }
            pass.count_adjoint.copy_from_slice(next);
        }
    }
    if last {
        return;
    }
    for (&(r, c), pair) in pattern.reach.iter().zip(pass.pairs.chunks_mut(stride.max(1))) {
        pair.fill(F::of(f64::from(u8::from(r == c))));
    }
    for k in (0..steps).rev() {
        let mut first = k * pattern.traces();
        for column in &pattern.columns {
            let to = &mut pass.arrive[first * stride..(first + column.states.len()) * stride];
            to.fill(F::default());
            for &[place, pair, d] in &column.arrive {
                let at = slope(k, d);
                product(row_mut(to, place, stride), row(&pass.pairs, pair, stride), &pass.derivatives[at]);
            }
            first += column.states.len();
        }
        let next = &mut pass.spare[..pass.pairs.len()];
        next.fill(F::default());
        for &[to, pair, d] in &pattern.product {
            let at = slope(k, d);
            product(row_mut(next, to, stride), row(&pass.pairs, pair, stride), &pass.derivatives[at]);
        }
        flush(next);
        pass.pairs.copy_from_slice(next);
    }
}
