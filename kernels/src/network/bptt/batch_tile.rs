//! Some batch elements of a run backwards.

use super::{
    forward::{Trial, TrialHistory, all_finite},
    residuals::Residuals,
};
use crate::network::{
    circuit::Circuit,
    delivery::{
        csr_transpose::CsrTranspose,
        dense_transpose::{BATCH_TILE, DenseTranspose, feedback},
        weight_gradient::{SpikesByNeuron, add_weight_gradients},
    },
    trial::{NotFinite, Record, Reduce, RunInputs, recorded},
};
use crate::{
    Precision,
    cpu::{
        recurrent::{Back, LINE},
        taped::Undo,
    },
    memory::AlignedVec,
    memory::DisjointMut,
};
use std::ops::Range;

/// Below this percentage of spikes with a surrogate derivative, only the rows of those neurons are read.
const ACTIVE_ROWS_PERCENT: usize = 50;

/// What is summed over batch elements.
pub(crate) struct BatchSums<F> {
    /// Laid out.
    pub(crate) weights: AlignedVec<F>,
    /// `[parameter, stride]` of each group.
    pub(crate) params: Vec<F>,
    /// Neurons in support.
    pub(crate) support: usize,
}

/// What the way back along projections that are not dense needs, by group.
pub(crate) struct CsrProjections {
    /// The projections.
    links: Vec<Vec<usize>>,
    /// Whether spikes are recorded.
    recorded: Vec<bool>,
}

impl CsrProjections {
    pub(crate) fn of<F: Precision>(circuit: &Circuit, run: &RunInputs<F>, dense: &[DenseTranspose<F>]) -> Self {
        // Sources have no gradients.
        let back = |g: usize, l: usize| circuit.groups[g].cell.is_some() && feedback(circuit, run, l).is_some();
        let csr = |g: usize| {
            let all = circuit.from[g].iter().copied();
            all.filter(|&l| back(g, l) && !dense.iter().any(|d| d.has(l))).collect()
        };
        let recorded = circuit.places.iter().zip(run.record);
        CsrProjections {
            links: (0..circuit.groups.len()).map(csr).collect(),
            recorded: recorded.map(|(p, r)| r.iter().any(|r| r.output == p.fields[0])).collect(),
        }
    }
}

/// At most [`BATCH_TILE`] elements that go back together, through the same weights; what is theirs lies one after the other.
pub(crate) struct BatchTile<'a, F> {
    dense: &'a [DenseTranspose<F>],
    csr: &'a CsrProjections,
    elements: Vec<(Trial<'a, F>, &'a TrialHistory<F>)>,
    segment: usize,
    cotangents: &'a [F],
    residuals: Residuals<F>,
    /// Gradients by the states.
    states: AlignedVec<F>,
    /// Gradients by the inputs of a segment's steps, and of those that its spikes reach beyond.
    inputs: AlignedVec<F>,
    /// Gradients by the spikes of one group.
    spike: AlignedVec<F>,
    /// What [`DenseTranspose::multiply_active_rows`] needs.
    packed: AlignedVec<F>,
    spikes: SpikesByNeuron,
    /// Numbers of the three of one element.
    lengths: [usize; 3],
    /// Gradients by the inputs, of all elements side by side; none where all projections are dense.
    interleaved: Vec<[F; BATCH_TILE]>,
}

impl<'a, F: Precision> BatchTile<'a, F> {
    pub(crate) fn new(
        circuit: &Circuit,
        dense: &'a [DenseTranspose<F>],
        csr: &'a CsrProjections,
        (segment, from_saved): (usize, bool),
        cotangents: &'a [F],
    ) -> Self {
        let [states, inputs, _] = circuit.lengths;
        // Blocks of presynaptic neurons may end beyond a row.
        let spike = circuit.places.iter().map(|p| p.stride).max().unwrap_or(0) + LINE;
        let lengths = [states, (segment + circuit.longest) * inputs, spike];
        let residuals =
            if from_saved { Residuals::of_saved } else { Residuals::of_states }(circuit, segment, BATCH_TILE);
        let [states, inputs, spike] = lengths.map(|n| AlignedVec::new(BATCH_TILE * n));
        let sparse = csr.links.iter().any(|l| !l.is_empty());
        let interleaved = vec![[F::default(); BATCH_TILE]; if sparse { lengths[1] } else { 0 }];
        let packed = AlignedVec::new(BATCH_TILE * dense.iter().map(|d| d.row_length).max().unwrap_or(0));
        let (elements, spikes) = (vec![], SpikesByNeuron::default());
        BatchTile {
            dense,
            csr,
            elements,
            segment,
            cotangents,
            residuals,
            states,
            inputs,
            spike,
            packed,
            spikes,
            lengths,
            interleaved,
        }
    }

