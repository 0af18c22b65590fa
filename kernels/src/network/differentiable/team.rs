//! Some batch elements of a run backwards.

use super::{
    Circuit, Episode, NotFinite, Record, Reduce,
    credit::{Sorted, credit},
    episode::Sheet,
    forward::{Element, Pass, all_finite},
    gather::{Dense, TEAM, feedback},
    record::recorded,
    sparse::Sparse,
    tape::Tape,
};
use crate::{
    Precision,
    cpu::{
        recurrent::{Back, LINE},
        taped::Undo,
    },
    lined::Lined,
};
use std::ops::Range;

/// Of so many in a hundred spikes with a gradient, fewer are few.
const FEW_PERCENT: usize = 50;

/// What is summed over batch elements.
pub(super) struct Sums<F> {
    /// Laid out.
    pub(super) weights: Lined<F>,
    /// `[parameter, stride]` of each group.
    pub(super) params: Vec<F>,
    /// Neurons in support.
    pub(super) support: usize,
}

/// What the way back along projections that are not dense needs, by group.
pub(super) struct Rest {
    /// The projections.
    links: Vec<Vec<usize>>,
    /// Whether spikes are recorded.
    recorded: Vec<bool>,
}

impl Rest {
    pub(super) fn of<F: Precision>(circuit: &Circuit, episode: &Episode<F>, dense: &[Dense<F>]) -> Self {
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
pub(super) struct Team<'a, F> {
    dense: &'a [Dense<F>],
    rest: &'a Rest,
    elements: Vec<(Pass<'a, F>, &'a Element<F>)>,
    segment: usize,
    bars: &'a [F],
    tape: Tape<F>,
    /// Gradients by the states.
    states: Lined<F>,
    /// Gradients by the inputs of a segment's steps, and of those that its spikes reach beyond.
    inputs: Lined<F>,
    /// Gradients by the spikes of one group.
    spike: Lined<F>,
    /// What [`Dense::gather_few`] needs.
    packed: Lined<F>,
    sorted: Sorted,
    /// Numbers of the three of one element.
    lengths: [usize; 3],
    /// Gradients by the inputs, of all elements side by side; none where all projections are dense.
    mixed: Vec<[F; TEAM]>,
}

impl<'a, F: Precision> Team<'a, F> {
    pub(super) fn new(
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
        let [states, inputs, spike] = lengths.map(|n| Lined::new(TEAM * n));
        let sparse = rest.links.iter().any(|l| !l.is_empty());
        let mixed = vec![[F::default(); TEAM]; if sparse { lengths[1] } else { 0 }];
        let packed = Lined::new(TEAM * dense.iter().map(|d| d.length).max().unwrap_or(0));
        let (elements, sorted) = (vec![], Sorted::default());
        Team { dense, rest, elements, segment, bars, tape, states, inputs, spike, packed, sorted, lengths, mixed }
    }

    /// Begins with others, after the last step.
    pub(super) fn of(&mut self, elements: Vec<(Pass<'a, F>, &'a Element<F>)>) {
        self.elements = elements;
        self.states.fill(F::default());
        self.inputs.fill(F::default());
        self.mixed.fill([F::default(); TEAM]);
    }

    pub(super) fn backward(&mut self, sums: &mut Sums<F>, start: &Sheet<F>, drive: &Sheet<F>) -> Result<(), NotFinite> {
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
            let (window, steps) = (self.lengths[1], from..from + count);
            if !sums.weights.is_empty() {
                credit(&mut self.sorted, &self.elements, steps, (&self.inputs, window), &mut sums.weights);
            }
            if !drive.is_empty() {
                for ((pass, _), by) in self.elements.iter().zip(self.inputs.chunks(window.max(1))) {
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
            } else {
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
            }
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
