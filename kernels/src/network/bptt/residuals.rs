//! This module holds the residuals of a segment, which its backward steps are computed from.

use crate::{
    Precision,
    memory::AlignedVec,
    network::{circuit::Circuit, delivery::batch_tile::PerElement},
};

/// The residuals of a segment for some batch elements, one after the other: either the states and inputs of all steps,
/// or, with less memory, the numbers that each step has saved for its backward step.
pub(super) struct Residuals<F> {
    /// States, `[element, step + 1, state]`; only the last states, `[element, state]`, where steps save residuals.
    pub(super) states: AlignedVec<F>,
    /// Saved numbers, `[element, step, residual]`, as in
    /// [`SavingSteps::saved`](crate::step::saved::SavingSteps::saved); empty where steps save none.
    pub(super) saved: AlignedVec<F>,
    /// Whether backward steps are computed from saved numbers rather than from states and inputs.
    pub(super) from_saved: bool,
    /// Inputs, `[element, step, input]`; all elements share the memory of one where steps save residuals.
    pub(super) inputs: AlignedVec<F>,
    /// Surrogate derivatives of the spikes, `[element, step, neuron]`.
    pub(super) slopes: AlignedVec<F>,
    /// Lengths of one element's arrays.
    pub(super) lengths: Lengths,
}

/// The lengths of one element's arrays in [`Residuals`].
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    pub(super) states: usize,
    pub(super) saved: usize,
    pub(super) inputs: usize,
    pub(super) slopes: usize,
}

/// The [`Residuals`] of one element.
pub(super) struct ElementResiduals<'a, F> {
    pub(super) states: &'a mut [F],
    /// Saved numbers; `None` where steps save none.
    pub(super) saved: Option<&'a mut [F]>,
    pub(super) inputs: &'a mut [F],
    pub(super) slopes: &'a mut [F],
}

impl<F: Precision> Residuals<F> {
    /// Allocates the memory for a segment of `segment` steps and for `elements` batch elements.
    pub(super) fn new(circuit: &Circuit, segment: usize, elements: usize, from_saved: bool) -> Self {
        let rows = circuit.rows;
        let lengths = Lengths {
            states: if from_saved { rows.states } else { (segment + 1) * rows.states },
            saved: if from_saved { segment * rows.residuals } else { 0 },
            inputs: segment * rows.inputs,
            slopes: segment * rows.neurons,
        };
        Residuals {
            states: AlignedVec::new(elements * lengths.states),
            saved: AlignedVec::new(elements * lengths.saved),
            from_saved,
            inputs: AlignedVec::new(if from_saved { 1 } else { elements } * lengths.inputs),
            slopes: AlignedVec::new(elements * lengths.slopes),
            lengths,
        }
    }

    /// Returns the residuals of element `e`.
    pub(super) fn element(&mut self, e: usize) -> ElementResiduals<'_, F> {
        let Lengths { states, saved, inputs, slopes } = self.lengths;
        ElementResiduals {
            states: &mut self.states[e * states..][..states],
            saved: self.from_saved.then_some(&mut self.saved[e * saved..][..saved]),
            inputs: &mut self.inputs[if self.from_saved { 0 } else { e * inputs }..][..inputs],
            slopes: &mut self.slopes[e * slopes..][..slopes],
        }
    }

    /// Returns the surrogate derivatives of each element from index `at` on.
    pub(super) fn slopes(&self, at: usize) -> PerElement<'_, F> {
        PerElement { values: &self.slopes[at..], pitch: self.lengths.slopes }
    }
}
