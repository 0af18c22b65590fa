//! One step of a population in a network that is trained, and the step backwards.
//!
//! Rows are padded to whole [`LINE`]s; what is beyond the neurons repeats the last one and never spikes.

use super::*;
use crate::{Sloped, simd::MOST_LANES};

/// Neurons that rows are padded to: a multiple of every vector's lanes.
pub(crate) const LINE: usize = 16;

/// A step: slices are `[row, stride]`.
pub(crate) struct Ahead<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    pub before: &'a [F],
    pub input: &'a [F],
    pub hoisted: &'a [F],
    pub after: &'a mut [F],
    /// Neurons that spike, appended.
    pub spikes: &'a mut Vec<u32>,
    /// Surrogate derivatives of the spikes, and how many are not zero is added; where that is wanted.
    pub slope: Option<(&'a mut [F], &'a mut usize)>,
}

/// A step backwards.
pub(crate) struct Back<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    pub before: &'a [F],
    pub input: &'a [F],
    pub hoisted: &'a [F],
    /// Gradient by the states after the step, replaced by that by the states before.
    pub states: &'a mut [F],
    /// Gradient by the spikes, one row.
    pub spike: &'a [F],
    /// Gradient by the inputs, overwritten.
    pub by_input: &'a mut [F],
    /// Gradient by the parameters, added to; empty where it is not wanted.
    pub params: &'a mut [F],
}

/// What both need of the parameters, computed once a run.
pub(crate) struct Prepare<'a, F> {
    pub dt: f64,
    pub stride: usize,
    pub params: &'a [F],
    pub sloped: &'a mut [F],
    pub adjoint: &'a mut [F],
}

/// Rows of [`Prepare::sloped`] and [`Prepare::adjoint`].
pub(crate) fn counts<M: Sloped>() -> [usize; 2] {
    [M::Sloped::<u8>::filled(0).as_ref().len(), M::Adjoint::<u8>::filled(0).as_ref().len()]
}

pub(crate) fn prepare<M: Sloped, F: Isa>(work: &mut Prepare<F>, level: Level) {
    once::<M, F, _>(work, level)
}

pub(crate) fn ahead<M: Sloped, F: Isa>(work: &mut Ahead<F>, level: Level) {
    once::<M, F, _>(work, level)
}

pub(crate) fn back<M: Sloped, F: Isa>(work: &mut Back<F>, level: Level) {
    once::<M, F, _>(work, level)
}

/// Work that one thread does at once.
trait Once<M, F> {
    fn run<V: Simd<Elem = F>>(&mut self);
}

struct Only<M, W>(*mut W, std::marker::PhantomData<M>);

// SAFETY: it is run by one thread.
unsafe impl<M, W> Sync for Only<M, W> {}

fn once<M: Sloped, F: Isa, W: Once<M, F>>(work: &mut W, level: Level) {
    alone(&Only::<M, W>(work, std::marker::PhantomData), level)
}

impl<M: Sloped, F: Isa, W: Once<M, F>> Task<F> for Only<M, W> {
    fn blocks(&self, _: usize) -> usize {
        1
    }

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&self, _: usize) {
        // SAFETY: made from the only reference, and run once.
        unsafe { &mut *self.0 }.run::<V>()
    }
}

#[inline(always)]
fn load<V: Simd, A: Array<V>>(from: &[V::Elem], stride: usize, first: usize) -> A {
    let mut to = A::filled(V::splat(0.0));
    for (row, to) in to.as_mut().iter_mut().enumerate() {
        *to = V::load(&from[row * stride + first..][..V::LANES]);
    }
    to
}

#[inline(always)]
fn store<V: Simd>(values: &[V], to: &mut [V::Elem], stride: usize, first: usize) {
    for (row, v) in values.iter().enumerate() {
        v.store(&mut to[row * stride + first..][..V::LANES]);
    }
}

impl<M: Sloped, F: Isa> Once<M, F> for Prepare<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let dt = V::splat(self.dt);
        for first in (0..self.stride).step_by(V::LANES) {
            let p: M::Param<V> = load(self.params, self.stride, first);
            store(M::hoist_sloped(dt, &p).as_ref(), self.sloped, self.stride, first);
            store(M::hoist_adjoint(dt, &p).as_ref(), self.adjoint, self.stride, first);
        }
    }
}

impl<M: Sloped, F: Isa> Once<M, F> for Ahead<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let stride = self.stride;
        let mut count = V::splat(0.0);
        for first in (0..self.neurons).step_by(V::LANES) {
            let x: M::State<V> = load(self.before, stride, first);
            let i: M::Input<V> = load(self.input, stride, first);
            let c: M::Sloped<V> = load(self.hoisted, stride, first);
            let (y, slope) = M::step_sloped(&x, &i, &c);
            store(&y.as_ref()[..M::STATE.len()], self.after, stride, first);
            let z = y.as_ref()[M::STATE.len()];
            if (z + z).any_above_one() {
                push(z, first, self.neurons, self.spikes);
            }
            if let Some((row, _)) = &mut self.slope {
                slope.store(&mut row[first..]);
                count = count + V::select(V::splat(0.0), slope.abs(), V::splat(1.0), V::splat(0.0));
            }
        }
        if let Some((_, sum)) = &mut self.slope {
            let mut lanes = [F::default(); MOST_LANES];
            count.store(&mut lanes);
            **sum += lanes[..V::LANES].iter().map(|x| x.to() as usize).sum::<usize>();
        }
    }
}

/// Appends the lanes that are above zero.
#[inline(always)]
fn push<V: Simd>(z: V, first: usize, neurons: usize, to: &mut Vec<u32>) {
    let mut lanes = [V::Elem::default(); MOST_LANES];
    z.store(&mut lanes);
    for (k, z) in lanes[..V::LANES.min(neurons - first)].iter().enumerate() {
        if *z > V::Elem::default() {
            to.push((first + k) as u32);
        }
    }
}

impl<M: Sloped, F: Isa> Once<M, F> for Back<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        match self.params.is_empty() {
            true => self.walk::<M, V, false>(),
            false => self.walk::<M, V, true>(),
        }
    }
}

impl<F: Isa> Back<'_, F> {
    #[inline(always)]
    fn walk<M: Sloped, V: Simd<Elem = F>, const PARAMS: bool>(&mut self) {
        let (stride, spike) = (self.stride, M::STATE.len());
        for first in (0..self.neurons).step_by(V::LANES) {
            let x: M::State<V> = load(self.before, stride, first);
            let i: M::Input<V> = load(self.input, stride, first);
            let c: M::Adjoint<V> = load(self.hoisted, stride, first);
            let after: M::State<V> = load(self.states, stride, first);
            let mut bar = M::Output::<V>::filled(V::load(&self.spike[first..]));
            bar.as_mut()[..spike].copy_from_slice(after.as_ref());
            let (x, i, p) = M::step_adjoint(&x, &i, &c, &bar);
            store(x.as_ref(), self.states, stride, first);
            store(i.as_ref(), self.by_input, stride, first);
            if !PARAMS {
                continue;
            }
            let mut params: M::Param<V> = load(self.params, stride, first);
            for (sum, &g) in params.as_mut().iter_mut().zip(p.as_ref()) {
                *sum = *sum + g;
            }
            store(params.as_ref(), self.params, stride, first);
        }
    }
}