    /// Begins with others, after the last step.
    pub(crate) fn begin(&mut self, elements: Vec<(Trial<'a, F>, &'a TrialHistory<F>)>) {
        self.elements = elements;
        self.states.fill(F::default());
        self.inputs.fill(F::default());
        self.interleaved.fill([F::default(); BATCH_TILE]);
    }

    pub(crate) fn backward(
        &mut self,
        sums: &mut BatchSums<F>,
        start: &DisjointMut<F>,
        drive: &DisjointMut<F>,
    ) -> Result<(), NotFinite> {
        let Trial { circuit, run, .. } = self.elements[0].0;
        let ([states, inputs, _], segment) = (circuit.lengths, self.segment);
        let cells: usize = circuit.groups.iter().filter(|g| g.cell.is_some()).map(|g| g.neurons).sum();
        let beyond = circuit.longest * inputs;
        let mut end = [vec![], vec![]];
        for s in (0..run.steps.div_ceil(segment)).rev() {
            let from = s * segment;
            let count = segment.min(run.steps - from);
            let mut support = 0;
            for (e, (trial, element)) in self.elements.iter().enumerate() {
                support += trial.recompute(
                    self.residuals.element(e),
                    from,
                    count,
                    element,
                    &element.checkpoints[s * states..],
                );
            }
            end.iter_mut().for_each(Vec::clear);
            end[0].extend_from_slice(&self.states);
            for inputs in self.inputs.chunks_exact_mut(self.lengths[1].max(1)) {
                let behind = inputs.len() - beyond;
                inputs.copy_within(..beyond, behind);
                end[1].extend_from_slice(&inputs[behind..]);
            }
            (0..circuit.longest).for_each(|k| self.interleave(0..inputs, segment + k));
            sums.support += support;
            let active_rows = support * 100 < self.elements.len() * count * cells * ACTIVE_ROWS_PERCENT;
            for k in (0..count).rev() {
                self.step_back(from + k, k, active_rows, sums);
            }
            if !all_finite(&self.states) {
                // Once more, looking at each step.
                self.states.copy_from_slice(&end[0]);
                for (e, end) in end[1].chunks_exact(beyond.max(1)).enumerate() {
                    self.inputs[(e + 1) * self.lengths[1] - beyond..][..beyond].copy_from_slice(end);
                }
                (0..circuit.longest).for_each(|k| self.interleave(0..inputs, segment + k));
                for k in (0..count).rev() {
                    self.step_back(from + k, k, active_rows, sums);
                    for ((trial, _), row) in self.elements.iter().zip(self.states.chunks(states.max(1))) {
                        trial.not_finite("gradient by state", from + k, row).map_or(Ok(()), Err)?;
                    }
                }
            }
            let (window, steps) = (self.lengths[1], from..from + count);
            if !sums.weights.is_empty() {
                add_weight_gradients(
                    &mut self.spikes,
                    &self.elements,
                    steps,
                    (&self.inputs, window),
                    &mut sums.weights,
                );
            }
            if !drive.is_empty() {
                for ((trial, _), by) in self.elements.iter().zip(self.inputs.chunks(window.max(1))) {
                    (0..count).for_each(|k| trial.drive_gradient(from + k, &by[k * inputs..][..inputs], drive));
                }
            }
        }
        for ((trial, _), row) in self.elements.iter().zip(self.states.chunks(states.max(1))) {
            trial.start_gradient(row, start);
        }
        Ok(())
    }

