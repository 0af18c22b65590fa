//! A run backwards.

use super::{
    super::Invalid,
    Circuit, Episode, Failure, History, NotFinite, Passing, Reduce,
    circuit::Place,
    episode::{Hoisted, Sheet, size},
    forward::{Element, Pass, all_finite},
    gather::{Dense, TEAM, feedback},
    record::recorded,
    synapses::{Along, Rows},
};
use crate::{
    Spread,
    cpu::recurrent::{Back, LINE},
};
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

/// One spike in so many that has a gradient is many.
const FEW: usize = 8;

/// Gradients by everything, and how many spikes of cells and steps had one, given those `bars` by the recorded rows and the history of the same run.
///
/// Fails, naming both sizes, where numbers do not fit the circuit; and, going back, with the first step, group and state
/// variable whose gradient is not finite.
pub fn backward<F: Passing>(
    circuit: &Circuit,
    episode: &Episode<F>,
    history: &History<F>,
    bars: &[F],
    out: Gradients<F>,
) -> Result<usize, Failure> {
    episode.check(circuit)?;
    size("network", "gradients by recorded numbers", bars.len(), episode.rows(circuit))?;
    out.check(circuit, episode)?;
    size("network", "histories of batch elements", history.elements.len(), episode.batch)?;

    let hoisted = Hoisted::of(circuit, episode);
    let (start, drive) = (Sheet::new(out.start), Sheet::new(out.drive));
    let dense = Dense::all(circuit, episode);
    let part = episode.batch.div_ceil(PARTS).max(1);
    let sums: Vec<Result<Sums<F>, NotFinite>> = (0..episode.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let params = vec![F::default(); if out.params.is_empty() { 0 } else { circuit.lengths[2] }];
            let mut sums = Sums { weights: vec![F::default(); out.weights.len()], params, support: 0 };
            let elements: Vec<usize> = (k * part..((k + 1) * part).min(episode.batch)).collect();
            for team in elements.chunks(TEAM) {
                let players = team.iter().map(|&b| {
                    let pass = Pass { circuit, episode, hoisted: &hoisted, b };
                    Player::new(pass, &history.elements[b], history.segment)
                });
                let mut team = Team { dense: &dense, players: players.collect(), segment: history.segment, bars };
                team.backward(&mut sums, &start, &drive)?;
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
    summed(circuit, &out)?;
    Ok(sums.iter().flatten().map(|s| s.support).sum())
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
    /// Neurons in support.
    support: usize,
}

/// What one element's way back keeps of a segment.
pub(super) struct Tape<F> {
    /// `[step + 1, state]`
    pub(super) states: Vec<F>,
    /// `[step, input]`
    inputs: Vec<F>,
    /// Surrogate derivatives of the spikes, `[step, neuron]`.
    slopes: Vec<F>,
    /// How many are not zero.
    support: usize,
}

impl<F: Passing> Tape<F> {
    pub(super) fn new(circuit: &Circuit, segment: usize) -> Self {
        let ([states, inputs, _], zero) = (circuit.lengths, F::default());
        Tape {
            states: vec![zero; (segment + 1) * states],
            inputs: vec![zero; segment * inputs],
            slopes: vec![zero; segment * circuit.row],
            support: 0,
        }
    }
}

/// Gradients on their way back.
struct Front<F> {
    /// By the states.
    states: Vec<F>,
    /// By the inputs of a segment's steps, and of those that its spikes reach beyond.
    inputs: Vec<F>,
    /// By the spikes of one group.
    spike: Vec<F>,
}

/// One element on its way back.
struct Player<'a, F> {
    pass: Pass<'a, F>,
    element: &'a Element<F>,
    tape: Tape<F>,
    front: Front<F>,
    /// Gradients at the end of the segment: by the states, and by the inputs beyond it.
    end: [Vec<F>; 2],
}

impl<'a, F: Passing> Player<'a, F> {
    fn new(pass: Pass<'a, F>, element: &'a Element<F>, segment: usize) -> Self {
        let circuit = pass.circuit;
        let zeros = |count: usize| vec![F::default(); count];
        let ([states, inputs, _], longest) = (circuit.lengths, circuit.longest);
        let front = Front {
            states: zeros(states),
            inputs: zeros((segment + longest) * inputs),
            // Blocks of presynaptic neurons may end beyond a row.
            spike: zeros(circuit.places.iter().map(|p| p.stride).max().unwrap_or(0) + LINE),
        };
        Player {
            pass,
            element,
            tape: Tape::new(circuit, segment),
            front,
            end: [zeros(states), zeros(longest * inputs)],
        }
    }
}

/// Elements that go back together, through the same weights.
struct Team<'a, F> {
    dense: &'a [Dense<F>],
    players: Vec<Player<'a, F>>,
    segment: usize,
    bars: &'a [F],
}

