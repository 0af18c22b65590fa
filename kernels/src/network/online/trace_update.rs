//! This module updates gradients and traces by a block of steps.

use super::{
    d_rtrl::back,
    es_d_rtrl::along,
    neuron_pass::{Cotangents, row, row_mut},
    plan::{NeuronTraces, Plan},
    projection_traces::{arrivals, flush, gather_add, gather_product, gather_scaled, synapses},
    worker_state::Worker,
};
use crate::{
    Precision, Simd,
    network::Delays,
    simd::{self, Work},
};

/// A block of steps of one batch element.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// The batch element.
    pub(super) b: usize,
    /// The first step.
    pub(super) from: usize,
    /// The number of steps.
    pub(super) count: usize,
    /// Whether the run ends with this block, so that traces need no update.
    pub(super) last: bool,
}

/// The update by one block, compiled for the instruction set of the run.
struct Update<'w, 'a, F>(&'w mut Worker<'a, F>, Block);

impl<F: Precision> Work<F> for Update<'_, '_, F> {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let worker = &mut *self.0;
        worker.neurons(self.1);
        for link in 0..worker.plan.projections.len() {
            let projection = worker.plan.projections[link];
            match worker.plan.groups[projection.post].factored {
                true => worker.update_by_products(link, self.1),
                false => worker.update_by_traces(link, self.1),
            }
        }
        worker.trace_spikes(self.1);
    }
}

