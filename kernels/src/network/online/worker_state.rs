//! This module holds the memory of one thread in an online run.

use super::{LossFunction, OnlineSummary, jacobian_pattern::JacobianPattern, neuron_pass::NeuronPass, plan::Plan};
use crate::Precision;

/// The sums over the elements of one part of the batch.
pub(super) struct Done<F> {
    /// The gradient w.r.t. the weights, `[synapse]`.
    pub(super) weights: Vec<F>,
    /// The gradient of numbers of spikes w.r.t. the weights, `[synapse]`, where it is wanted.
    pub(super) counts: Vec<F>,
    pub(super) summary: OnlineSummary,
}

/// The memory in which elements of the batch run, one after the other.
pub(super) struct Worker<'a, F> {
    pub(super) plan: &'a Plan<'a, F>,
    pub(super) loss: &'a (dyn LossFunction<F> + Sync),
    /// The states before and after a step.
    pub(super) before: Vec<F>,
    pub(super) after: Vec<F>,
    /// The inputs of the block's steps, and of the later steps in which its spikes arrive, `[step, input]`.
    pub(super) window: Vec<F>,
    /// The spikes of cells in the steps before the block that still arrive, and in those of the block, `[step, group]`.
    pub(super) lists: Vec<Vec<u32>>,
    /// The pass memory of each group of cells; `None` for sources.
    pub(super) passes: Vec<Option<NeuronPass<F>>>,
    /// The readouts of one step, and the gradient of the block's losses w.r.t. them, `[step, output]`.
    pub(super) readout: Vec<F>,
    pub(super) cotangents: Vec<F>,
    /// Whether the gradient of a step is not zero, `[step]`.
    pub(super) marked: Vec<bool>,
    /// The traces of synapses, and which rows of them are not zero.
    pub(super) traces: Vec<F>,
    pub(super) live: Vec<bool>,
    /// The smoothed traces of spikes by group, for as many steps as spikes may be in transit.
    pub(super) memory: Vec<Vec<F>>,
    /// The next traces of one row of synapses.
    pub(super) scratch: Vec<F>,
    /// The sums so far.
    pub(super) done: Done<F>,
}

impl<'a, F: Precision> Worker<'a, F> {
    /// Allocates the memory for runs of a plan.
    pub(super) fn new(plan: &'a Plan<'a, F>, loss: &'a (dyn LossFunction<F> + Sync)) -> Self {
        let Plan { circuit, learning, outputs, .. } = *plan;
        // A block need not be longer than the run.
        let block = learning.block.min(plan.run.steps).max(1);
        let zeros = |n: usize| vec![F::default(); n];
        let pass = |g: usize| {
            let (cell, pattern) = (circuit.populations[g].cell()?, plan.groups[g].pattern.as_ref()?);
            let (decay, stride) = (JacobianPattern::decay_row(cell), circuit.layouts[g].stride);
            let mut pass = NeuronPass::new(pattern, decay + 1, stride, block, plan.groups[g].factored, plan.counts);
            for derivatives in pass.derivatives.chunks_mut(((decay + 1) * stride).max(1)) {
                derivatives[decay * stride..].fill(plan.kappa);
            }
            Some(pass)
        };
        let ring = |g: usize| if plan.groups[g].traced_spikes { circuit.longest_delay() + 1 } else { 0 };
        let widest =
            circuit.connectivity.projections.iter().flat_map(|l| l.edges.starts.windows(2).map(|w| w[1] - w[0])).max();
        let states = plan.groups.iter().filter_map(|m| m.pattern.as_ref()).map(JacobianPattern::rows).max();
        let spikes = circuit.layouts.iter().map(|p| vec![0; p.neurons]).collect();
        Worker {
            plan,
            loss,
            before: vec![],
            after: zeros(circuit.rows.states),
            window: zeros((block + circuit.longest_delay()) * circuit.rows.inputs),
            lists: vec![vec![]; (block + circuit.longest_delay()) * circuit.populations.len()],
            passes: (0..circuit.populations.len()).map(pass).collect(),
            readout: zeros(outputs),
            cotangents: zeros(block * outputs),
            marked: vec![false; block],
            traces: zeros(plan.traces),
            live: vec![false; plan.rows],
            memory: (0..circuit.populations.len()).map(|g| zeros(ring(g) * circuit.layouts[g].neurons)).collect(),
            scratch: zeros(widest.unwrap_or(0) as usize * states.unwrap_or(0)),
            done: Done {
                weights: zeros(circuit.synapses()),
                counts: zeros(if plan.counts { circuit.synapses() } else { 0 }),
                summary: OnlineSummary { loss: 0.0, spikes, trace_bytes: 0, bytes: 0 },
            },
        }
    }

    /// Returns the sums and the memory that the runs took.
    pub(super) fn done(mut self) -> Done<F> {
        let of = |x: &[F]| size_of_val(x);
        let groups = self.plan.circuit.populations.len();
        let lists: usize = (0..groups)
            .filter(|&g| self.plan.groups[g].pattern.is_some())
            .map(|g| self.lists.len() / groups.max(1) * self.plan.circuit.layouts[g].neurons * size_of::<u32>())
            .sum();
        let passes =
            self.passes.iter().flatten().map(NeuronPass::bytes).fold([0, 0], |a, b| [a[0] + b[0], a[1] + b[1]]);
        let memory: usize = self.memory.iter().map(|x| of(x)).sum();
        let traces = of(&self.traces) + memory;
        let rest = [&self.before, &self.after, &self.window, &self.readout, &self.cotangents, &self.scratch];
        let rest: usize = rest.iter().map(|x| of(x)).sum::<usize>() + self.marked.len() + self.live.len();
        let sums = of(&self.done.weights) + of(&self.done.counts);
        self.done.summary.trace_bytes = traces + passes[0];
        self.done.summary.bytes = traces + passes[1] + lists + rest + sums;
        self.done
    }
}
