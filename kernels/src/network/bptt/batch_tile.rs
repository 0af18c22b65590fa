//! This module propagates gradients back for a tile of batch elements, which go through the weights together.

use super::{
    backward_pass::BackwardPass,
    gradients::{write_drive, write_start},
    history::TrialHistory,
    recompute::recompute,
    residuals::Residuals,
};
use crate::{
    Precision,
    memory::DisjointMut,
    memory::{AlignedVec, LINE},
    network::{
        circuit::RowLengths,
        delivery::{
            batch_tile::{BATCH_TILE, PerElement},
            spike_lists::SpikeLists,
            weight_gradient::{SpikesByNeuron, add_weight_gradients},
        },
        trial::{NotFinite, Trial, element::all_finite},
    },
};
use std::ops::Range;

/// Percentage of active neurons, those with a non-zero surrogate derivative, below which only their rows of dense
/// projections are read, rather than whole matrices.
const ACTIVE_ROWS_PERCENT: usize = 50;

/// The sums over batch elements.
pub(super) struct BatchSums<F> {
    /// Gradients w.r.t. packed weights; empty where they are not wanted.
    pub(super) weights: AlignedVec<F>,
    /// Gradients w.r.t. parameters, `[parameter, neuron]` of each group, padded; empty where they are not wanted.
    pub(super) params: Vec<F>,
    /// Number of pairs of cell and step with a non-zero surrogate derivative.
    pub(super) support: usize,
}

/// The backward run of at most [`BATCH_TILE`] elements. In arrays of gradients the elements follow each other.
pub(super) struct BatchTile<'a, F> {
    pub(super) pass: &'a BackwardPass<'a, F>,
    pub(super) trials: Vec<Trial<'a, F>>,
    pub(super) residuals: Residuals<F>,
    /// Gradients w.r.t. the states, `[element, state]`.
    pub(super) states: AlignedVec<F>,
    /// Gradients w.r.t. the inputs of the segment's steps and of the later steps in which its spikes arrive,
    /// `[element, step, input]`.
    pub(super) inputs: AlignedVec<F>,
    /// Gradients w.r.t. the spikes of one group, `[element, neuron]`.
    pub(super) spikes: AlignedVec<F>,
    pub(super) lengths: Lengths,
    /// Gradients w.r.t. the inputs, `[step, input, element]`; empty where no projection is sparse.
    pub(super) interleaved: Vec<[F; BATCH_TILE]>,
    /// Scratch memory of the products with active rows.
    pub(super) packed: AlignedVec<F>,
    /// Scratch memory of the gradients w.r.t. weights.
    sorted: SpikesByNeuron,
    /// Gradients at the end of the segment, from which it can be repeated.
    behind: Behind<F>,
}

/// The lengths of one element's arrays in a [`BatchTile`].
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    pub(super) inputs: usize,
    pub(super) spikes: usize,
}

/// The gradients of each element w.r.t. the states at the end of a segment and the inputs of later steps.
struct Behind<F> {
    states: Vec<F>,
    inputs: Vec<F>,
}

impl<'a, F: Precision> BatchTile<'a, F> {
    /// Allocates the memory of a tile.
    pub(super) fn new(pass: &'a BackwardPass<'a, F>) -> Self {
        let (circuit, segment) = (pass.circuit, pass.history.segment);
        let RowLengths { states, inputs, .. } = circuit.rows;
        // The last block of presynaptic neurons may extend beyond the row.
        let spikes = circuit.layouts.iter().map(|p| p.stride).max().unwrap_or(0) + LINE;
        let inputs = (segment + circuit.longest_delay()) * inputs;
        let sparse = pass.sparse.iter().any(|own| !own.is_empty());
        let packed = pass.dense.iter().map(|d| d.row_length).max().unwrap_or(0);
        BatchTile {
            pass,
            trials: vec![],
            residuals: Residuals::new(circuit, segment, BATCH_TILE, pass.from_saved),
            states: AlignedVec::new(BATCH_TILE * states),
            inputs: AlignedVec::new(BATCH_TILE * inputs),
            spikes: AlignedVec::new(BATCH_TILE * spikes),
            lengths: Lengths { inputs, spikes },
            interleaved: vec![[F::default(); BATCH_TILE]; if sparse { inputs } else { 0 }],
            packed: AlignedVec::new(BATCH_TILE * packed),
            sorted: SpikesByNeuron::default(),
            behind: Behind { states: vec![], inputs: vec![] },
        }
    }

    /// Starts with other elements at the end of the run, where all gradients are zero.
    pub(super) fn begin(&mut self, trials: Vec<Trial<'a, F>>) {
        self.trials = trials;
        self.states.fill(F::default());
        self.inputs.fill(F::default());
        self.interleaved.fill([F::default(); BATCH_TILE]);
    }

