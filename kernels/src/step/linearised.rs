//! This module takes one step of a population that learns online, with the derivatives of the step.

use super::{
    ModelWork,
    invariants::{Linearised, needed},
    layout::{block, blocked, load, store},
    spikes::push,
};
use crate::{Level, Precision, Simd, Trainable};

/// The arguments of a step of one batch element; slices are `[row, stride]`.
pub(crate) struct LinearisedStep<'a, F> {
    /// Number of neurons.
    pub neurons: usize,
    /// Length of a row.
    pub stride: usize,
    /// States before the step.
    pub before: &'a [F],
    /// Inputs of the step.
    pub input: &'a [F],
    /// [`Trainable::LinearisedInvariants`], `[block, row, LINE]`.
    pub invariants: &'a [F],
    /// States after the step, written.
    pub after: &'a mut [F],
    /// The neurons that spike are appended.
    pub spikes: &'a mut Vec<u32>,
    /// Derivatives in the order of [`Trainable::Derivatives`], written.
    pub derivatives: &'a mut [F],
}

/// Takes the step.
pub(crate) fn linearised<M: Trainable, F: Precision>(work: &mut LinearisedStep<F>, level: Level) {
    super::run::<M, F, _>(work, level)
}

impl<M: Trainable, F: Precision> ModelWork<M, F> for LinearisedStep<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let stride = self.stride;
        blocked::<V>(self.invariants, needed::<M, Linearised>(), stride);
        for first in (0..self.neurons).step_by(V::LANES) {
            let x: M::State<V> = load(self.before, stride, first);
            let i: M::Input<V> = load(self.input, stride, first);
            // SAFETY: the slice has these rows, as asserted above; `load` asserts that the others do.
            let c: M::LinearisedInvariants<V> = unsafe { block(self.invariants, first) };
            let (y, derivatives) = M::step_linearised(&x, &i, &c);
            store(&y.as_ref()[..M::STATE.len()], self.after, stride, first);
            store(derivatives.as_ref(), self.derivatives, stride, first);
            push(y.as_ref()[M::STATE.len()], first, self.neurons, self.spikes);
        }
    }
}