impl<F: Passing> Team<'_, F> {
    fn backward(&mut self, sums: &mut Sums<F>, start: &Sheet<F>, drive: &Sheet<F>) -> Result<(), NotFinite> {
        let Some(Pass { circuit, episode, .. }) = self.players.first().map(|p| p.pass) else { return Ok(()) };
        let ([states, inputs, _], segment) = (circuit.lengths, self.segment);
        let cells: usize = circuit.groups.iter().filter(|g| g.cell.is_some()).map(|g| g.neurons).sum();
        for s in (0..episode.steps.div_ceil(segment)).rev() {
            let from = s * segment;
            let count = segment.min(episode.steps - from);
            let mut support = 0;
            for Player { pass, element, tape, front, end } in &mut self.players {
                pass.fill(tape, from, count, element, &element.starts[s * states..]);
                support += tape.support;
                front.inputs.copy_within(..circuit.longest * inputs, segment * inputs);
                end[0].copy_from_slice(&front.states);
                end[1].copy_from_slice(&front.inputs[segment * inputs..]);
            }
            sums.support += support;
            // Where few spikes have a gradient, their rows alone.
            let few = support * FEW < self.players.len() * count * cells;
            for k in (0..count).rev() {
                self.back(from + k, k, few, sums, drive);
            }
            if self.players.iter().any(|p| !all_finite(&p.front.states)) {
                // Once more, looking at each step.
                for Player { front, end, .. } in &mut self.players {
                    front.states.copy_from_slice(&end[0]);
                    front.inputs[segment * inputs..].copy_from_slice(&end[1]);
                }
                for k in (0..count).rev() {
                    self.back(from + k, k, few, sums, drive);
                    for Player { pass, front, .. } in &self.players {
                        pass.not_finite("gradient by state", from + k, &front.states).map_or(Ok(()), Err)?;
                    }
                }
            }
        }
        self.players.iter().for_each(|p| p.pass.start_gradient(&p.front.states, start));
        Ok(())
    }

    /// Takes the gradients back through step `t`, row `k` of the tape.
    fn back(&mut self, t: usize, k: usize, few: bool, sums: &mut Sums<F>, drive: &Sheet<F>) {
        let Pass { circuit, episode, hoisted, .. } = self.players[0].pass;
        let [states, inputs, _] = circuit.lengths;
        let (bars, dense) = (self.bars, if few { &[] } else { self.dense });
        self.players
            .iter_mut()
            .for_each(|p| p.pass.seed(t, bars, &p.tape.states[(k + 1) * states..], &mut p.front.states));
        for (g, group) in circuit.groups.iter().enumerate().rev() {
            let (p, Some(cell)) = (&circuit.places[g], group.cell) else { continue };
            self.players.iter_mut().for_each(|p| p.spike_gradient(t, k, g, bars, dense));
            dense.iter().filter(|d| d.pre == g).for_each(|d| Self::gather(&mut self.players, d, k));
            let own = p.states..p.states + p.fields[0] * p.stride;
            let input = p.inputs..p.inputs + p.fields[1] * p.stride;
            let params = if sums.params.is_empty() { 0..0 } else { p.params..p.params + p.fields[2] * p.stride };
            for Player { tape, front, .. } in &mut self.players {
                let mut work = Back {
                    neurons: p.neurons,
                    stride: p.stride,
                    before: &tape.states[k * states..][own.clone()],
                    input: &tape.inputs[k * inputs..][input.clone()],
                    hoisted: &hoisted.adjoint[g],
                    states: &mut front.states[own.clone()],
                    spike: &front.spike,
                    by_input: &mut front.inputs[k * inputs..][input.clone()],
                    params: &mut sums.params[params.clone()],
                };
                (F::passes(cell).back)(&mut work, episode.level);
            }
        }
        for Player { pass, element, front, .. } in &self.players {
            pass.drive_gradient(t, &front.inputs[k * inputs..(k + 1) * inputs], drive);
            for link in &circuit.links[..if sums.weights.is_empty() { 0 } else { circuit.links.len() }] {
                let own = link.weights..link.weights + link.synapses;
                let (neurons, weights) = (pass.fired(element, t, link.pre), &episode.weights[own.clone()]);
                let rows = Rows { link, weights, neurons, now: k as isize, length: inputs };
                rows.walk(Along::Credit(&front.inputs, &mut sums.weights[own]), episode.level);
            }
        }
    }

    /// Adds what comes back along dense projections to step `k`'s spikes.
    fn gather(players: &mut [Player<F>], dense: &Dense<F>, k: usize) {
        let Some(Pass { circuit, episode, .. }) = players.first().map(|p| p.pass) else { return };
        let (length, level) = (circuit.lengths[1], episode.level);
        match players {
            [a, b, c, d] => {
                let [a, b, c, d] = [a, b, c, d].map(|p| (&p.front.inputs[..], &mut p.front.spike[..]));
                dense.gather(k, length, [a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1], level)
            }
            _ => players
                .iter_mut()
                .for_each(|p| dense.gather(k, length, [&p.front.inputs[..]], [&mut p.front.spike[..]], level)),
        }
    }
}

