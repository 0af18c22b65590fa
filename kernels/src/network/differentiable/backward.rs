//! A run backwards.

use super::{
    super::Invalid,
    Circuit, Episode, History, Passing,
    circuit::Place,
    episode::{Hoisted, Sheet, size},
    forward::{Element, Pass},
    synapses::{Along, Rows},
};
use crate::{Spread, cpu::recurrent::Back};
use rayon::prelude::*;

/// Where gradients go; empty where one is not wanted.
pub struct Gradients<'a, F> {
    /// As [`Episode::start`].
    pub start: &'a mut [F],
    /// As [`Episode::params`], summed over the batch.
    pub params: &'a mut [F],
    /// As [`Episode::weights`], summed over the batch.
    pub weights: &'a mut [F],
    /// As [`Episode::drive`], except that a drive [shared](Spread::Shared) by the batch gets one for each of it,
    /// `[T, driven input, B]`; sum them.
    pub drive: &'a mut [F],
}

impl<F: Passing> Gradients<'_, F> {
    /// Checks the sizes of what is wanted.
    pub(super) fn check(&self, circuit: &Circuit, episode: &Episode<F>) -> Result<(), Invalid> {
        let optional = |what, got, want| if got == 0 { Ok(()) } else { size("network", what, got, want) };
        optional("gradients by initial states", self.start.len(), episode.start.len())?;
        optional("gradients by parameters", self.params.len(), episode.params.len())?;
        optional("gradients by weights", self.weights.len(), episode.weights.len())?;
        optional("gradients by the drive", self.drive.len(), driven(circuit, episode))
    }
}

/// Parts that sums over the batch are made in; a fixed number keeps results the same for any number of threads.
const PARTS: usize = 8;

/// Gradients by everything, given those `bars` by the recorded rows and the history of the same run.
///
/// Fails, naming both sizes, where numbers do not fit the circuit.
pub fn backward<F: Passing>(
    circuit: &Circuit,
    episode: &Episode<F>,
    history: &History<F>,
    bars: &[F],
    out: Gradients<F>,
) -> Result<(), Invalid> {
    episode.check(circuit)?;
    size("network", "gradients by recorded numbers", bars.len(), episode.rows(circuit))?;
    out.check(circuit, episode)?;
    size("network", "histories of batch elements", history.elements.len(), episode.batch)?;

    let hoisted = Hoisted::of(circuit, episode);
    let (start, drive) = (Sheet::new(out.start), Sheet::new(out.drive));
    let part = episode.batch.div_ceil(PARTS).max(1);
    let sums: Vec<Sums<F>> = (0..episode.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let params = vec![F::default(); circuit.lengths[2]];
            let mut sums = Sums { weights: vec![F::default(); out.weights.len()], params };
            for b in k * part..((k + 1) * part).min(episode.batch) {
                let pass = Pass { circuit, episode, hoisted: &hoisted, b };
                pass.backward(history.segment, &history.elements[b], bars, &mut sums, &start, &drive);
            }
            sums
        })
        .collect();
    out.weights.fill(F::default());
    out.params.fill(F::default());
    for s in &sums {
        out.weights.iter_mut().zip(&s.weights).for_each(|(to, &g)| *to += g);
        let mut at = 0;
        for p in circuit.places.iter().take(if out.params.is_empty() { 0 } else { circuit.places.len() }) {
            for row in 0..p.fields[2] {
                let from = &s.params[p.params + row * p.stride..][..p.neurons];
                out.params[at..at + p.neurons].iter_mut().zip(from).for_each(|(to, &g)| *to += g);
                at += p.neurons;
            }
        }
    }
    Ok(())
}

/// Numbers of the gradient by the drive.
fn driven<F: Passing>(circuit: &Circuit, episode: &Episode<F>) -> usize {
    circuit.places.iter().zip(episode.drives).map(|(p, d)| driven_by(p, episode, d)).sum()
}

fn driven_by<F: Passing>(p: &Place, episode: &Episode<F>, d: &super::Drive) -> usize {
    let spread = if d.spread() == Spread::Neuron { Spread::Neuron } else { Spread::Batch };
    d.count(episode.steps, episode.batch, p.neurons, spread)
}

/// What is summed over batch elements.
struct Sums<F> {
    weights: Vec<F>,
    /// `[parameter, stride]` of each group.
    params: Vec<F>,
}

/// What one element's way back keeps.
struct Tape<F> {
    /// `[step + 1, state]`
    states: Vec<F>,
    /// `[step, input]`
    inputs: Vec<F>,
    /// Neurons whose spike has a gradient, `[step, group]`.
    support: Vec<Vec<u32>>,
}

