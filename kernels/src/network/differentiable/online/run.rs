//! A run that learns.

use super::{
    super::{Circuit, Episode, Failure, NotFinite, Passing, forward::Pass},
    Learned, Learning, Rule, Summary, Teacher,
    chain::Chain,
    decayed::along,
    exact::{Bars, Space, back, row, row_mut},
    plan::Plan,
    strand::{arrivals, flush, give, synapses, take, take_product, take_scaled},
};
use crate::{
    Simd,
    cpu::{Task, alone, eligible::Slopes},
    network::Delays,
};
use rayon::prelude::*;
use std::cell::RefCell;

/// Parts that the batch is cut into; a fixed number keeps results the same for any number of threads.
const PARTS: usize = 8;

/// Runs `circuit`, whose losses `teacher` knows, and sums up the gradients of a rule on the way. Records of the episode
/// are not made, and its feedback is not looked at.
///
/// Fails where numbers do not fit the circuit, naming both sizes; where there is no readout, or spikes reach it late; and
/// with the first step, group and state variable, or loss, that is not finite.
pub fn online<F: Passing>(
    circuit: &Circuit,
    episode: &Episode<F>,
    learning: &Learning<F>,
    teacher: &(dyn Teacher<F> + Sync),
    out: Learned<F>,
) -> Result<Summary, Failure> {
    let plan = Plan::new(circuit, episode, learning, &out)?;
    let part = episode.batch.div_ceil(PARTS).max(1);
    let parts: Vec<_> = (0..episode.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let mut worker = Worker::new(&plan, teacher);
            let elements = k * part..((k + 1) * part).min(episode.batch);
            elements.into_iter().try_for_each(|b| worker.element(b)).map(|()| worker.done())
        })
        .collect();
    if let Some(first) = parts.iter().filter_map(|p| p.as_ref().err()).min_by_key(|e| e.steps) {
        return Err(Failure::NotFinite(first.clone()));
    }
    out.weights.fill(F::default());
    out.counts.fill(F::default());
    let spikes = circuit.places.iter().map(|p| vec![0; p.neurons]).collect();
    let mut summary = Summary { loss: 0.0, spikes, trace_bytes: 0, bytes: 0 };
    for done in parts.into_iter().flatten() {
        out.weights.iter_mut().zip(&done.weights).for_each(|(to, &x)| *to += x);
        out.counts.iter_mut().zip(&done.counts).for_each(|(to, &x)| *to += x);
        summary.loss += done.summary.loss;
        let spikes = done.summary.spikes.iter().flatten();
        summary.spikes.iter_mut().flatten().zip(spikes).for_each(|(to, &n)| *to += n);
        summary.trace_bytes = summary.trace_bytes.max(done.summary.trace_bytes);
        summary.bytes = summary.bytes.max(done.summary.bytes);
    }
    Ok(summary)
}

/// What one part of the batch gives.
struct Done<F> {
    weights: Vec<F>,
    counts: Vec<F>,
    summary: Summary,
}

/// Takes elements of the batch one after the other.
struct Worker<'a, F> {
    plan: &'a Plan<'a, F>,
    teacher: &'a (dyn Teacher<F> + Sync),
    before: Vec<F>,
    after: Vec<F>,
    /// Inputs of the block's steps, and of those that its spikes reach beyond.
    window: Vec<F>,
    /// Spikes of the cells in the steps that still arrive and in those of the block, `[step, group]`.
    lists: Vec<Vec<u32>>,
    /// By group, of cells.
    spaces: Vec<Option<Space<F>>>,
    /// Readouts of one step, and the loss by them, `[step, output]`.
    readout: Vec<F>,
    bars: Vec<F>,
    marked: Vec<bool>,
    /// Traces of synapses, and which rows of them are not zero.
    traces: Vec<F>,
    live: Vec<bool>,
    /// Decaying traces of spikes, by group, of as many steps as spikes may be under way.
    memory: Vec<Vec<F>>,
    scratch: Vec<F>,
    done: Done<F>,
}

/// A block of steps of one batch element.
#[derive(Clone, Copy)]
struct Span {
    b: usize,
    from: usize,
    count: usize,
    last: bool,
}

/// One block, compiled for the vectors of the machine.
struct Block<'w, 'a, F>(RefCell<&'w mut Worker<'a, F>>, Span);

// SAFETY: it is run by one thread.
unsafe impl<F> Sync for Block<'_, '_, F> {}

