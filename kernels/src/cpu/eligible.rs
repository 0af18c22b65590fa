//! One step of a population that learns online: the step, and its derivatives.

use super::{
    advance::push,
    hoist::{Traced, needed},
    recurrent::{Once, block, blocked, load, once, store},
    *,
};
use crate::Trainable;

/// A step: slices are `[row, stride]`, as of [`recurrent::Ahead`].
pub(crate) struct Slopes<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    pub before: &'a [F],
    pub input: &'a [F],
    pub hoisted: &'a [F],
    pub after: &'a mut [F],
    /// Neurons that spike, appended.
    pub spikes: &'a mut Vec<u32>,
    /// Derivatives, in the order of [`Trainable::Derivatives`].
    pub slopes: &'a mut [F],
}

pub(crate) fn slopes<M: Trainable, F: Precision>(work: &mut Slopes<F>, level: Level) {
    once::<M, F, _>(work, level)
}

impl<M: Trainable, F: Precision> Once<M, F> for Slopes<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let stride = self.stride;
        blocked::<V>(self.hoisted, needed::<M, Traced>(), stride);
        for first in (0..self.neurons).step_by(V::LANES) {
            let x: M::State<V> = load(self.before, stride, first);
            let i: M::Input<V> = load(self.input, stride, first);
            // SAFETY: as asserted; `load` asserts that the others are there.
            let c: M::LinearisedInvariants<V> = unsafe { block(self.hoisted, first) };
            let (y, slopes) = M::step_linearised(&x, &i, &c);
            store(&y.as_ref()[..M::STATE.len()], self.after, stride, first);
            store(slopes.as_ref(), self.slopes, stride, first);
            push(y.as_ref()[M::STATE.len()], first, self.neurons, self.spikes);
        }
    }
}