impl<F: Passing> Pass<'_, F> {
    fn backward(
        &self,
        segment: usize,
        element: &Element<F>,
        bars: &[F],
        sums: &mut Sums<F>,
        start: &Sheet<F>,
        drive: &Sheet<F>,
    ) {
        let Pass { circuit, episode, .. } = *self;
        let ([states, inputs, _], groups) = (circuit.lengths, circuit.groups.len());
        let zero = F::default();
        let mut tape = Tape {
            states: vec![zero; (segment + 1) * states],
            inputs: vec![zero; segment * inputs],
            support: vec![vec![]; segment * groups],
        };
        let mut bar = vec![zero; states];
        // Gradients by the inputs of this segment's steps, and of those that its spikes reach beyond.
        let mut by = vec![zero; (segment + circuit.longest) * inputs];
        let mut spike = vec![zero; circuit.places.iter().map(|p| p.stride).max().unwrap_or(0)];
        for s in (0..episode.steps.div_ceil(segment)).rev() {
            let from = s * segment;
            let count = segment.min(episode.steps - from);
            self.fill(&mut tape, from, count, element, &element.starts[s * states..][..states]);
            by.copy_within(..circuit.longest * inputs, segment * inputs);
            for k in (0..count).rev() {
                let t = from + k;
                self.seed(t, bars, &mut bar);
                for g in 0..groups {
                    let p = &circuit.places[g];
                    let Some(cell) = circuit.groups[g].cell else { continue };
                    let support = &tape.support[k * groups + g];
                    self.spike_gradient(t, k, g, support, bars, &by, &mut spike);
                    let own = p.states..p.states + p.fields[0] * p.stride;
                    let input = p.inputs..p.inputs + p.fields[1] * p.stride;
                    let mut work = Back {
                        neurons: p.neurons,
                        stride: p.stride,
                        before: &tape.states[k * states..][own.clone()],
                        input: &tape.inputs[k * inputs..][input.clone()],
                        hoisted: &self.hoisted.adjoint[g],
                        states: &mut bar[own],
                        spike: &spike,
                        by_input: &mut by[k * inputs..][input],
                        params: &mut sums.params[p.params..p.params + p.fields[2] * p.stride],
                    };
                    (F::passes(cell).back)(&mut work, episode.level);
                    support.iter().for_each(|&n| spike[n as usize] = zero);
                }
                self.drive_gradient(t, &by[k * inputs..(k + 1) * inputs], drive);
                if !sums.weights.is_empty() {
                    for link in &circuit.links {
                        let neurons = self.fired(element, t, link.pre);
                        let rows = Rows { link, weights: episode.weights, neurons, now: k as isize, length: inputs };
                        rows.walk(Along::Credit(&by, &mut sums.weights), episode.level);
                    }
                }
            }
        }
        self.start_gradient(&bar, start);
    }

    /// Computes the states and inputs of a segment again.
    fn fill(&self, tape: &mut Tape<F>, from: usize, count: usize, element: &Element<F>, start: &[F]) {
        let ([states, inputs, _], groups) = (self.circuit.lengths, self.circuit.groups.len());
        tape.inputs.fill(F::default());
        for t in from.saturating_sub(self.circuit.longest)..from + count {
            self.deliver(t, t as isize - from as isize, element, &mut tape.inputs[..count * inputs]);
        }
        tape.states[..states].copy_from_slice(start);
        let mut again = vec![];
        for k in 0..count {
            let row = &mut tape.inputs[k * inputs..(k + 1) * inputs];
            self.drive(from + k, row);
            let (before, after) = tape.states[k * states..(k + 2) * states].split_at_mut(states);
            for g in 0..groups {
                let support = &mut tape.support[k * groups + g];
                support.clear();
                again.clear();
                self.step(g, before, row, after, &mut again, Some(support));
            }
        }
    }

    /// Adds the gradients by the recorded states of step `t`.
    fn seed(&self, t: usize, bars: &[F], bar: &mut [F]) {
        self.recorded(t, |g, output, at| {
            let p = &self.circuit.places[g];
            if output < p.fields[0] {
                let to = &mut bar[p.states + output * p.stride..][..p.neurons];
                to.iter_mut().zip(&bars[at..at + p.neurons]).for_each(|(to, &x)| *to += x);
            }
        });
    }

    /// Gradient by the spikes of group `g`, of the neurons where it matters.
    #[allow(clippy::too_many_arguments)]
    fn spike_gradient(&self, t: usize, k: usize, g: usize, support: &[u32], bars: &[F], by: &[F], spike: &mut [F]) {
        self.recorded(t, |h, output, at| {
            if h == g && output == self.circuit.places[g].fields[0] {
                support.iter().for_each(|&n| spike[n as usize] += bars[at + n as usize]);
            }
        });
        for link in self.circuit.links.iter().filter(|l| l.pre == g) {
            let length = self.circuit.lengths[1];
            let rows = Rows { link, weights: self.episode.weights, neurons: support, now: k as isize, length };
            rows.walk(Along::Gather(by, spike), self.episode.level);
        }
    }

    fn drive_gradient(&self, t: usize, by: &[F], drive: &Sheet<F>) {
        if drive.is_empty() {
            return;
        }
        let (batch, b) = (self.episode.batch, self.b);
        let mut base = 0;
        for (p, d) in self.circuit.places.iter().zip(self.episode.drives) {
            for (k, &i) in d.inputs.iter().enumerate() {
                let from = &by[p.inputs + i * p.stride..][..p.neurons];
                let at = (t * d.inputs.len() + k) * batch + b;
                // SAFETY: the places of this batch element.
                unsafe {
                    match d.spread() {
                        Spread::Neuron => drive.part(base + at * p.neurons, p.neurons).copy_from_slice(from),
                        _ => drive.part(base + at, 1)[0] = F::of(from.iter().map(|x| x.to()).sum()),
                    }
                }
            }
            base += driven_by(p, self.episode, d);
        }
    }

    fn start_gradient(&self, bar: &[F], start: &Sheet<F>) {
        if start.is_empty() {
            return;
        }
        let mut base = 0;
        for p in &self.circuit.places {
            for row in 0..p.fields[0] {
                let at = base + (row * self.episode.batch + self.b) * p.neurons;
                // SAFETY: the places of this batch element.
                let to = unsafe { start.part(at, p.neurons) };
                to.copy_from_slice(&bar[p.states + row * p.stride..][..p.neurons]);
            }
            base += p.fields[0] * self.episode.batch * p.neurons;
        }
    }
}