impl<F: Passing> Task<F> for Block<'_, '_, F> {
    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, _: usize) {
        let mut worker = self.0.borrow_mut();
        let worker = &mut **worker;
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

impl<'a, F: Passing> Worker<'a, F> {
    fn new(plan: &'a Plan<'a, F>, teacher: &'a (dyn Teacher<F> + Sync)) -> Self {
        let Plan { circuit, learning, outputs, .. } = *plan;
        // A block need not be longer than the run.
        let block = learning.block.min(plan.episode.steps).max(1);
        let zeros = |n: usize| vec![F::default(); n];
        let space = |g: usize| {
            let (cell, chain) = (circuit.groups[g].cell?, plan.groups[g].chain.as_ref()?);
            let (decay, stride) = (Chain::decay_row(cell), circuit.places[g].stride);
            let mut space = Space::new(chain, decay + 1, stride, block, plan.groups[g].decayed, plan.counts);
            for slopes in space.slopes.chunks_mut(((decay + 1) * stride).max(1)) {
                slopes[decay * stride..].fill(plan.kappa);
            }
            Some(space)
        };
        let ring = |g: usize| if plan.groups[g].remembered { circuit.longest + 1 } else { 0 };
        let widest = circuit.links.iter().flat_map(|l| l.edges.starts.windows(2).map(|w| w[1] - w[0])).max();
        let states = plan.groups.iter().filter_map(|m| m.chain.as_ref()).map(Chain::rows).max();
        let spikes = circuit.places.iter().map(|p| vec![0; p.neurons]).collect();
        Worker {
            plan,
            teacher,
            before: vec![],
            after: zeros(circuit.lengths[0]),
            window: zeros((block + circuit.longest) * circuit.lengths[1]),
            lists: vec![vec![]; (block + circuit.longest) * circuit.groups.len()],
            spaces: (0..circuit.groups.len()).map(space).collect(),
            readout: zeros(outputs),
            bars: zeros(block * outputs),
            marked: vec![false; block],
            traces: zeros(plan.traces),
            live: vec![false; plan.rows],
            memory: (0..circuit.groups.len()).map(|g| zeros(ring(g) * circuit.places[g].neurons)).collect(),
            scratch: zeros(widest.unwrap_or(0) as usize * states.unwrap_or(0)),
            done: Done {
                weights: zeros(circuit.synapses()),
                counts: zeros(if plan.counts { circuit.synapses() } else { 0 }),
                summary: Summary { loss: 0.0, spikes, trace_bytes: 0, bytes: 0 },
            },
        }
    }

    /// The gradients, and what memory they took.
    fn done(mut self) -> Done<F> {
        let of = |x: &[F]| size_of_val(x);
        let groups = self.plan.circuit.groups.len();
        let lists: usize = (0..groups)
            .filter(|&g| self.plan.groups[g].chain.is_some())
            .map(|g| self.lists.len() / groups.max(1) * self.plan.circuit.places[g].neurons * size_of::<u32>())
            .sum();
        let spaces = self.spaces.iter().flatten().map(Space::bytes).fold([0, 0], |a, b| [a[0] + b[0], a[1] + b[1]]);
        let memory: usize = self.memory.iter().map(|x| of(x)).sum();
        let traces = of(&self.traces) + memory;
        let rest = [&self.before, &self.after, &self.window, &self.readout, &self.bars, &self.scratch];
        let rest: usize = rest.iter().map(|x| of(x)).sum::<usize>() + self.marked.len() + self.live.len();
        let sums = of(&self.done.weights) + of(&self.done.counts);
        self.done.summary.trace_bytes = traces + spaces[0];
        self.done.summary.bytes = traces + spaces[1] + lists + rest + sums;
        self.done
    }

    fn element(&mut self, b: usize) -> Result<(), NotFinite> {
        let Plan { circuit, episode, .. } = *self.plan;
        let block = self.marked.len();
        self.before = self.pass(b).start();
        self.window.fill(F::default());
        self.traces.fill(F::default());
        self.live.fill(false);
        self.lists.iter_mut().for_each(Vec::clear);
        self.memory.iter_mut().for_each(|m| m.fill(F::default()));
        self.spaces.iter_mut().flatten().for_each(|s| s.traces.fill(F::default()));
        for from in (0..episode.steps).step_by(block) {
            let count = block.min(episode.steps - from);
            if from > 0 {
                self.window.copy_within(block * circuit.lengths[1].., 0);
                self.window[circuit.longest * circuit.lengths[1]..].fill(F::default());
                self.lists.rotate_left(block * circuit.groups.len());
            }
            let span = Span { b, from, count, last: from + count == episode.steps };
            self.steps(span)?;
            alone(&Block(RefCell::new(self), span), episode.level);
        }
        Ok(())
    }

    fn pass(&self, b: usize) -> Pass<'a, F> {
        Pass { circuit: self.plan.circuit, episode: self.plan.episode, hoisted: &self.plan.hoisted, weights: &[], b }
    }

    /// Takes the steps of a block, with their derivatives and losses.
    fn steps(&mut self, span: Span) -> Result<(), NotFinite> {
        let Plan { circuit, episode, outputs, .. } = *self.plan;
        let (groups, inputs) = (circuit.groups.len(), circuit.lengths[1]);
        let pass = self.pass(span.b);
        for k in 0..span.count {
            let t = span.from + k;
            pass.drive(t, row_mut(&mut self.window, k, inputs));
            for g in 0..groups {
                let slot = (circuit.longest + k) * groups + g;
                if let (Some(cell), Some(space)) = (circuit.groups[g].cell, &mut self.spaces[g]) {
                    let p = &circuit.places[g];
                    let states = p.states..p.states + p.fields[0] * p.stride;
                    let spikes = &mut self.lists[slot];
                    spikes.clear();
                    let mut work = Slopes {
                        neurons: p.neurons,
                        stride: p.stride,
                        before: &self.before[states.clone()],
                        input: &self.window[k * inputs + p.inputs..][..p.fields[1] * p.stride],
                        hoisted: &self.plan.groups[g].hoisted,
                        after: &mut self.after[states],
                        spikes,
                        slopes: row_mut(&mut space.slopes, k, space.slope_rows * p.stride),
                    };
                    (F::passes(cell).slopes)(&mut work, episode.level);
                    for &n in &self.lists[slot] {
                        self.done.summary.spikes[g][n as usize] += 1;
                    }
                }
                let spikes =
                    if circuit.groups[g].cell.is_some() { &self.lists[slot] } else { episode.given(g, t, span.b) };
                for link in circuit.links.iter().filter(|l| l.pre == g) {
                    let weights = &episode.weights[link.weights..];
                    let rows = self.window.len() / inputs.max(1);
                    arrivals(link, spikes, k as isize, rows, |_, synapses, targets, row| {
                        give(&mut self.window[row * inputs + link.column..], &weights[synapses], targets);
                    });
                }
            }
            if !sane(&self.after) {
                return Err(pass.not_finite("state", t + 1, &self.after).unwrap_or_else(|| loss(span.b, t, None)));
            }
            std::mem::swap(&mut self.before, &mut self.after);
            for (m, p) in self.plan.groups.iter().zip(&circuit.places) {
                if let Some(output) = m.output {
                    self.readout[output..output + p.neurons].copy_from_slice(&self.before[p.states..][..p.neurons]);
                }
            }
            let bar = row_mut(&mut self.bars, k, outputs);
            bar.fill(F::default());
            let value = self.teacher.loss(span.b, t, &self.readout, bar);
            let wrong = bar.iter().position(|x| !x.to().is_finite());
            if wrong.is_some() || !value.is_finite() {
                return Err(loss(span.b, t, wrong));
            }
            self.done.summary.loss += value;
            self.marked[k] = bar.iter().any(|&x| x != F::default());
        }
        Ok(())
    }

    #[inline(always)]
    fn neurons(&mut self, span: Span) {
        for (g, m) in self.plan.groups.iter().enumerate() {
            let (Some(chain), Some(space)) = (&m.chain, &mut self.spaces[g]) else { continue };
            let bars = Bars {
                by: &self.bars,
                marked: &self.marked[..span.count],
                outputs: self.plan.outputs,
                neurons: self.plan.circuit.places[g].neurons,
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
        let (link, strand) = (&plan.circuit.links[at], plan.strands[at]);
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
        for t in span.from.saturating_sub(plan.circuit.longest)..span.from + span.count {
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
        let (link, strand) = (&plan.circuit.links[at], plan.strands[at]);
        let (Some(chain), Some(space)) = (&plan.groups[strand.post].chain, &spaces[strand.post]) else { return };
        let Rule::EsDRtrl { alpha, .. } = plan.learning.rule else { return };
        let (columns, stride) = (chain.columns.len(), space.stride);
        if space.blamed == 0 || strand.column >= columns {
            return;
        }
        let weights = &mut done.weights[link.weights..][..link.synapses];
        let (ring, neurons) = (plan.circuit.longest + 1, plan.circuit.places[link.pre].neurons);
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
        for t in span.from.saturating_sub(plan.circuit.longest)..span.from + span.count {
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
        let (ring, decay) = (plan.circuit.longest + 1, F::of(alpha));
        for (g, memory) in memory.iter_mut().enumerate().filter(|(_, m)| !m.is_empty()) {
            let n = plan.circuit.places[g].neurons;
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

/// Whether all of whole lines of numbers are finite.
fn sane<F: Passing>(x: &[F]) -> bool {
    let mut sums = [F::default(); 16];
    for line in x.chunks_exact(16) {
        sums.iter_mut().zip(line).for_each(|(sum, &x)| *sum += x * F::default());
    }
    sums.iter().all(|x| x.to() == 0.0)
}

fn loss(b: usize, t: usize, output: Option<usize>) -> NotFinite {
    let what = if output.is_some() { "derivative by readout" } else { "sum" };
    let (what, index) = (what.into(), output.unwrap_or(0));
    NotFinite { part: "loss".into(), what, index, element: Some(b), steps: Some(t + 1) }
}

/// Spikes of group `g` in step `t`, of the block or still under way in it.
#[inline(always)]
fn fired<'x, F: Passing>(plan: &'x Plan<F>, lists: &'x [Vec<u32>], span: Span, g: usize, t: usize) -> &'x [u32] {
    match plan.circuit.groups[g].cell {
        Some(_) => &lists[(plan.circuit.longest + t - span.from) * plan.circuit.groups.len() + g],
        None => plan.episode.given(g, t, span.b),
    }
}
