//! A run backwards.

use super::{
    super::Invalid,
    Circuit, Episode, Failure, Feedback, History, NotFinite, Passing, Reduce,
    circuit::Place,
    episode::{Hoisted, Sheet, size},
    forward::{Element, Pass, all_finite},
    record::recorded,
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
/// Fails, naming both sizes, where numbers do not fit the circuit; and, going back, with the first step, group and state
/// variable whose gradient is not finite.
pub fn backward<F: Passing>(
    circuit: &Circuit,
    episode: &Episode<F>,
    history: &History<F>,
    bars: &[F],
    out: Gradients<F>,
) -> Result<(), Failure> {
    episode.check(circuit)?;
    size("network", "gradients by recorded numbers", bars.len(), episode.rows(circuit))?;
    out.check(circuit, episode)?;
    size("network", "histories of batch elements", history.elements.len(), episode.batch)?;

    let hoisted = Hoisted::of(circuit, episode);
    let (start, drive) = (Sheet::new(out.start), Sheet::new(out.drive));
    let part = episode.batch.div_ceil(PARTS).max(1);
    let sums: Vec<Result<Sums<F>, NotFinite>> = (0..episode.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let params = vec![F::default(); circuit.lengths[2]];
            let mut sums = Sums { weights: vec![F::default(); out.weights.len()], params };
            for b in k * part..((k + 1) * part).min(episode.batch) {
                let pass = Pass { circuit, episode, hoisted: &hoisted, b };
                pass.backward(history.segment, &history.elements[b], bars, &mut sums, &start, &drive)?;
            }
            Ok(sums)
        })
        .collect();
    if let Some(first) = sums.iter().filter_map(|s| s.as_ref().err()).max_by_key(|e| e.steps) {
        return Err(Failure::NotFinite(first.clone()));
    }
    out.weights.fill(F::default());
    out.params.fill(F::default());
    for s in sums.iter().flatten() {
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
    summed(circuit, &out)
}

/// Fails with what is not finite of the gradients that are summed.
fn summed<F: Passing>(circuit: &Circuit, out: &Gradients<F>) -> Result<(), Failure> {
    let first = |x: &[F]| x.iter().position(|x| !x.to().is_finite());
    let fail = |part: &str, what, index| {
        Err(Failure::NotFinite(NotFinite { part: part.into(), what, index, element: None, steps: None }))
    };
    for l in circuit.links.iter().take(if out.weights.is_empty() { 0 } else { circuit.links.len() }) {
        if let Some(k) = first(&out.weights[l.weights..][..l.synapses]) {
            return fail(&l.name, "gradient by weight".into(), k);
        }
    }
    let mut at = 0;
    for (g, p) in
        circuit.groups.iter().zip(&circuit.places).take(if out.params.is_empty() { 0 } else { circuit.places.len() })
    {
        let count = p.fields[2] * p.neurons;
        if let (Some(k), Some(cell)) = (first(&out.params[at..at + count]), g.cell) {
            return fail(
                &g.name,
                format!("gradient by parameter {}", cell.cell.param[k / p.neurons].name),
                k % p.neurons,
            );
        }
        at += count;
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

/// What one element's way back keeps of a segment.
pub(super) struct Tape<F> {
    /// `[step + 1, state]`
    pub(super) states: Vec<F>,
    /// `[step, input]`
    inputs: Vec<F>,
    /// Neurons whose spike has a gradient, `[step, group]`.
    support: Vec<Vec<u32>>,
}

impl<F: Passing> Tape<F> {
    pub(super) fn new(circuit: &Circuit, segment: usize) -> Self {
        let ([states, inputs, _], zero) = (circuit.lengths, F::default());
        Tape {
            states: vec![zero; (segment + 1) * states],
            inputs: vec![zero; segment * inputs],
            support: vec![vec![]; segment * circuit.groups.len()],
        }
    }
}

/// Gradients on their way back.
struct Front<F> {
    /// By the states.
    states: Vec<F>,
    /// By the inputs of a segment's steps, and of those that its spikes reach beyond.
    inputs: Vec<F>,
    /// By the spikes of one group, where it matters; else zero.
    spike: Vec<F>,
}

/// Where gradients of one element go.
struct Sinks<'a, F> {
    sums: &'a mut Sums<F>,
    drive: &'a Sheet<F>,
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
    ) -> Result<(), NotFinite> {
        let Pass { circuit, episode, .. } = *self;
        let ([states, inputs, _], zero) = (circuit.lengths, F::default());
        let mut tape = Tape::new(circuit, segment);
        let mut front = Front {
            states: vec![zero; states],
            inputs: vec![zero; (segment + circuit.longest) * inputs],
            spike: vec![zero; circuit.places.iter().map(|p| p.stride).max().unwrap_or(0)],
        };
        let mut to = Sinks { sums, drive };
        let mut before = (vec![zero; states], vec![zero; circuit.longest * inputs]);
        for s in (0..episode.steps.div_ceil(segment)).rev() {
            let from = s * segment;
            let count = segment.min(episode.steps - from);
            self.fill(&mut tape, from, count, element, &element.starts[s * states..]);
            front.inputs.copy_within(..circuit.longest * inputs, segment * inputs);
            before.0.copy_from_slice(&front.states);
            before.1.copy_from_slice(&front.inputs[segment * inputs..]);
            for k in (0..count).rev() {
                self.back(from + k, k, element, &tape, bars, &mut front, &mut to);
            }
            if !all_finite(&front.states) {
                // Once more, looking at each step.
                front.states.copy_from_slice(&before.0);
                front.inputs[segment * inputs..].copy_from_slice(&before.1);
                for k in (0..count).rev() {
                    self.back(from + k, k, element, &tape, bars, &mut front, &mut to);
                    self.not_finite("gradient by state", from + k, &front.states).map_or(Ok(()), Err)?;
                }
            }
        }
        self.start_gradient(&front.states, start);
        Ok(())
    }

    /// Takes the gradients back through step `t`, row `k` of the tape.
    #[allow(clippy::too_many_arguments)]
    fn back(
        &self,
        t: usize,
        k: usize,
        element: &Element<F>,
        tape: &Tape<F>,
        bars: &[F],
        front: &mut Front<F>,
        to: &mut Sinks<F>,
    ) {
        let Pass { circuit, episode, .. } = *self;
        let ([states, inputs, _], groups) = (circuit.lengths, circuit.groups.len());
        self.seed(t, bars, &tape.states[(k + 1) * states..], &mut front.states);
        for g in (0..groups).rev() {
            let p = &circuit.places[g];
            let Some(cell) = circuit.groups[g].cell else { continue };
            let support = &tape.support[k * groups + g];
            self.spike_gradient(t, k, g, support, bars, front);
            let own = p.states..p.states + p.fields[0] * p.stride;
            let input = p.inputs..p.inputs + p.fields[1] * p.stride;
            let mut work = Back {
                neurons: p.neurons,
                stride: p.stride,
                before: &tape.states[k * states..][own.clone()],
                input: &tape.inputs[k * inputs..][input.clone()],
                hoisted: &self.hoisted.adjoint[g],
                states: &mut front.states[own],
                spike: &front.spike,
                by_input: &mut front.inputs[k * inputs..][input],
                params: &mut to.sums.params[p.params..p.params + p.fields[2] * p.stride],
            };
            (F::passes(cell).back)(&mut work, episode.level);
            support.iter().for_each(|&n| front.spike[n as usize] = F::default());
        }
        self.drive_gradient(t, &front.inputs[k * inputs..(k + 1) * inputs], to.drive);
        if !to.sums.weights.is_empty() {
            for link in &circuit.links {
                let weights = link.weights..link.weights + link.synapses;
                let neurons = self.fired(element, t, link.pre);
                let rows =
                    Rows { link, weights: &episode.weights[weights.clone()], neurons, now: k as isize, length: inputs };
                rows.walk(Along::Credit(&front.inputs, &mut to.sums.weights[weights]), episode.level);
            }
        }
    }

    /// Computes the states and inputs of a segment again.
    pub(super) fn fill(&self, tape: &mut Tape<F>, from: usize, count: usize, element: &Element<F>, start: &[F]) {
        let ([states, inputs, _], groups) = (self.circuit.lengths, self.circuit.groups.len());
        tape.inputs.fill(F::default());
        for t in from.saturating_sub(self.circuit.longest)..from {
            for g in 0..groups {
                self.deliver(t, t as isize - from as isize, g, element, &mut tape.inputs);
            }
        }
        tape.states[..states].copy_from_slice(&start[..states]);
        let mut again = vec![];
        for k in 0..count {
            self.drive(from + k, &mut tape.inputs[k * inputs..(k + 1) * inputs]);
            let (before, after) = tape.states[k * states..(k + 2) * states].split_at_mut(states);
            for g in 0..groups {
                let support = &mut tape.support[k * groups + g];
                support.clear();
                again.clear();
                self.step(g, before, &tape.inputs[k * inputs..(k + 1) * inputs], after, &mut again, Some(support));
                self.deliver(from + k, k as isize, g, element, &mut tape.inputs);
            }
        }
    }

    /// Adds the gradients by the recorded states `x` after step `t`.
    fn seed(&self, t: usize, bars: &[F], x: &[F], bar: &mut [F]) {
        for (g, record, at) in recorded(self.circuit, self.episode, t, self.b) {
            let p = &self.circuit.places[g];
            if record.output < p.fields[0] {
                let row = p.states + record.output * p.stride..p.states + record.output * p.stride + p.neurons;
                let (to, x, bars) = (&mut bar[row.clone()], &x[row], &bars[at..at + p.neurons]);
                match record.reduce {
                    Reduce::Squares => {
                        let two = F::of(2.0);
                        to.iter_mut().zip(x).zip(bars).for_each(|((to, &x), &bar)| *to += two * x * bar)
                    }
                    _ => to.iter_mut().zip(bars).for_each(|(to, &bar)| *to += bar),
                }
            }
        }
    }

    /// Gradient by the spikes of group `g`, of the neurons where it matters.
    fn spike_gradient(&self, t: usize, k: usize, g: usize, support: &[u32], bars: &[F], front: &mut Front<F>) {
        let Front { spike, inputs, .. } = front;
        for (h, record, at) in recorded(self.circuit, self.episode, t, self.b) {
            if h == g && record.output == self.circuit.places[g].fields[0] {
                support.iter().for_each(|&n| spike[n as usize] += bars[at + n as usize]);
            }
        }
        for (l, link) in self.circuit.links.iter().enumerate().filter(|(_, l)| l.pre == g) {
            let weights = match self.episode.feedback.get(l) {
                None | Some(Feedback::Weights) => &self.episode.weights[link.weights..][..link.synapses],
                Some(Feedback::Cut) => continue,
                Some(Feedback::Fixed(numbers)) => numbers,
            };
            let rows = Rows { link, weights, neurons: support, now: k as isize, length: self.circuit.lengths[1] };
            rows.walk(Along::Gather(inputs, spike), self.episode.level);
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
