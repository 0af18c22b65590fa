//! What a block of steps adds to gradients and to traces.

use super::{
    Rule,
    decayed::along,
    exact::{Bars, back, row, row_mut},
    plan::Plan,
    run::Worker,
    strand::{arrivals, flush, synapses, take, take_product, take_scaled},
};
use crate::{
    Precision, Simd,
    network::Delays,
    simd::{self, Work},
};

/// A block of steps of one batch element.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) b: usize,
    pub(super) from: usize,
    pub(super) count: usize,
    pub(super) last: bool,
}

/// One block, compiled for the vectors of the machine.
struct Block<'w, 'a, F>(&'w mut Worker<'a, F>, Span);

impl<F: Precision> Work<F> for Block<'_, '_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let worker = &mut *self.0;
        worker.neurons(self.1);
        for link in 0..worker.plan.strands.len() {
            let strand = worker.plan.strands[link];
            match worker.plan.groups[strand.post].decayed {
                true => worker.remembered(link, self.1),
                false => worker.traced(link, self.1),
            }
        }
        worker.remember(self.1);
    }
}

impl<F: Precision> Worker<'_, F> {
    /// Takes a block whose steps have been taken.
    pub(super) fn block(&mut self, span: Span) {
        let level = self.plan.run.level;
        simd::run(&mut Block(self, span), level)
    }

    #[inline(always)]
    fn neurons(&mut self, span: Span) {
        for (g, m) in self.plan.groups.iter().enumerate() {
            let (Some(chain), Some(space)) = (&m.chain, &mut self.spaces[g]) else { continue };
            let bars = Bars {
                by: &self.bars,
                marked: &self.marked[..span.count],
                outputs: self.plan.outputs,
                neurons: self.plan.circuit.layouts[g].neurons,
            };
            match self.plan.learning.rule {
                Rule::EsDRtrl { alpha, correction } if m.decayed => {
                    let weight = |k: usize| 1.0 / correction.at(alpha, span.from + k);
                    along(chain, m, space, bars, span.count, alpha, weight);
                }
                _ => back(chain, m, space, bars, span.count, span.last),
            }
        }
    }

    /// Synapses that carry traces of their own: what they had before the block, then the spikes that arrive in it.
    #[inline(always)]
    fn traced(&mut self, at: usize, span: Span) {
        let Worker { plan, lists, spaces, traces, live, scratch, done, .. } = self;
        let (link, strand) = (&plan.circuit.connectivity.projections[at], plan.strands[at]);
        let (Some(chain), Some(space)) = (&plan.groups[strand.post].chain, &spaces[strand.post]) else { return };
        let Some(column) = chain.columns.get(strand.column) else { return };
        let (synapse_count, stride, states) = (link.synapses, space.stride, column.states.len());
        let weights = &mut done.weights[link.weights..][..synapse_count];
        let counts = if plan.counts { &mut done.counts[link.weights..][..synapse_count] } else { &mut [] };
        let traces = &mut traces[strand.traces..][..states * synapse_count];
        let live = &mut live[strand.rows..][..link.edges.rows()];
        for pre in (0..live.len()).filter(|&pre| live[pre]) {
            let range = synapses(link, pre);
            let targets = &link.edges.targets[range.clone()];
            let n = range.len();
            let trace = |k: usize| k * synapse_count + range.start..k * synapse_count + range.end;
            for (k, &state) in column.states.iter().enumerate() {
                if space.blamed > 0 {
                    take_product(
                        &mut weights[range.clone()],
                        row(&space.lambda, state, stride),
                        targets,
                        &traces[trace(k)],
                    );
                }
                if !counts.is_empty() && state < chain.states {
                    take_product(
                        &mut counts[range.clone()],
                        row(&space.tally, state, stride),
                        targets,
                        &traces[trace(k)],
                    );
                }
            }
            if !span.last {
                let next = &mut scratch[..states * n];
                next.fill(F::default());
                for &[to, from, pair] in &column.carry {
                    take_product(row_mut(next, to, n), row(&space.pairs, pair, stride), targets, &traces[trace(from)]);
                }
                flush(next);
                (0..states).for_each(|k| traces[trace(k)].copy_from_slice(row(next, k, n)));
            }
        }
        let (columns, first, all) = (chain.columns.len(), chain.before(strand.column), chain.traces());
        for t in span.from.saturating_sub(plan.circuit.longest_delay())..span.from + span.count {
            let spikes = fired(plan, lists, span, link.pre, t);
            arrivals(link, spikes, t as isize - span.from as isize, span.count, |pre, range, targets, k| {
                let credit = k * columns + strand.column;
                if k < space.blamed {
                    take(&mut weights[range.clone()], row(&space.credit, credit, stride), targets);
                }
                if !counts.is_empty() {
                    take(&mut counts[range.clone()], row(&space.counted, credit, stride), targets);
                }
                if !span.last {
                    live[pre] = true;
                    for s in 0..states {
                        let trace = &mut traces[s * synapse_count..][range.clone()];
                        take(trace, row(&space.arrive, k * all + first + s, stride), targets);
                    }
                }
            });
        }
    }

    /// Synapses whose traces are products.
    #[inline(always)]
    fn remembered(&mut self, at: usize, span: Span) {
        let Worker { plan, lists, spaces, memory, done, .. } = self;
        let (link, strand) = (&plan.circuit.connectivity.projections[at], plan.strands[at]);
        let (Some(chain), Some(space)) = (&plan.groups[strand.post].chain, &spaces[strand.post]) else { return };
        let Rule::EsDRtrl { alpha, .. } = plan.learning.rule else { return };
        let (columns, stride) = (chain.columns.len(), space.stride);
        if space.blamed == 0 || strand.column >= columns {
            return;
        }
        let weights = &mut done.weights[link.weights..][..link.synapses];
        let (ring, neurons) = (plan.circuit.longest_delay() + 1, plan.circuit.layouts[link.pre].neurons);
        // The trace, at the first step of the block, of the spikes that arrived before.
        let trace = |pre: usize, delay: u16| match span.from.checked_sub(1 + delay as usize) {
            Some(t) => memory[link.pre][t % ring * neurons + link.first as usize + pre] * F::of(alpha),
            None => F::default(),
        };
        let credit = row(&space.credit, strand.column, stride);
        for pre in 0..link.edges.rows() {
            let range = synapses(link, pre);
            let targets = &link.edges.targets[range.clone()];
            match &link.edges.delays {
                Delays::Uniform(d) => {
                    let x = trace(pre, *d);
                    if x != F::default() {
                        take_scaled(&mut weights[range], credit, targets, x);
                    }
                }
                Delays::Each(d) => {
                    for (e, &n) in range.zip(targets) {
                        weights[e] += credit[n as usize] * trace(pre, d[e]);
                    }
                }
            }
        }
        for t in span.from.saturating_sub(plan.circuit.longest_delay())..span.from + span.count {
            let spikes = fired(plan, lists, span, link.pre, t);
            arrivals(link, spikes, t as isize - span.from as isize, space.blamed, |_, range, targets, k| {
                take(&mut weights[range], row(&space.credit, k * columns + strand.column, stride), targets);
            });
        }
    }

    /// Takes the decaying traces of spikes to the end of the block.
    #[inline(always)]
    fn remember(&mut self, span: Span) {
        let Worker { plan, lists, memory, .. } = self;
        let Rule::EsDRtrl { alpha, .. } = plan.learning.rule else { return };
        let (ring, decay) = (plan.circuit.longest_delay() + 1, F::of(alpha));
        for (g, memory) in memory.iter_mut().enumerate().filter(|(_, m)| !m.is_empty()) {
            let n = plan.circuit.layouts[g].neurons;
            for t in span.from..span.from + span.count {
                let (now, before) = (t % ring, (t + ring - 1) % ring);
                memory.copy_within(before * n..(before + 1) * n, now * n);
                let now = row_mut(memory, now, n);
                now.iter_mut().for_each(|x| *x = *x * decay);
                flush(now);
                for &spike in fired(plan, lists, span, g, t) {
                    now[spike as usize] += F::of(1.0);
                }
            }
        }
    }
}

/// Spikes of group `g` in step `t`, of the block or still under way in it.
#[inline(always)]
fn fired<'x, F: Precision>(plan: &'x Plan<F>, lists: &'x [Vec<u32>], span: Span, g: usize, t: usize) -> &'x [u32] {
    match plan.circuit.groups[g].cell {
        Some(_) => &lists[(plan.circuit.longest_delay() + t - span.from) * plan.circuit.groups.len() + g],
        None => plan.run.given(g, t, span.b),
    }
}