    /// Takes the gradients back through step `t`, row `k` of the tape.
    fn step_back(&mut self, t: usize, k: usize, active_rows: bool, sums: &mut BatchSums<F>) {
        let Trial { circuit, run, precomputed, .. } = self.elements[0].0;
        let [states, inputs, _] = circuit.lengths;
        let ([_, window, width], [tape_states, tape_saved, tape_inputs, tape_slopes]) =
            (self.lengths, self.residuals.lengths);
        for (g, record, at) in recorded(circuit, run, t, 0) {
            let p = &circuit.places[g];
            if record.output == p.fields[0] {
                continue;
            }
            let column = p.states + record.output * p.stride;
            for (e, (trial, _)) in self.elements.iter().enumerate() {
                let cotangents = &self.cotangents[at + trial.b * p.neurons..][..p.neurons];
                let to = &mut self.states[e * states + column..][..p.neurons];
                match record.reduce {
                    Reduce::Squares => {
                        let x = &self.residuals.states[e * tape_states + (k + 1) * states + column..];
                        to.iter_mut()
                            .zip(x)
                            .zip(cotangents)
                            .for_each(|((to, &x), &cotangent)| *to += F::of(2.0) * x * cotangent)
                    }
                    _ => to.iter_mut().zip(cotangents).for_each(|(to, &cotangent)| *to += cotangent),
                }
            }
        }
        for (g, group) in circuit.groups.iter().enumerate().rev() {
            let (p, Some(cell)) = (&circuit.places[g], group.cell) else { continue };
            self.spike.chunks_exact_mut(width).for_each(|spike| spike[..p.stride].fill(F::default()));
            if self.csr.recorded[g] {
                let spikes = |r: &Record| r.output == p.fields[0];
                for (_, _, at) in recorded(circuit, run, t, 0).filter(|(h, r, _)| *h == g && spikes(r)) {
                    for ((trial, _), spike) in self.elements.iter().zip(self.spike.chunks_exact_mut(width)) {
                        let cotangents = &self.cotangents[at + trial.b * p.neurons..][..p.neurons];
                        spike.iter_mut().zip(cotangents).for_each(|(to, &cotangent)| *to += cotangent);
                    }
                }
            }
            if !self.csr.links[g].is_empty() {
                let transpose = CsrTranspose {
                    circuit,
                    run,
                    links: &self.csr.links[g],
                    now: k,
                    interleaved: &self.interleaved,
                    slopes: &self.residuals.slopes[k * circuit.row + p.row..],
                    neurons: p.neurons,
                    elements: self.elements.len(),
                    pitch: [tape_slopes, width],
                };
                transpose.multiply(&mut self.spike);
            }
            for dense in self.dense.iter().filter(|d| d.pre == g) {
                let (elements, by, to) = (self.elements.len(), &self.inputs[..], &mut self.spike[..]);
                if active_rows {
                    let slopes = &self.residuals.slopes[k * circuit.row + p.row..];
                    let (to, pitch) = ([to, &mut self.packed], [window, width, tape_slopes]);
                    dense.multiply_active_rows([k, inputs], elements, [by, slopes], to, pitch, run.level);
                } else {
                    dense.multiply([k, inputs], elements, by, to, [window, width], run.level);
                }
            }
            if self.residuals.from_saved {
                let mut work = Undo {
                    neurons: p.neurons,
                    stride: p.stride,
                    elements: self.elements.len(),
                    kept: &self.residuals.saved[k * circuit.residuals.1 + circuit.residuals.0[g]..],
                    slopes: &self.residuals.slopes[k * circuit.row + p.row..],
                    hoisted: &precomputed.saved[g],
                    states: &mut self.states[p.states..],
                    spike: &self.spike,
                    by_input: &mut self.inputs[k * inputs + p.inputs..],
                    pitch: [tape_saved, tape_slopes, states, width, window],
                };
                (F::compiled(cell).passes().undo)(&mut work, run.level);
            } else {
                let mut work = Back {
                    neurons: p.neurons,
                    stride: p.stride,
                    elements: self.elements.len(),
                    before: &self.residuals.states[k * states + p.states..],
                    input: &self.residuals.inputs[k * inputs + p.inputs..],
                    hoisted: &precomputed.adjoint[g],
                    states: &mut self.states[p.states..],
                    spike: &self.spike,
                    by_input: &mut self.inputs[k * inputs + p.inputs..],
                    params: &mut sums.params[p.params..p.params + p.fields[2] * p.stride],
                    pitch: [tape_states, tape_inputs, states, width, window],
                };
                (F::compiled(cell).passes().back)(&mut work, run.level);
            }
            self.interleave(p.inputs..p.inputs + p.fields[1] * p.stride, k);
        }
    }

    /// Places some gradients by the inputs of row `k` side by side, for the way back along sparse projections.
    fn interleave(&mut self, columns: Range<usize>, k: usize) {
        if self.interleaved.is_empty() {
            return;
        }
        let (circuit, window) = (self.elements[0].0.circuit, self.lengths[1]);
        let at = k * circuit.lengths[1] + columns.start..k * circuit.lengths[1] + columns.end;
        for (e, by) in self.inputs.chunks_exact(window).enumerate() {
            let to = self.interleaved[at.clone()].iter_mut();
            to.zip(&by[at.clone()]).for_each(|(to, &by)| to[e] = by);
        }
    }
}
