//! One step of a population that learns online: the step, and its derivatives.

use super::{
    advance::push,
    recurrent::{Once, block, blocked, load, once, set_block, store},
    *,
};
use crate::{Eligible, Sloped};

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
    /// Derivatives, in the order of [`Eligible::Slopes`].
    pub slopes: &'a mut [F],
}

/// What [`Slopes`] needs of the parameters, computed once a run: `[block, row, LINE]`.
pub(crate) struct Ready<'a, F> {
    pub dt: f64,
    pub stride: usize,
    pub params: &'a [F],
    pub hoisted: &'a mut [F],
}

/// Rows of [`Ready::hoisted`].
pub(crate) fn count<M: Eligible>() -> usize {
    M::Eligible::<u8>::filled(0).as_ref().len()
}

pub(crate) fn ready<M: Eligible + Sloped, F: Isa>(work: &mut Ready<F>, level: Level) {
    once::<M, F, _>(work, level)
}

pub(crate) fn slopes<M: Eligible + Sloped, F: Isa>(work: &mut Slopes<F>, level: Level) {
    once::<M, F, _>(work, level)
}

impl<M: Eligible, F: Isa> Once<M, F> for Ready<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let dt = V::splat(self.dt);
        blocked::<V>(self.hoisted, count::<M>(), self.stride);
        for first in (0..self.stride).step_by(V::LANES) {
            let p: M::Param<V> = load(self.params, self.stride, first);
            // SAFETY: as asserted.
            unsafe { set_block(M::hoist_slopes(dt, &p).as_ref(), self.hoisted, first) };
        }
    }
}

impl<M: Eligible, F: Isa> Once<M, F> for Slopes<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let stride = self.stride;
        blocked::<V>(self.hoisted, count::<M>(), stride);
        for first in (0..self.neurons).step_by(V::LANES) {
            let x: M::State<V> = load(self.before, stride, first);
            let i: M::Input<V> = load(self.input, stride, first);
            // SAFETY: as asserted; `load` asserts that the others are there.
            let c: M::Eligible<V> = unsafe { block(self.hoisted, first) };
            let (y, slopes) = M::step_slopes(&x, &i, &c);
            store(&y.as_ref()[..M::STATE.len()], self.after, stride, first);
            store(slopes.as_ref(), self.slopes, stride, first);
            push(y.as_ref()[M::STATE.len()], first, self.neurons, self.spikes);
        }
    }
}
