//! A run backwards.

use super::{
    super::Invalid,
    Circuit, Episode, Failure, History, NotFinite, Passing, Record, Reduce,
    circuit::Place,
    episode::{Hoisted, Sheet, size},
    forward::{Element, Pass, all_finite},
    gather::{Dense, TEAM, feedback},
    record::recorded,
    sparse::Sparse,
    synapses::{Along, walk},
    tape::Tape,
};
use crate::{
    Spread,
    cpu::{
        recurrent::{Back, LINE},
        taped::Undo,
    },
};
use rayon::prelude::*;
use std::{
    ops::Range,
    sync::{Mutex, MutexGuard},
};

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

/// Of so many in a hundred spikes with a gradient, fewer are few.
const FEW_PERCENT: usize = 50;

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
    let rest = Rest::of(circuit, episode, &dense);
    let taped = taped(circuit, episode, &out);
    let part = episode.batch.div_ceil(PARTS).max(1);
    // Of teams that are done, for the memory that they have.
    let idle = Mutex::new(vec![]);
    let sums: Vec<Result<Sums<F>, NotFinite>> = (0..episode.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let params = vec![F::default(); if taped { 0 } else { circuit.lengths[2] }];
            let mut sums = Sums { weights: vec![F::default(); out.weights.len()], params, support: 0 };
            let before = idle.lock().ok().and_then(|mut idle: MutexGuard<Vec<Team<F>>>| idle.pop());
            let mut team = before.unwrap_or_else(|| Team::new(circuit, &dense, &rest, (history.segment, taped), bars));
            let elements: Vec<usize> = (k * part..((k + 1) * part).min(episode.batch)).collect();
            for elements in elements.chunks(TEAM) {
                let passes = elements.iter().map(|&b| Pass { circuit, episode, hoisted: &hoisted, b });
                team.of(passes.zip(elements.iter().map(|&b| &history.elements[b])).collect());
                team.backward(&mut sums, &start, &drive)?;
            }
            if let Ok(mut idle) = idle.lock() {
                idle.push(team)
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
    out.finite(circuit)?;
    Ok(sums.iter().flatten().map(|s| s.support).sum())
}

/// Whether what steps keep is enough for the way back: not for gradients by parameters, nor where squares of states are
/// recorded.
fn taped<F: Passing>(circuit: &Circuit, episode: &Episode<F>, out: &Gradients<F>) -> bool {
    let squares =
        |(p, r): (&Place, &Vec<Record>)| r.iter().any(|r| r.reduce == Reduce::Squares && r.output != p.fields[0]);
    out.params.is_empty() && !circuit.places.iter().zip(episode.record).any(squares)
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

/// What the way back along projections that are not dense needs, by group.
struct Rest {
    /// The projections.
    links: Vec<Vec<usize>>,
    /// Whether spikes are recorded.
    recorded: Vec<bool>,
}

impl Rest {
    fn of<F: Passing>(circuit: &Circuit, episode: &Episode<F>, dense: &[Dense<F>]) -> Self {
        // Sources have no gradients.
        let back = |g: usize, l: usize| circuit.groups[g].cell.is_some() && feedback(circuit, episode, l).is_some();
        let rest = |g: usize| {
            let all = circuit.from[g].iter().copied();
            all.filter(|&l| back(g, l) && !dense.iter().any(|d| d.has(l))).collect()
        };
        let recorded = circuit.places.iter().zip(episode.record);
        Rest {
            links: (0..circuit.groups.len()).map(rest).collect(),
            recorded: recorded.map(|(p, r)| r.iter().any(|r| r.output == p.fields[0])).collect(),
        }
    }
}

/// At most [`TEAM`] elements that go back together, through the same weights; what is theirs lies one after the other.
struct Team<'a, F> {
    dense: &'a [Dense<F>],
    rest: &'a Rest,
    elements: Vec<(Pass<'a, F>, &'a Element<F>)>,
    segment: usize,
    bars: &'a [F],
    tape: Tape<F>,
    /// Gradients by the states.
    states: Vec<F>,
    /// Gradients by the inputs of a segment's steps, and of those that its spikes reach beyond.
    inputs: Vec<F>,
    /// Gradients by the spikes of one group.
    spike: Vec<F>,
    /// What [`Dense::gather_few`] needs.
    packed: Vec<F>,
    /// Numbers of the three of one element.
    lengths: [usize; 3],
    /// Gradients by the inputs, of all elements side by side; none where all projections are dense.
    mixed: Vec<[F; TEAM]>,
}

impl<'a, F: Passing> Team<'a, F> {
    fn new(
        circuit: &Circuit,
        dense: &'a [Dense<F>],
        rest: &'a Rest,
        (segment, taped): (usize, bool),
        bars: &'a [F],
    ) -> Self {
        let [states, inputs, _] = circuit.lengths;
        // Blocks of presynaptic neurons may end beyond a row.
        let spike = circuit.places.iter().map(|p| p.stride).max().unwrap_or(0) + LINE;
        let lengths = [states, (segment + circuit.longest) * inputs, spike];
        let tape = if taped { Tape::keeping } else { Tape::new }(circuit, segment, TEAM);
        let [states, inputs, spike] = lengths.map(|n| vec![F::default(); TEAM * n]);
        let sparse = rest.links.iter().any(|l| !l.is_empty());
        let mixed = vec![[F::default(); TEAM]; if sparse { lengths[1] } else { 0 }];
        let packed = vec![F::default(); TEAM * dense.iter().map(|d| d.length).max().unwrap_or(0)];
        let elements = vec![];
        Team { dense, rest, elements, segment, bars, tape, states, inputs, spike, packed, lengths, mixed }
    }

    /// Begins with others, after the last step.
    fn of(&mut self, elements: Vec<(Pass<'a, F>, &'a Element<F>)>) {
        self.elements = elements;
        self.states.fill(F::default());
        self.inputs.fill(F::default());
        self.mixed.fill([F::default(); TEAM]);
    }

    fn backward(&mut self, sums: &mut Sums<F>, start: &Sheet<F>, drive: &Sheet<F>) -> Result<(), NotFinite> {
        let Pass { circuit, episode, .. } = self.elements[0].0;
        let ([states, inputs, _], segment) = (circuit.lengths, self.segment);
        let cells: usize = circuit.groups.iter().filter(|g| g.cell.is_some()).map(|g| g.neurons).sum();
        let beyond = circuit.longest * inputs;
        let mut end = [vec![], vec![]];
        for s in (0..episode.steps.div_ceil(segment)).rev() {
            let from = s * segment;
            let count = segment.min(episode.steps - from);
            let mut support = 0;
            for (e, (pass, element)) in self.elements.iter().enumerate() {
                support += pass.fill(self.tape.part(e), from, count, element, &element.starts[s * states..]);
            }
            end.iter_mut().for_each(Vec::clear);
            end[0].extend_from_slice(&self.states);
            for inputs in self.inputs.chunks_exact_mut(self.lengths[1].max(1)) {
                let behind = inputs.len() - beyond;
                inputs.copy_within(..beyond, behind);
                end[1].extend_from_slice(&inputs[behind..]);
            }
            (0..circuit.longest).for_each(|k| self.mix(0..inputs, segment + k));
            sums.support += support;
            let few = support * 100 < self.elements.len() * count * cells * FEW_PERCENT;
            for k in (0..count).rev() {
                self.back(from + k, k, few, sums);
            }
            if !all_finite(&self.states) {
                // Once more, looking at each step.
                self.states.copy_from_slice(&end[0]);
                for (e, end) in end[1].chunks_exact(beyond.max(1)).enumerate() {
                    self.inputs[(e + 1) * self.lengths[1] - beyond..][..beyond].copy_from_slice(end);
                }
                (0..circuit.longest).for_each(|k| self.mix(0..inputs, segment + k));
                for k in (0..count).rev() {
                    self.back(from + k, k, few, sums);
                    for ((pass, _), row) in self.elements.iter().zip(self.states.chunks(states.max(1))) {
                        pass.not_finite("gradient by state", from + k, row).map_or(Ok(()), Err)?;
                    }
                }
            }
            let tape = self.inputs.chunks(self.lengths[1].max(1)).zip(&self.tape.rows);
            for ((pass, _), (by, (rows, own))) in self.elements.iter().zip(tape) {
                if !sums.weights.is_empty() {
                    walk(circuit, &rows[*own..], Along::Credit(by, &mut sums.weights), false, episode.level);
                }
                if !drive.is_empty() {
                    (0..count).for_each(|k| pass.drive_gradient(from + k, &by[k * inputs..][..inputs], drive));
                }
            }
        }
        for ((pass, _), row) in self.elements.iter().zip(self.states.chunks(states.max(1))) {
            pass.start_gradient(row, start);
        }
        Ok(())
    }

    /// Takes the gradients back through step `t`, row `k` of the tape.
    fn back(&mut self, t: usize, k: usize, few: bool, sums: &mut Sums<F>) {
        let Pass { circuit, episode, hoisted, .. } = self.elements[0].0;
        let [states, inputs, _] = circuit.lengths;
        let ([_, window, width], [tape_states, tape_kept, tape_inputs, tape_slopes]) =
            (self.lengths, self.tape.lengths);
        for (g, record, at) in recorded(circuit, episode, t, 0) {
            let p = &circuit.places[g];
            if record.output == p.fields[0] {
                continue;
            }
            let column = p.states + record.output * p.stride;
            for (e, (pass, _)) in self.elements.iter().enumerate() {
                let bars = &self.bars[at + pass.b * p.neurons..][..p.neurons];
                let to = &mut self.states[e * states + column..][..p.neurons];
                match record.reduce {
                    Reduce::Squares => {
                        let x = &self.tape.states[e * tape_states + (k + 1) * states + column..];
                        to.iter_mut().zip(x).zip(bars).for_each(|((to, &x), &bar)| *to += F::of(2.0) * x * bar)
                    }
                    _ => to.iter_mut().zip(bars).for_each(|(to, &bar)| *to += bar),
                }
            }
        }
        for (g, group) in circuit.groups.iter().enumerate().rev() {
            let (p, Some(cell)) = (&circuit.places[g], group.cell) else { continue };
            self.spike.chunks_exact_mut(width).for_each(|spike| spike[..p.stride].fill(F::default()));
            if self.rest.recorded[g] {
                let spikes = |r: &Record| r.output == p.fields[0];
                for (_, _, at) in recorded(circuit, episode, t, 0).filter(|(h, r, _)| *h == g && spikes(r)) {
                    for ((pass, _), spike) in self.elements.iter().zip(self.spike.chunks_exact_mut(width)) {
                        let bars = &self.bars[at + pass.b * p.neurons..][..p.neurons];
                        spike.iter_mut().zip(bars).for_each(|(to, &bar)| *to += bar);
                    }
                }
            }
            if !self.rest.links[g].is_empty() {
                let sparse = Sparse {
                    circuit,
                    episode,
                    links: &self.rest.links[g],
                    now: k,
                    mixed: &self.mixed,
                    slopes: &self.tape.slopes[k * circuit.row + p.row..],
                    neurons: p.neurons,
                    elements: self.elements.len(),
                    pitch: [tape_slopes, width],
                };
                sparse.gather(&mut self.spike);
            }
            for dense in self.dense.iter().filter(|d| d.pre == g) {
                let (elements, by, to) = (self.elements.len(), &self.inputs[..], &mut self.spike[..]);
                if few {
                    let slopes = &self.tape.slopes[k * circuit.row + p.row..];
                    let (to, pitch) = ([to, &mut self.packed], [window, width, tape_slopes]);
                    dense.gather_few([k, inputs], elements, [by, slopes], to, pitch, episode.level);
                } else {
                    dense.gather([k, inputs], elements, by, to, [window, width], episode.level);
                }
            }
            if self.tape.taped {
                let mut work = Undo {
                    neurons: p.neurons,
                    stride: p.stride,
                    elements: self.elements.len(),
                    kept: &self.tape.kept[k * circuit.kept.1 + circuit.kept.0[g]..],
                    slopes: &self.tape.slopes[k * circuit.row + p.row..],
                    hoisted: &hoisted.taped[g],
                    states: &mut self.states[p.states..],
                    spike: &self.spike,
                    by_input: &mut self.inputs[k * inputs + p.inputs..],
                    pitch: [tape_kept, tape_slopes, states, width, window],
                };
                (F::passes(cell).undo)(&mut work, episode.level);
                self.mix(p.inputs..p.inputs + p.fields[1] * p.stride, k);
                continue;
            }
            let mut work = Back {
                neurons: p.neurons,
                stride: p.stride,
                elements: self.elements.len(),
                before: &self.tape.states[k * states + p.states..],
                input: &self.tape.inputs[k * inputs + p.inputs..],
                hoisted: &hoisted.adjoint[g],
                states: &mut self.states[p.states..],
                spike: &self.spike,
                by_input: &mut self.inputs[k * inputs + p.inputs..],
                params: &mut sums.params[p.params..p.params + p.fields[2] * p.stride],
                pitch: [tape_states, tape_inputs, states, width, window],
            };
            (F::passes(cell).back)(&mut work, episode.level);
            self.mix(p.inputs..p.inputs + p.fields[1] * p.stride, k);
        }
    }

    /// Places some gradients by the inputs of row `k` side by side, for the way back along sparse projections.
    fn mix(&mut self, columns: Range<usize>, k: usize) {
        if self.mixed.is_empty() {
            return;
        }
        let (circuit, window) = (self.elements[0].0.circuit, self.lengths[1]);
        let at = k * circuit.lengths[1] + columns.start..k * circuit.lengths[1] + columns.end;
        for (e, by) in self.inputs.chunks_exact(window).enumerate() {
            let to = self.mixed[at.clone()].iter_mut();
            to.zip(&by[at.clone()]).for_each(|(to, &by)| to[e] = by);
        }
    }
}

impl<F: Passing> Pass<'_, F> {
    fn drive_gradient(&self, t: usize, by: &[F], drive: &Sheet<F>) {
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
