//! This module recomputes some steps of a population from saved states and known inputs, for the backward steps.

use super::{
    ModelWork,
    invariants::{Surrogate, needed},
    layout::{block, blocked, gather, holds, load, rows, scatter},
    spikes::ones,
};
use crate::{
    Level, Precision, Simd, Trainable,
    memory::{Strided, StridedMut},
};

/// The arguments of some steps of one batch element.
pub(crate) struct Recompute<'a, F> {
    /// Number of neurons.
    pub neurons: usize,
    /// Length of a row.
    pub stride: usize,
    /// Number of steps.
    pub steps: usize,
    /// States before the first step, `[state, stride]`.
    pub before: &'a [F],
    /// Inputs, `[input, stride]` of each step.
    pub input: Strided<'a, F>,
    /// [`Trainable::SurrogateInvariants`], `[block, row, LINE]`.
    pub invariants: &'a [F],
    /// States after each step, `[state, stride]`, written.
    pub after: StridedMut<'a, F>,
    /// Surrogate derivatives of the spikes, a row for each step, written.
    pub surrogates: StridedMut<'a, F>,
    /// The number of surrogate derivatives that are not zero is added.
    pub support: &'a mut usize,
}

/// Takes the steps.
pub(crate) fn recompute<M: Trainable, F: Precision>(work: &mut Recompute<F>, level: Level) {
    super::run::<M, F, _>(work, level)
}

impl<M: Trainable, F: Precision> ModelWork<M, F> for Recompute<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let (neurons, stride, steps) = (self.neurons, self.stride, self.steps);
        let (states, inputs) = (rows::<M::State<u8>>(), rows::<M::Input<u8>>());
        let (state_pitch, input_pitch, surrogate_pitch) = (self.after.pitch, self.input.pitch, self.surrogates.pitch);
        assert!(neurons <= stride && stride.is_multiple_of(V::LANES));
        holds(self.before, states, stride, 1, 0);
        holds(self.after.rows, states, stride, steps, state_pitch);
        holds(self.input.rows, inputs, stride, steps, input_pitch);
        holds(self.surrogates.rows, 1, stride, steps, surrogate_pitch);
        blocked::<V>(self.invariants, needed::<M, Surrogate>(), stride);
        let mut count = V::splat(0.0);
        for first in (0..neurons).step_by(V::LANES) {
            let mut x: M::State<V> = load(self.before, stride, first);
            // SAFETY: the slice has these rows, as asserted above.
            let c: M::SurrogateInvariants<V> = unsafe { block(self.invariants, first) };
            for step in 0..steps {
                // SAFETY: the slices have these rows, as asserted above.
                unsafe {
                    let i: M::Input<V> = gather(self.input.rows, step * input_pitch, stride, first);
                    let (y, surrogate) = M::step_with_surrogate(&x, &i, &c);
                    x.as_mut().copy_from_slice(&y.as_ref()[..states]);
                    scatter(x.as_ref(), self.after.rows, step * state_pitch, stride, first);
                    scatter(&[surrogate], self.surrogates.rows, step * surrogate_pitch, stride, first);
                    count = count + V::select(V::splat(0.0), surrogate.abs(), V::splat(1.0), V::splat(0.0));
                }
            }
        }
        *self.support += ones(count);
    }
}