impl<F: Passing> Player<'_, F> {
    /// Gradient by the spikes of group `g`, but for what comes along `dense` projections.
    fn spike_gradient(&mut self, t: usize, k: usize, g: usize, bars: &[F], dense: &[Dense<F>]) {
        let Player { pass: Pass { circuit, episode, b, .. }, tape, front: Front { spike, inputs, .. }, .. } = self;
        let p = &circuit.places[g];
        spike[..p.stride].fill(F::default());
        for (h, record, at) in recorded(circuit, episode, t, *b) {
            if h == g && record.output == p.fields[0] {
                spike.iter_mut().zip(&bars[at..at + p.neurons]).for_each(|(to, &bar)| *to += bar);
            }
        }
        let mut support = vec![];
        for (l, link) in circuit.links.iter().enumerate().filter(|(_, l)| l.pre == g) {
            let Some(weights) = feedback(circuit, episode, l).filter(|_| !dense.iter().any(|d| d.has(l))) else {
                continue;
            };
            if support.is_empty() {
                let slopes = &tape.slopes[k * circuit.row + p.row..][..p.neurons];
                support.extend((0..p.neurons as u32).filter(|&n| slopes[n as usize] != F::default()));
            }
            let rows = Rows { link, weights, neurons: &support, now: k as isize, length: circuit.lengths[1] };
            rows.walk(Along::Gather(inputs, spike), episode.level);
        }
    }
}

impl<F: Passing> Pass<'_, F> {
    /// Computes the states and inputs of a segment again.
    pub(super) fn fill(&self, tape: &mut Tape<F>, from: usize, count: usize, element: &Element<F>, start: &[F]) {
        let ([states, inputs, _], groups) = (self.circuit.lengths, self.circuit.groups.len());
        tape.inputs.fill(F::default());
        tape.support = 0;
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
                let place = &self.circuit.places[g];
                let slopes = &mut tape.slopes[k * self.circuit.row + place.row..][..place.stride];
                again.clear();
                self.step(
                    g,
                    before,
                    &tape.inputs[k * inputs..(k + 1) * inputs],
                    after,
                    &mut again,
                    Some((slopes, &mut tape.support)),
                );
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
