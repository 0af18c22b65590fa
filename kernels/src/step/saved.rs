//! This module takes steps of a population that save residuals, and the backward step from these.

use super::{
    ModelWork,
    invariants::{Saved, needed},
    layout::{block, blocked, gather, holds, rows, scatter, set_block},
    spikes::ones,
};
use crate::{
    FixedArray, Level, Precision, Simd, Trainable,
    memory::{Strided, StridedMut},
};

/// The arguments of some steps of one batch element, whose inputs are known.
pub(crate) struct SavingSteps<'a, F> {
    /// Number of neurons.
    pub neurons: usize,
    /// Length of a row.
    pub stride: usize,
    /// Number of steps.
    pub steps: usize,
    /// States before the first step, `[state, stride]`; they are replaced by those after the last.
    pub states: &'a mut [F],
    /// Inputs, `[input, stride]` of each step.
    pub input: Strided<'a, F>,
    /// [`Trainable::SavedInvariants`], `[block, row, LINE]`.
    pub invariants: &'a [F],
    /// Residuals for the backward step, `[block, saved, LINE]` of each step, written; those of a few neurons are
    /// adjacent.
    pub saved: StridedMut<'a, F>,
    /// Surrogate derivatives of the spikes, a row for each step, written.
    pub surrogates: StridedMut<'a, F>,
    /// The number of surrogate derivatives that are not zero is added.
    pub support: &'a mut usize,
}

/// The arguments of a backward step of some batch elements, from what [`SavingSteps`] saved.
pub(crate) struct BackwardFromSaved<'a, F> {
    /// Number of neurons.
    pub neurons: usize,
    /// Length of a row.
    pub stride: usize,
    /// Number of batch elements.
    pub elements: usize,
    /// Residuals of the step of each element; see [`SavingSteps::saved`].
    pub saved: Strided<'a, F>,
    /// Surrogate derivatives of each element; see [`SavingSteps::surrogates`].
    pub surrogates: Strided<'a, F>,
    /// [`Trainable::SavedInvariants`], `[block, row, LINE]`.
    pub invariants: &'a [F],
    /// Gradients w.r.t. the states after the step; they are replaced by those w.r.t. the states before it.
    pub states: StridedMut<'a, F>,
    /// Gradients w.r.t. the spikes, a row for each element.
    pub spike: Strided<'a, F>,
    /// Gradients w.r.t. the inputs, written.
    pub by_input: StridedMut<'a, F>,
}

/// Returns the number of rows of [`SavingSteps::saved`].
pub(crate) fn saved_rows<M: Trainable>() -> usize {
    rows::<M::Saved<u8>>()
}

/// Takes the steps.
pub(crate) fn forward_saving<M: Trainable, F: Precision>(work: &mut SavingSteps<F>, level: Level) {
    super::run::<M, F, _>(work, level)
}

/// Takes the backward step.
pub(crate) fn backward_from_saved<M: Trainable, F: Precision>(work: &mut BackwardFromSaved<F>, level: Level) {
    super::run::<M, F, _>(work, level)
}

impl<M: Trainable, F: Precision> ModelWork<M, F> for SavingSteps<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let (neurons, stride, steps) = (self.neurons, self.stride, self.steps);
        let (states, inputs, saved) = (M::STATE.len(), M::INPUT.len(), saved_rows::<M>());
        let (input_pitch, saved_pitch, surrogate_pitch) = (self.input.pitch, self.saved.pitch, self.surrogates.pitch);
        assert!(neurons <= stride);
        blocked::<V>(self.invariants, needed::<M, Saved>(), stride);
        holds(self.states, states, stride, 1, 0);
        holds(self.input.rows, inputs, stride, steps, input_pitch);
        holds(self.saved.rows, saved, stride, steps, saved_pitch);
        holds(self.surrogates.rows, 1, stride, steps, surrogate_pitch);
        let mut count = V::splat(0.0);
        // The inner loop is over neurons, so that the operations of one vector overlap with those of others.
        for step in 0..steps {
            for first in (0..neurons).step_by(V::LANES) {
                // SAFETY: the slices have these rows, as asserted above.
                unsafe {
                    let c: M::SavedInvariants<V> = block(self.invariants, first);
                    let x: M::State<V> = gather(self.states, 0, stride, first);
                    let i: M::Input<V> = gather(self.input.rows, step * input_pitch, stride, first);
                    let (y, surrogate, values) = M::step_saving(&x, &i, &c);
                    scatter(&y.as_ref()[..states], self.states, 0, stride, first);
                    set_block(values.as_ref(), self.saved.rows.get_unchecked_mut(step * saved_pitch..), first);
                    scatter(&[surrogate], self.surrogates.rows, step * surrogate_pitch, stride, first);
                    count = count + V::select(V::splat(0.0), surrogate.abs(), V::splat(1.0), V::splat(0.0));
                }
            }
        }
        *self.support += ones(count);
    }
}

impl<M: Trainable, F: Precision> ModelWork<M, F> for BackwardFromSaved<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let (neurons, stride, elements) = (self.neurons, self.stride, self.elements);
        let (states, inputs, saved) = (M::STATE.len(), M::INPUT.len(), saved_rows::<M>());
        let (saved_pitch, surrogate_pitch) = (self.saved.pitch, self.surrogates.pitch);
        let (state_pitch, spike_pitch, by_input_pitch) = (self.states.pitch, self.spike.pitch, self.by_input.pitch);
        assert!(neurons <= stride);
        blocked::<V>(self.invariants, needed::<M, Saved>(), stride);
        holds(self.saved.rows, saved, stride, elements, saved_pitch);
        holds(self.surrogates.rows, 1, stride, elements, surrogate_pitch);
        holds(self.states.rows, states, stride, elements, state_pitch);
        holds(self.spike.rows, 1, stride, elements, spike_pitch);
        holds(self.by_input.rows, inputs, stride, elements, by_input_pitch);
        for e in 0..elements {
            for first in (0..neurons).step_by(V::LANES) {
                // SAFETY: the slices have these rows, as asserted above.
                unsafe {
                    let c: M::SavedInvariants<V> = block(self.invariants, first);
                    let values: M::Saved<V> = block(self.saved.rows.get_unchecked(e * saved_pitch..), first);
                    let [surrogate]: [V; 1] = gather(self.surrogates.rows, e * surrogate_pitch, stride, first);
                    let after: M::State<V> = gather(self.states.rows, e * state_pitch, stride, first);
                    let [bar]: [V; 1] = gather(self.spike.rows, e * spike_pitch, stride, first);
                    let mut bars = M::Output::<V>::filled(bar);
                    bars.as_mut()[..states].copy_from_slice(after.as_ref());
                    let (x, i) = M::backward_from_saved(surrogate, &values, &c, &bars);
                    scatter(x.as_ref(), self.states.rows, e * state_pitch, stride, first);
                    scatter(i.as_ref(), self.by_input.rows, e * by_input_pitch, stride, first);
                }
            }
        }
    }
}
