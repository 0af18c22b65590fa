//! A run that learns.

use super::{
    super::{
        circuit::Circuit,
        trial::{Failure, NotFinite, RunInputs, Trial, element::all_finite},
    },
    Learned, Learning, Summary, Teacher,
    block::Span,
    chain::Chain,
    exact::{Space, row_mut},
    plan::Plan,
    strand::{arrivals, give},
};
use crate::Precision;
use crate::step::linearised::LinearisedStep;
use rayon::prelude::*;

/// Parts that the batch is cut into; a fixed number keeps results the same for any number of threads.
const PARTS: usize = 8;

/// Runs `circuit`, whose losses `teacher` knows, and sums up the gradients of a rule on the way. Records of the run
/// are not made, and its feedback is not looked at.
///
/// Fails where numbers do not fit the circuit, naming both sizes; where there is no readout, or spikes reach it late; and
/// with the first step, group and state variable, or loss, that is not finite.
pub fn online<F: Precision>(
    circuit: &Circuit,
    run: &RunInputs<F>,
    learning: &Learning<F>,
    teacher: &(dyn Teacher<F> + Sync),
    out: Learned<F>,
) -> Result<Summary, Failure> {
    let plan = Plan::new(circuit, run, learning, &out)?;
    let part = run.batch.div_ceil(PARTS).max(1);
    let parts: Vec<_> = (0..run.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let mut worker = Worker::new(&plan, teacher);
            let elements = k * part..((k + 1) * part).min(run.batch);
            elements.into_iter().try_for_each(|b| worker.element(b)).map(|()| worker.done())
        })
        .collect();
    if let Some(first) = parts.iter().filter_map(|p| p.as_ref().err()).min_by_key(|e| e.steps) {
        return Err(Failure::NotFinite(first.clone()));
    }
    out.weights.fill(F::default());
    out.counts.fill(F::default());
    let spikes = circuit.layouts.iter().map(|p| vec![0; p.neurons]).collect();
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
pub(super) struct Done<F> {
    pub(super) weights: Vec<F>,
    pub(super) counts: Vec<F>,
    pub(super) summary: Summary,
}

/// Takes elements of the batch one after the other.
pub(super) struct Worker<'a, F> {
    pub(super) plan: &'a Plan<'a, F>,
    pub(super) teacher: &'a (dyn Teacher<F> + Sync),
    pub(super) before: Vec<F>,
    pub(super) after: Vec<F>,
    /// Inputs of the block's steps, and of those that its spikes reach beyond.
    pub(super) window: Vec<F>,
    /// Spikes of the cells in the steps that still arrive and in those of the block, `[step, group]`.
    pub(super) lists: Vec<Vec<u32>>,
    /// By group, of cells.
    pub(super) spaces: Vec<Option<Space<F>>>,
    /// Readouts of one step, and the loss by them, `[step, output]`.
    pub(super) readout: Vec<F>,
    pub(super) bars: Vec<F>,
    pub(super) marked: Vec<bool>,
    /// Traces of synapses, and which rows of them are not zero.
    pub(super) traces: Vec<F>,
    pub(super) live: Vec<bool>,
    /// Decaying traces of spikes, by group, of as many steps as spikes may be under way.
    pub(super) memory: Vec<Vec<F>>,
    pub(super) scratch: Vec<F>,
    pub(super) done: Done<F>,
}

