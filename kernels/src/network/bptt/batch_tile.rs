//! Some batch elements on their way back together, through the same weights.

use super::{
    backward::BackwardPass,
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

/// Percentage of spikes with a surrogate derivative below which the rows of those neurons alone are read, rather than
/// whole matrices.
const ACTIVE_ROWS_PERCENT: usize = 50;

/// What is summed over batch elements.
pub(super) struct BatchSums<F> {
    /// Gradients w.r.t. packed weights; empty where they are not wanted.
    pub(super) weights: AlignedVec<F>,
    /// Gradients w.r.t. parameters, `[parameter, neuron]` of each group, padded; empty where they are not wanted.
    pub(super) params: Vec<F>,
    /// Spikes with a surrogate derivative.
    pub(super) support: usize,
}

/// At most [`BATCH_TILE`] elements, and the gradients of each, one element after the other.
pub(super) struct BatchTile<'a, F> {
    pub(super) pass: &'a BackwardPass<'a, F>,
    pub(super) trials: Vec<Trial<'a, F>>,
    pub(super) residuals: Residuals<F>,
    /// Gradients w.r.t. the states.
    pub(super) states: AlignedVec<F>,
    /// Gradients w.r.t. the inputs of a segment's steps, and of those that its spikes reach beyond.
    pub(super) inputs: AlignedVec<F>,
    /// Gradients w.r.t. the spikes of one group.
    pub(super) spikes: AlignedVec<F>,
    pub(super) lengths: Lengths,
    /// Gradients w.r.t. the inputs, of all elements side by side; empty where no projection is sparse.
    pub(super) interleaved: Vec<[F; BATCH_TILE]>,
    /// Memory for products with active rows.
    pub(super) packed: AlignedVec<F>,
    /// Memory for gradients w.r.t. weights.
    sorted: SpikesByNeuron,
    /// Gradients behind a segment, to begin it again.
    behind: Behind<F>,
}

/// Numbers of one element in a [`BatchTile`].
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    pub(super) inputs: usize,
    pub(super) spikes: usize,
}

/// Gradients w.r.t. the states and inputs behind a segment, of each element.
struct Behind<F> {
    states: Vec<F>,
    inputs: Vec<F>,
}

impl<'a, F: Precision> BatchTile<'a, F> {
    /// Memory for a tile.
    pub(super) fn new(pass: &'a BackwardPass<'a, F>) -> Self {
        let (circuit, segment) = (pass.circuit, pass.history.segment);
        let RowLengths { states, inputs, .. } = circuit.rows;
        // Blocks of presynaptic neurons may end beyond a row.
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

    /// Begins with other elements, behind the last step.
    pub(super) fn begin(&mut self, trials: Vec<Trial<'a, F>>) {
        self.trials = trials;
        self.states.fill(F::default());
        self.inputs.fill(F::default());
        self.interleaved.fill([F::default(); BATCH_TILE]);
    }

    /// Takes the elements back through all steps. Adds to `sums`, and writes gradients w.r.t. initial states and the drive
    /// where they are wanted.
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
        // The segment is taken back once more, with a look at each step.
        self.enter_segment_again();
        for (k, t) in steps.enumerate().rev() {
            self.step_back(t, k, active_rows, sums);
            for (trial, row) in self.trials.iter().zip(self.states.chunks(circuit.rows.states.max(1))) {
                trial.not_finite("gradient by state", t, row).map_or(Ok(()), Err)?;
            }
        }
        Ok(())
    }

    /// Moves the gradients w.r.t. the inputs that spikes reach beyond a segment behind its steps.
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

    /// Brings back the gradients with which a segment was entered.
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

    /// Adds the gradients w.r.t. weights of a segment, and writes those w.r.t. its drive.
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
