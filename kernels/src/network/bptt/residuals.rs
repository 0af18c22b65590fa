//! What the way back of a segment follows from.

use crate::{
    Precision,
    memory::AlignedVec,
    network::{circuit::Circuit, delivery::batch_tile::PerElement},
};

/// Residuals of a segment, of some batch elements one after the other: either the states and inputs of all steps, or,
/// which takes less, what each step has saved for its own way back.
pub(super) struct Residuals<F> {
    /// States, `[step + 1, state]`; of the last step alone where residuals are saved.
    pub(super) states: AlignedVec<F>,
    /// What steps have saved, `[step, residual]`, as [`SavingSteps::saved`](crate::step::saved::SavingSteps::saved) has it; empty where
    /// nothing is saved.
    pub(super) saved: AlignedVec<F>,
    /// Whether the way back follows from what is saved.
    pub(super) from_saved: bool,
    /// Inputs, `[step, input]`. Where residuals are saved, all elements use the same memory one after the other.
    pub(super) inputs: AlignedVec<F>,
    /// Surrogate derivatives of the spikes, `[step, neuron]`.
    pub(super) slopes: AlignedVec<F>,
    /// Numbers of one element.
    pub(super) lengths: Lengths,
}

/// Numbers of one element in [`Residuals`].
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    pub(super) states: usize,
    pub(super) saved: usize,
    pub(super) inputs: usize,
    pub(super) slopes: usize,
}

/// [`Residuals`] of one element.
pub(super) struct ElementResiduals<'a, F> {
    pub(super) states: &'a mut [F],
    /// None where nothing is saved.
    pub(super) saved: Option<&'a mut [F]>,
    pub(super) inputs: &'a mut [F],
    pub(super) slopes: &'a mut [F],
}

impl<F: Precision> Residuals<F> {
    /// Memory for a segment of so many steps of so many elements.
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

    /// The residuals of the element in place `e`.
    pub(super) fn element(&mut self, e: usize) -> ElementResiduals<'_, F> {
        let Lengths { states, saved, inputs, slopes } = self.lengths;
        ElementResiduals {
            states: &mut self.states[e * states..][..states],
            saved: self.from_saved.then_some(&mut self.saved[e * saved..][..saved]),
            inputs: &mut self.inputs[if self.from_saved { 0 } else { e * inputs }..][..inputs],
            slopes: &mut self.slopes[e * slopes..][..slopes],
        }
    }

    /// The surrogate derivatives of each element from number `at` on.
    pub(super) fn slopes(&self, at: usize) -> PerElement<'_, F> {
        PerElement { values: &self.slopes[at..], pitch: self.lengths.slopes }
    }
}
