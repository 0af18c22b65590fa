//! This module holds the memory of a block of steps of a group's neurons: what the pass needs and what synapses need of
//! it.

use super::{jacobian_pattern::JacobianPattern, plan::GroupPlan, projection_traces::scaled};
use crate::Precision;

/// The inputs and results of a pass over the neurons of a group in a block of steps. All arrays are rows of `stride`
/// numbers.
pub(super) struct NeuronPass<F> {
    pub(super) stride: usize,
    /// The derivatives of each step, `[step, row]`, with the filter's decay as the last row.
    pub(super) derivatives: Vec<F>,
    pub(super) derivative_rows: usize,
    /// What a spike that arrives adds to the gradient of its synapse's weight, `[step, column]`.
    pub(super) credit: Vec<F>,
    /// The number of leading steps of `credit` that are not zero.
    pub(super) credited: usize,
    /// What an arriving spike adds to the gradient of the neuron's number of spikes, `[step, column]`.
    pub(super) count_credit: Vec<F>,
    /// The trace that a spike which arrives leaves at the end of the block, `[step, column and state]`.
    pub(super) arrive: Vec<F>,
    /// The gradient of the block's losses w.r.t. the states before it, `[state]`.
    pub(super) adjoint: Vec<F>,
    /// The gradient of the block's number of spikes w.r.t. the states before it, `[state]`.
    pub(super) count_adjoint: Vec<F>,
    /// The product `P` of the Jacobians of the whole block, `[pair]`.
    pub(super) pairs: Vec<F>,
    /// The traces of neurons, where these carry eligibility, `[column and state]`.
    pub(super) traces: Vec<F>,
    /// Rows for results that replace what they are computed from.
    pub(super) spare: Vec<F>,
}

impl<F: Precision> NeuronPass<F> {
    /// Allocates the rows for blocks of `block` steps. Where neurons carry eligibility, the rows that traces of
    /// synapses need are empty.
    pub(super) fn new(
        pattern: &JacobianPattern,
        derivatives: usize,
        stride: usize,
        block: usize,
        factored: bool,
        counts: bool,
    ) -> Self {
        let zeros = |rows: usize| vec![F::default(); rows * stride];
        let if_exact = |rows: usize| if factored { 0 } else { rows };
        let columns = pattern.columns.len();
        NeuronPass {
            stride,
            derivatives: zeros(block * derivatives),
            derivative_rows: derivatives,
            credit: zeros(block * columns),
            credited: 0,
            count_credit: zeros(if counts { block * columns } else { 0 }),
            arrive: zeros(if_exact(block * pattern.traces())),
            adjoint: zeros(if factored { 1 } else { pattern.rows() }),
            count_adjoint: zeros(if counts { pattern.rows() } else { 0 }),
            pairs: zeros(if_exact(pattern.reach.len())),
            traces: zeros(if factored { pattern.traces() } else { 0 }),
            spare: zeros(pattern.rows().max(pattern.traces()).max(if_exact(pattern.reach.len()))),
        }
    }

    /// Returns the number of bytes of traces and that of everything.
    pub(super) fn bytes(&self) -> [usize; 2] {
        let all = [
            &self.derivatives,
            &self.credit,
            &self.count_credit,
            &self.arrive,
            &self.adjoint,
            &self.count_adjoint,
            &self.pairs,
            &self.traces,
            &self.spare,
        ];
        [size_of_val(&self.traces[..]), all.iter().map(|x| size_of_val(&x[..])).sum()]
    }
}

/// Returns row `k` of rows of `stride` numbers.
#[inline(always)]
pub(super) fn row<F>(rows: &[F], k: usize, stride: usize) -> &[F] {
    &rows[k * stride..(k + 1) * stride]
}

/// Returns row `k` of rows of `stride` numbers, to write to.
#[inline(always)]
pub(super) fn row_mut<F>(rows: &mut [F], k: usize, stride: usize) -> &mut [F] {
    &mut rows[k * stride..(k + 1) * stride]
}

/// The gradient of a block's losses w.r.t. the readouts.
#[derive(Clone, Copy)]
pub(super) struct Cotangents<'a, F> {
    /// The gradient, `[step, output]`.
    pub(super) by: &'a [F],
    /// Whether it is not zero, `[step]`.
    pub(super) marked: &'a [bool],
    pub(super) outputs: usize,
    pub(super) neurons: usize,
}

impl<F: Precision> Cotangents<'_, F> {
    /// Adds the gradient of step `k` w.r.t. the states of a group: a readout's own, or the filtered spike, which is row
    /// `states`.
    #[inline(always)]
    pub(super) fn seed(&self, k: usize, plan: &GroupPlan<F>, states: usize, stride: usize, to: &mut [F]) {
        let by = row(self.by, k, self.outputs);
        if let Some(output) = plan.output {
            to.iter_mut().zip(&by[output..output + self.neurons]).for_each(|(to, &x)| *to += x);
        } else if !plan.signal.is_empty() {
            let to = row_mut(to, states, stride);
            for (&x, signal) in by.iter().zip(plan.signal.chunks(stride.max(1))) {
                scaled(to, signal, x);
            }
        }
    }

    /// Returns the number of steps up to the last one whose gradient is not zero.
    pub(super) fn steps(&self) -> usize {
        self.marked.iter().rposition(|&m| m).map_or(0, |k| k + 1)
    }
}