impl<F: Precision> Worker<'_, F> {
    /// Adds the contribution of a block whose steps have been taken.
    pub(super) fn update(&mut self, block: Block) {
        let level = self.plan.run.level;
        simd::run(&mut Update(self, block), level)
    }

    /// Runs the pass over the neurons of every group, which computes what synapses need.
    #[inline(always)]
    fn neurons(&mut self, block: Block) {
        for (g, m) in self.plan.groups.iter().enumerate() {
            let (Some(pattern), Some(pass)) = (&m.pattern, &mut self.passes[g]) else { continue };
            let cotangents = Cotangents {
                by: &self.cotangents,
                marked: &self.marked[..block.count],
                outputs: self.plan.outputs,
                neurons: self.plan.circuit.layouts[g].neurons,
            };
            match self.plan.neuron_traces.filter(|_| m.factored) {
                Some(traces) => along(pattern, m, pass, cotangents, block.from, block.count, traces),
                None => back(pattern, m, pass, cotangents, block.count, block.last),
            }
        }
    }

    /// Updates synapses that carry traces of their own: first by the traces from before the block, then by the spikes
    /// that arrive in it.
    #[inline(always)]
    fn update_by_traces(&mut self, at: usize, block: Block) {
        let Worker { plan, lists, passes, traces, live, scratch, done, .. } = self;
        let (link, projection) = (&plan.circuit.connectivity.projections[at], plan.projections[at]);
        let (Some(pattern), Some(pass)) = (&plan.groups[projection.post].pattern, &passes[projection.post]) else {
            return;
        };
        let Some(column) = pattern.columns.get(projection.column) else { return };
        let (synapse_count, stride, states) = (link.synapses, pass.stride, column.states.len());
        let weights = &mut done.weights[link.weights..][..synapse_count];
        let counts = if plan.counts { &mut done.counts[link.weights..][..synapse_count] } else { &mut [] };
        let traces = &mut traces[projection.traces..][..states * synapse_count];
        let live = &mut live[projection.rows..][..link.edges.rows()];
        for pre in (0..live.len()).filter(|&pre| live[pre]) {
            let range = synapses(link, pre);
            let targets = &link.edges.targets[range.clone()];
            let n = range.len();
            let trace = |k: usize| k * synapse_count + range.start..k * synapse_count + range.end;
            for (k, &state) in column.states.iter().enumerate() {
                if pass.credited > 0 {
                    gather_product(
                        &mut weights[range.clone()],
                        row(&pass.adjoint, state, stride),
                        targets,
                        &traces[trace(k)],
                    );
                }
                if !counts.is_empty() && state < pattern.states {
                    gather_product(
                        &mut counts[range.clone()],
                        row(&pass.count_adjoint, state, stride),
                        targets,
                        &traces[trace(k)],
                    );
                }
            }
            if !block.last {
                let next = &mut scratch[..states * n];
                next.fill(F::default());
                for &[to, from, pair] in &column.carry {
                    gather_product(row_mut(next, to, n), row(&pass.pairs, pair, stride), targets, &traces[trace(from)]);
                }
                flush(next);
                (0..states).for_each(|k| traces[trace(k)].copy_from_slice(row(next, k, n)));
            }
        }
        let (columns, first, all) = (pattern.columns.len(), pattern.before(projection.column), pattern.traces());
        for t in block.from.saturating_sub(plan.circuit.longest_delay())..block.from + block.count {
            let spikes = fired(plan, lists, block, link.pre, t);
            arrivals(link, spikes, t as isize - block.from as isize, block.count, |pre, range, targets, k| {
                let credit = k * columns + projection.column;
                if k < pass.credited {
                    gather_add(&mut weights[range.clone()], row(&pass.credit, credit, stride), targets);
                }
                if !counts.is_empty() {
                    gather_add(&mut counts[range.clone()], row(&pass.count_credit, credit, stride), targets);
                }
                if !block.last {
                    live[pre] = true;
                    for s in 0..states {
                        let trace = &mut traces[s * synapse_count..][range.clone()];
                        gather_add(trace, row(&pass.arrive, k * all + first + s, stride), targets);
                    }
                }
            });
        }
    }

    /// Updates synapses whose eligibility is a product of traces of neurons.
    #[inline(always)]
    fn update_by_products(&mut self, at: usize, block: Block) {
        let Worker { plan, lists, passes, memory, done, .. } = self;
        let (link, projection) = (&plan.circuit.connectivity.projections[at], plan.projections[at]);
        let (Some(pattern), Some(pass)) = (&plan.groups[projection.post].pattern, &passes[projection.post]) else {
            return;
        };
        let Some(NeuronTraces { alpha, .. }) = plan.neuron_traces else { return };
        let (columns, stride) = (pattern.columns.len(), pass.stride);
        if pass.credited == 0 || projection.column >= columns {
            return;
        }
        let weights = &mut done.weights[link.weights..][..link.synapses];
        let (ring, neurons) = (plan.circuit.longest_delay() + 1, plan.circuit.layouts[link.pre].neurons);
        // The trace of a neuron's spikes at the start of the block covers the spikes that arrived before it.
        let trace = |pre: usize, delay: u16| match block.from.checked_sub(1 + delay as usize) {
            Some(t) => memory[link.pre][t % ring * neurons + link.first as usize + pre] * F::of(alpha),
            None => F::default(),
        };
        let credit = row(&pass.credit, projection.column, stride);
        for pre in 0..link.edges.rows() {
            let range = synapses(link, pre);
            let targets = &link.edges.targets[range.clone()];
            match &link.edges.delays {
                Delays::Uniform(d) => {
                    let x = trace(pre, *d);
                    if x != F::default() {
                        gather_scaled(&mut weights[range], credit, targets, x);
                    }
                }
                Delays::Each(d) => {
                    for (e, &n) in range.zip(targets) {
                        weights[e] += credit[n as usize] * trace(pre, d[e]);
                    }
                }
            }
        }
        for t in block.from.saturating_sub(plan.circuit.longest_delay())..block.from + block.count {
            let spikes = fired(plan, lists, block, link.pre, t);
            arrivals(link, spikes, t as isize - block.from as isize, pass.credited, |_, range, targets, k| {
                gather_add(&mut weights[range], row(&pass.credit, k * columns + projection.column, stride), targets);
            });
        }
    }

    /// Advances the smoothed traces of spikes to the end of the block.
    #[inline(always)]
    fn trace_spikes(&mut self, block: Block) {
        let Worker { plan, lists, memory, .. } = self;
        let Some(NeuronTraces { alpha, .. }) = plan.neuron_traces else { return };
        let (ring, decay) = (plan.circuit.longest_delay() + 1, F::of(alpha));
        for (g, memory) in memory.iter_mut().enumerate().filter(|(_, m)| !m.is_empty()) {
            let n = plan.circuit.layouts[g].neurons;
            for t in block.from..block.from + block.count {
                let (now, before) = (t % ring, (t + ring - 1) % ring);
                memory.copy_within(before * n..(before + 1) * n, now * n);
                let now = row_mut(memory, now, n);
                now.iter_mut().for_each(|x| *x = *x * decay);
                flush(now);
                for &spike in fired(plan, lists, block, g, t) {
                    now[spike as usize] += F::of(1.0);
                }
            }
        }
    }
}

/// The spikes of group `g` in step `t` of the block, or of a step before whose spikes still arrive in it.
#[inline(always)]
fn fired<'x, F: Precision>(plan: &'x Plan<F>, lists: &'x [Vec<u32>], block: Block, g: usize, t: usize) -> &'x [u32] {
    match plan.circuit.populations[g].cell() {
        Some(_) => &lists[(plan.circuit.longest_delay() + t - block.from) * plan.circuit.populations.len() + g],
        None => plan.run.given(g, t, block.b),
    }
}
