//! This module runs a circuit forward, block by block, and accumulates the gradients of an online rule.

use super::{
    super::{
        circuit::Circuit,
        delivery::input_rows::InputRows,
        trial::{Failure, NotFinite, RunInputs, Trial, element::all_finite},
    },
    Learned, Learning, LossFunction, OnlineSummary,
    neuron_pass::row_mut,
    plan::Plan,
    trace_update::Block,
    worker_state::Worker,
};
use crate::Precision;
use crate::step::linearised::LinearisedStep;
use rayon::prelude::*;

/// The number of parts that the batch is divided into; it is fixed, so that results do not depend on the number of
/// threads.
const PARTS: usize = 8;

/// Runs `circuit` and accumulates the gradients of the losses according to a rule. Recorders and feedback weights of
/// the run are ignored.
///
/// Fails, with both sizes, where arrays do not fit the circuit; where there is no readout, or spikes reach it with a
/// delay; and with the first step, group and state variable, or loss, that is not finite.
pub fn online<F: Precision>(
    circuit: &Circuit,
    run: &RunInputs<F>,
    learning: &Learning,
    loss: &(dyn LossFunction<F> + Sync),
    out: Learned<F>,
) -> Result<OnlineSummary, Failure> {
    let plan = Plan::new(circuit, run, learning, &out)?;
    let part = run.batch.div_ceil(PARTS).max(1);
    let parts: Vec<_> = (0..run.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let mut worker = Worker::new(&plan, loss);
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
    let mut summary = OnlineSummary { loss: 0.0, spikes, trace_bytes: 0, bytes: 0 };
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

impl<'a, F: Precision> Worker<'a, F> {
    /// Runs an element of the batch.
    fn element(&mut self, b: usize) -> Result<(), NotFinite> {
        let Plan { circuit, run, .. } = *self.plan;
        let length = self.marked.len();
        self.before = self.trial(b).start();
        self.window.fill(F::default());
        self.traces.fill(F::default());
        self.live.fill(false);
        self.lists.iter_mut().for_each(Vec::clear);
        self.memory.iter_mut().for_each(|m| m.fill(F::default()));
        self.passes.iter_mut().flatten().for_each(|p| p.traces.fill(F::default()));
        for from in (0..run.steps).step_by(length) {
            let count = length.min(run.steps - from);
            if from > 0 {
                self.window.copy_within(length * circuit.rows.inputs.., 0);
                self.window[circuit.longest_delay() * circuit.rows.inputs..].fill(F::default());
                self.lists.rotate_left(length * circuit.populations.len());
            }
            let block = Block { b, from, count, last: from + count == run.steps };
            self.steps(block)?;
            self.update(block);
        }
        Ok(())
    }

    fn trial(&self, b: usize) -> Trial<'a, F> {
        Trial {
            circuit: self.plan.circuit,
            run: self.plan.run,
            precomputed: &self.plan.precomputed,
            weights: &self.plan.weights,
            b,
        }
    }

    /// Steps all groups through a block, and computes the derivatives of the steps and the losses.
    fn steps(&mut self, block: Block) -> Result<(), NotFinite> {
        let Plan { circuit, run, outputs, .. } = *self.plan;
        let (groups, inputs) = (circuit.populations.len(), circuit.rows.inputs);
        let trial = self.trial(block.b);
        for k in 0..block.count {
            let t = block.from + k;
            trial.drive(t, row_mut(&mut self.window, k, inputs));
            for g in 0..groups {
                let slot = (circuit.longest_delay() + k) * groups + g;
                if let (Some(cell), Some(pass)) = (circuit.populations[g].cell(), &mut self.passes[g]) {
                    let p = &circuit.layouts[g];
                    let states = p.states..p.states + p.fields.states * p.stride;
                    let spikes = &mut self.lists[slot];
                    spikes.clear();
                    let mut work = LinearisedStep {
                        neurons: p.neurons,
                        stride: p.stride,
                        before: &self.before[states.clone()],
                        input: &self.window[k * inputs + p.inputs..][..p.fields.inputs * p.stride],
                        invariants: &self.plan.groups[g].invariants,
                        after: &mut self.after[states],
                        spikes,
                        derivatives: row_mut(&mut pass.derivatives, k, pass.derivative_rows * p.stride),
                    };
                    (F::compiled(cell).passes().linearised)(&mut work, run.level);
                    for &n in &self.lists[slot] {
                        self.done.summary.spikes[g][n as usize] += 1;
                    }
                }
                let spikes =
                    if circuit.populations[g].cell().is_some() { &self.lists[slot] } else { run.given(g, t, block.b) };
                let inputs = InputRows { values: &mut self.window, row_length: inputs, ring: false };
                trial.delivery().deliver_step(g, spikes, k, inputs);
            }
            if !all_finite(&self.after) {
                return Err(trial
                    .not_finite("state", t + 1, &self.after)
                    .unwrap_or_else(|| bad_loss(block.b, t, None)));
            }
            std::mem::swap(&mut self.before, &mut self.after);
            for (m, p) in self.plan.groups.iter().zip(&circuit.layouts) {
                if let Some(output) = m.output {
                    self.readout[output..output + p.neurons].copy_from_slice(&self.before[p.states..][..p.neurons]);
                }
            }
            let gradient = row_mut(&mut self.cotangents, k, outputs);
            gradient.fill(F::default());
            let value = self.loss.loss(block.b, t, &self.readout, gradient);
            let wrong = gradient.iter().position(|x| !x.to().is_finite());
            if wrong.is_some() || !value.is_finite() {
                return Err(bad_loss(block.b, t, wrong));
            }
            self.done.summary.loss += value;
            self.marked[k] = gradient.iter().any(|&x| x != F::default());
        }
        Ok(())
    }
}

/// Makes the error of a loss, or of its derivative w.r.t. a readout, that is not finite in step `t`.
fn bad_loss(b: usize, t: usize, output: Option<usize>) -> NotFinite {
    let what = if output.is_some() { "derivative by readout" } else { "sum" };
    let (what, index) = (what.into(), output.unwrap_or(0));
    NotFinite { part: "loss".into(), what, index, element: Some(b), steps: Some(t + 1) }
}