    /// Propagates the gradients of the elements back through all steps. Adds to `sums`, and writes the gradients w.r.t.
    /// the initial states and the drive where they are wanted.
    pub(super) fn backward(
        &mut self,
        sums: &mut BatchSums<F>,
        start: &DisjointMut<F>,
        drive: &DisjointMut<F>,
    ) -> Result<(), NotFinite> {
        let (steps, segment) = (self.pass.run.steps, self.pass.history.segment);
        for s in (0..steps.div_ceil(segment)).rev() {
            let own = s * segment..steps.min((s + 1) * segment);
            self.take_segment_back(own.clone(), sums)?;
            self.add_segment(own, sums, drive);
        }
        for (trial, row) in self.trials.iter().zip(self.states.chunks(self.pass.circuit.rows.states.max(1))) {
            write_start(trial, row, start);
        }
        Ok(())
    }

    fn take_segment_back(&mut self, steps: Range<usize>, sums: &mut BatchSums<F>) -> Result<(), NotFinite> {
        let (circuit, history) = (self.pass.circuit, self.pass.history);
        let mut support = 0;
        for (e, trial) in self.trials.iter().enumerate() {
            let own = &history.elements[trial.b];
            support += recompute(trial, own, history.segment, steps.clone(), self.residuals.element(e));
        }
        sums.support += support;
        let active_rows = support * 100 < self.trials.len() * steps.len() * circuit.cells() * ACTIVE_ROWS_PERCENT;
        self.enter_segment();
        for (k, t) in steps.clone().enumerate().rev() {
            self.step_back(t, k, active_rows, sums);
        }
        if all_finite(&self.states) {
            return Ok(());
        }
        // The segment is repeated with a check after each step, to find the first one that fails.
        self.enter_segment_again();
        for (k, t) in steps.enumerate().rev() {
            self.step_back(t, k, active_rows, sums);
            for (trial, row) in self.trials.iter().zip(self.states.chunks(circuit.rows.states.max(1))) {
                trial.not_finite("gradient by state", t, row).map_or(Ok(()), Err)?;
            }
        }
        Ok(())
    }

    /// Enters a segment from its end: moves the gradients w.r.t. the inputs of the steps after it, which its spikes
    /// reach, to the rows behind its own, and saves all gradients for a repetition.
    fn enter_segment(&mut self) {
        let circuit = self.pass.circuit;
        let beyond = circuit.longest_delay() * circuit.rows.inputs;
        let Behind { states, inputs } = &mut self.behind;
        states.clear();
        states.extend_from_slice(&self.states);
        inputs.clear();
        for own in self.inputs.chunks_exact_mut(self.lengths.inputs.max(1)) {
            let behind = own.len() - beyond;
            own.copy_within(..beyond, behind);
            inputs.extend_from_slice(&own[behind..]);
        }
        self.interleave_beyond();
    }

    /// Restores the gradients with which the segment was entered.
    fn enter_segment_again(&mut self) {
        let circuit = self.pass.circuit;
        let beyond = circuit.longest_delay() * circuit.rows.inputs;
        self.states.copy_from_slice(&self.behind.states);
        for (e, from) in self.behind.inputs.chunks_exact(beyond.max(1)).enumerate() {
            self.inputs[(e + 1) * self.lengths.inputs - beyond..][..beyond].copy_from_slice(from);
        }
        self.interleave_beyond();
    }

    fn interleave_beyond(&mut self) {
        let (circuit, segment) = (self.pass.circuit, self.pass.history.segment);
        (0..circuit.longest_delay()).for_each(|k| self.interleave(0..circuit.rows.inputs, segment + k));
    }

    /// Adds the gradients w.r.t. weights that a segment contributes, and writes those w.r.t. its drive.
    fn add_segment(&mut self, steps: Range<usize>, sums: &mut BatchSums<F>, drive: &DisjointMut<F>) {
        let BackwardPass { circuit, run, history, .. } = self.pass;
        let pitch = self.lengths.inputs;
        if !sums.weights.is_empty() {
            let own = |t: &Trial<F>| -> &'a TrialHistory<F> { &history.elements[t.b] };
            let elements: Vec<&SpikeLists> = self.trials.iter().map(|t| &own(t).spikes).collect();
            let inputs = PerElement { values: &self.inputs[..], pitch };
            let (connectivity, to) = (&circuit.connectivity, &mut sums.weights[..]);
            add_weight_gradients(&mut self.sorted, connectivity, &elements, steps.clone(), inputs, to, run.level);
        }
        if !drive.is_empty() {
            let row = circuit.rows.inputs;
            for (trial, inputs) in self.trials.iter().zip(self.inputs.chunks(pitch.max(1))) {
                for (k, t) in steps.clone().enumerate() {
                    write_drive(trial, t, &inputs[k * row..][..row], drive);
                }
            }
        }
    }
}