impl<'a, F: Precision> Worker<'a, F> {
    fn new(plan: &'a Plan<'a, F>, teacher: &'a (dyn Teacher<F> + Sync)) -> Self {
        let Plan { circuit, learning, outputs, .. } = *plan;
        // A block need not be longer than the run.
        let block = learning.block.min(plan.run.steps).max(1);
        let zeros = |n: usize| vec![F::default(); n];
        let space = |g: usize| {
            let (cell, chain) = (circuit.groups[g].cell?, plan.groups[g].chain.as_ref()?);
            let (decay, stride) = (Chain::decay_row(cell), circuit.layouts[g].stride);
            let mut space = Space::new(chain, decay + 1, stride, block, plan.groups[g].decayed, plan.counts);
            for slopes in space.slopes.chunks_mut(((decay + 1) * stride).max(1)) {
                slopes[decay * stride..].fill(plan.kappa);
            }
            Some(space)
        };
        let ring = |g: usize| if plan.groups[g].remembered { circuit.longest_delay() + 1 } else { 0 };
        let widest =
            circuit.connectivity.projections.iter().flat_map(|l| l.edges.starts.windows(2).map(|w| w[1] - w[0])).max();
        let states = plan.groups.iter().filter_map(|m| m.chain.as_ref()).map(Chain::rows).max();
        let spikes = circuit.layouts.iter().map(|p| vec![0; p.neurons]).collect();
        Worker {
            plan,
            teacher,
            before: vec![],
            after: zeros(circuit.rows.states),
            window: zeros((block + circuit.longest_delay()) * circuit.rows.inputs),
            lists: vec![vec![]; (block + circuit.longest_delay()) * circuit.groups.len()],
            spaces: (0..circuit.groups.len()).map(space).collect(),
            readout: zeros(outputs),
            bars: zeros(block * outputs),
            marked: vec![false; block],
            traces: zeros(plan.traces),
            live: vec![false; plan.rows],
            memory: (0..circuit.groups.len()).map(|g| zeros(ring(g) * circuit.layouts[g].neurons)).collect(),
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
            .map(|g| self.lists.len() / groups.max(1) * self.plan.circuit.layouts[g].neurons * size_of::<u32>())
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
        let Plan { circuit, run, .. } = *self.plan;
        let block = self.marked.len();
        self.before = self.trial(b).start();
        self.window.fill(F::default());
        self.traces.fill(F::default());
        self.live.fill(false);
        self.lists.iter_mut().for_each(Vec::clear);
        self.memory.iter_mut().for_each(|m| m.fill(F::default()));
        self.spaces.iter_mut().flatten().for_each(|s| s.traces.fill(F::default()));
        for from in (0..run.steps).step_by(block) {
            let count = block.min(run.steps - from);
            if from > 0 {
                self.window.copy_within(block * circuit.rows.inputs.., 0);
                self.window[circuit.longest_delay() * circuit.rows.inputs..].fill(F::default());
                self.lists.rotate_left(block * circuit.groups.len());
            }
            let span = Span { b, from, count, last: from + count == run.steps };
            self.steps(span)?;
            self.block(span);
        }
        Ok(())
    }

    fn trial(&self, b: usize) -> Trial<'a, F> {
        Trial { circuit: self.plan.circuit, run: self.plan.run, precomputed: &self.plan.precomputed, weights: &[], b }
    }

    /// Takes the steps of a block, with their derivatives and losses.
    fn steps(&mut self, span: Span) -> Result<(), NotFinite> {
        let Plan { circuit, run, outputs, .. } = *self.plan;
        let (groups, inputs) = (circuit.groups.len(), circuit.rows.inputs);
        let trial = self.trial(span.b);
        for k in 0..span.count {
            let t = span.from + k;
            trial.drive(t, row_mut(&mut self.window, k, inputs));
            for g in 0..groups {
                let slot = (circuit.longest_delay() + k) * groups + g;
                if let (Some(cell), Some(space)) = (circuit.groups[g].cell, &mut self.spaces[g]) {
                    let p = &circuit.layouts[g];
                    let states = p.states..p.states + p.fields.states * p.stride;
                    let spikes = &mut self.lists[slot];
                    spikes.clear();
                    let mut work = LinearisedStep {
                        neurons: p.neurons,
                        stride: p.stride,
                        before: &self.before[states.clone()],
                        input: &self.window[k * inputs + p.inputs..][..p.fields.inputs * p.stride],
                        invariants: &self.plan.groups[g].hoisted,
                        after: &mut self.after[states],
                        spikes,
                        derivatives: row_mut(&mut space.slopes, k, space.slope_rows * p.stride),
                    };
                    (F::compiled(cell).passes().linearised)(&mut work, run.level);
                    for &n in &self.lists[slot] {
                        self.done.summary.spikes[g][n as usize] += 1;
                    }
                }
                let spikes = if circuit.groups[g].cell.is_some() { &self.lists[slot] } else { run.given(g, t, span.b) };
                for link in circuit.connectivity.projections.iter().filter(|l| l.pre == g) {
                    let weights = &run.weights[link.weights..];
                    let rows = self.window.len() / inputs.max(1);
                    arrivals(link, spikes, k as isize, rows, |_, synapses, targets, row| {
                        give(&mut self.window[row * inputs + link.column..], &weights[synapses], targets);
                    });
                }
            }
            if !all_finite(&self.after) {
                return Err(trial.not_finite("state", t + 1, &self.after).unwrap_or_else(|| loss(span.b, t, None)));
            }
            std::mem::swap(&mut self.before, &mut self.after);
            for (m, p) in self.plan.groups.iter().zip(&circuit.layouts) {
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
}

fn loss(b: usize, t: usize, output: Option<usize>) -> NotFinite {
    let what = if output.is_some() { "derivative by readout" } else { "sum" };
    let (what, index) = (what.into(), output.unwrap_or(0));
    NotFinite { part: "loss".into(), what, index, element: Some(b), steps: Some(t + 1) }
}
