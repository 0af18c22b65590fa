//! One step of a population in a network that is trained, and the step backwards.
//!
//! Rows are padded to whole [`LINE`]s; what is beyond the neurons repeats the last one and never spikes.

use super::{
    advance::push_lanes,
    hoist::{Backward, Onward, needed},
    *,
};
use crate::{Trainable, simd::MOST_LANES};
use std::marker::PhantomData;

pub(crate) use crate::memory::LINE;

/// A step of some batch elements: rows of an element are `[row, stride]`, `pitch` apart from one to the next.
pub(crate) struct Ahead<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    /// States before the step, replaced by those after it.
    pub states: &'a mut [F],
    /// Inputs, replaced by zeros.
    pub input: &'a mut [F],
    pub hoisted: &'a [F],
    /// Of states and inputs.
    pub pitch: [usize; 2],
    /// Neurons that spike, appended, of each element.
    pub spikes: &'a mut [Vec<u32>],
}

/// Some steps whose inputs are known: rows of a step are `[row, stride]`, `pitch` apart from step to step.
pub(crate) struct Again<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    pub steps: usize,
    /// States before the first step.
    pub before: &'a [F],
    pub input: &'a [F],
    pub hoisted: &'a [F],
    /// States after each step.
    pub after: &'a mut [F],
    /// Surrogate derivatives of the spikes.
    pub slopes: &'a mut [F],
    /// Of states, inputs and surrogate derivatives.
    pub pitch: [usize; 3],
    /// How many surrogate derivatives are not zero, added.
    pub support: &'a mut usize,
}

/// A step backwards of some batch elements: rows of an element are `[row, stride]`, `pitch` apart from one to the next.
pub(crate) struct Back<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    pub elements: usize,
    pub before: &'a [F],
    pub input: &'a [F],
    pub hoisted: &'a [F],
    /// Gradient by the states after the step, replaced by that by the states before.
    pub states: &'a mut [F],
    /// Gradient by the spikes, one row.
    pub spike: &'a [F],
    /// Gradient by the inputs, overwritten.
    pub by_input: &'a mut [F],
    /// Gradient by the parameters, added to. One for all elements.
    pub params: &'a mut [F],
    /// Of `before`, `input`, `states`, `spike` and `by_input`.
    pub pitch: [usize; 5],
}

pub(crate) fn ahead<M: Trainable, F: Precision>(work: &mut Ahead<F>, level: Level) {
    once::<M, F, _>(work, level)
}

pub(crate) fn again<M: Trainable, F: Precision>(work: &mut Again<F>, level: Level) {
    once::<M, F, _>(work, level)
}

pub(crate) fn back<M: Trainable, F: Precision>(work: &mut Back<F>, level: Level) {
    once::<M, F, _>(work, level)
}

/// Work that one thread does at once.
pub(super) trait Once<M, F> {
    fn run<V: Simd<Elem = F>>(&mut self);
}

struct Only<'a, M, W>(&'a mut W, PhantomData<M>);

pub(super) fn once<M: Trainable, F: Precision, W: Once<M, F>>(work: &mut W, level: Level) {
    run(&mut Only::<M, W>(work, PhantomData), level)
}

impl<M: Trainable, F: Precision, W: Once<M, F>> Work<F> for Only<'_, M, W> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        self.0.run::<V>()
    }
}

#[inline(always)]
pub(super) fn rows<A: Array<u8>>() -> usize {
    A::filled(0).as_ref().len()
}

/// Panics unless there are `count` times `rows`, `pitch` apart.
#[inline(always)]
pub(super) fn holds<F>(slice: &[F], rows: usize, stride: usize, count: usize, pitch: usize) {
    assert!(count == 0 || rows == 0 || slice.len() >= (count - 1) * pitch + rows * stride);
}

#[inline(always)]
pub(super) fn load<V: Simd, A: Array<V>>(from: &[V::Elem], stride: usize, first: usize) -> A {
    assert!(first + V::LANES <= stride);
    holds(from, A::filled(V::splat(0.0)).as_ref().len(), stride, 1, 0);
    // SAFETY: all rows are there.
    unsafe { gather(from, 0, stride, first) }
}

#[inline(always)]
pub(super) fn store<V: Simd>(values: &[V], to: &mut [V::Elem], stride: usize, first: usize) {
    assert!(first + V::LANES <= stride);
    holds(to, values.len(), stride, 1, 0);
    // SAFETY: all rows are there.
    unsafe { scatter(values, to, 0, stride, first) }
}

/// Column `first..` of rows from `at` on.
///
/// # Safety
/// They lie within the slice.
#[inline(always)]
pub(super) unsafe fn gather<V: Simd, A: Array<V>>(from: &[V::Elem], at: usize, stride: usize, first: usize) -> A {
    let mut to = A::filled(V::splat(0.0));
    for (row, to) in to.as_mut().iter_mut().enumerate() {
        // SAFETY: the caller's.
        *to = V::load(unsafe { from.get_unchecked(at + row * stride + first..at + row * stride + first + V::LANES) });
    }
    to
}

/// As [`gather`].
///
/// # Safety
/// They lie within the slice.
#[inline(always)]
pub(super) unsafe fn scatter<V: Simd>(values: &[V], to: &mut [V::Elem], at: usize, stride: usize, first: usize) {
    for (row, v) in values.iter().enumerate() {
        let from = at + row * stride + first;
        // SAFETY: the caller's.
        v.store(unsafe { to.get_unchecked_mut(from..from + V::LANES) });
    }
}

/// Where neurons `first..` of `[block, row, LINE]` lie: their rows follow each other at distances that the compiler knows.
#[inline(always)]
pub(super) fn place(first: usize, rows: usize) -> usize {
    first / LINE * LINE * rows + first % LINE
}

/// Panics unless there are `rows` of all of a stride, and vectors do not cross blocks.
#[inline(always)]
pub(super) fn blocked<V: Simd>(slice: &[V::Elem], rows: usize, stride: usize) {
    assert!(stride.is_multiple_of(LINE) && LINE.is_multiple_of(V::LANES));
    holds(slice, rows, stride, 1, 0);
}

/// Neurons `first..` of `[block, row, LINE]`.
///
/// # Safety
/// They lie within the slice, as [`blocked`] finds.
#[inline(always)]
pub(super) unsafe fn block<V: Simd, A: Array<V>>(from: &[V::Elem], first: usize) -> A {
    let rows = A::filled(V::splat(0.0)).as_ref().len();
    // SAFETY: the caller's.
    unsafe { gather(from, place(first, rows), LINE, 0) }
}

/// As [`block`].
///
/// # Safety
/// They lie within the slice, as [`blocked`] finds.
#[inline(always)]
pub(super) unsafe fn set_block<V: Simd>(values: &[V], to: &mut [V::Elem], first: usize) {
    // SAFETY: the caller's.
    unsafe { scatter(values, to, place(first, values.len()), LINE, 0) }
}

impl<M: Trainable, F: Precision> Once<M, F> for Ahead<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Ahead { neurons, stride, pitch, .. } = *self;
        let (states, inputs, elements) = (rows::<M::State<u8>>(), rows::<M::Input<u8>>(), self.spikes.len());
        assert!(neurons <= stride);
        blocked::<V>(self.hoisted, needed::<M, Onward>(), stride);
        holds(self.states, states, stride, elements, pitch[0]);
        holds(self.input, inputs, stride, elements, pitch[1]);
        for (e, spikes) in self.spikes.iter_mut().enumerate() {
            let mut bits = 0;
            for first in (0..neurons).step_by(V::LANES) {
                // SAFETY: as asserted.
                let z = unsafe {
                    let c: M::SurrogateInvariants<V> = block(self.hoisted, first);
                    let x: M::State<V> = gather(self.states, e * pitch[0], stride, first);
                    let i: M::Input<V> = gather(self.input, e * pitch[1], stride, first);
                    let (y, _) = M::step_with_surrogate(&x, &i, &c);
                    scatter(&y.as_ref()[..states], self.states, e * pitch[0], stride, first);
                    let none = M::Input::<V>::filled(V::splat(0.0));
                    scatter(none.as_ref(), self.input, e * pitch[1], stride, first);
                    y.as_ref()[states]
                };
                bits |= u64::from(z.positive()) << (first % WORD);
                let end = first + V::LANES;
                if bits != 0 && (end.is_multiple_of(WORD) || end >= neurons) {
                    push_lanes(bits, first / WORD * WORD, neurons, spikes);
                    bits = 0;
                }
            }
        }
    }
}

/// Neurons whose spikes are bits of one word.
const WORD: usize = u64::BITS as usize;

impl<M: Trainable, F: Precision> Once<M, F> for Again<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Again { neurons, stride, steps, pitch, .. } = *self;
        let (states, inputs) = (rows::<M::State<u8>>(), rows::<M::Input<u8>>());
        assert!(neurons <= stride && stride.is_multiple_of(V::LANES));
        holds(self.before, states, stride, 1, 0);
        holds(self.after, states, stride, steps, pitch[0]);
        holds(self.input, inputs, stride, steps, pitch[1]);
        holds(self.slopes, 1, stride, steps, pitch[2]);
        blocked::<V>(self.hoisted, needed::<M, Onward>(), stride);
        let mut count = V::splat(0.0);
        for first in (0..neurons).step_by(V::LANES) {
            let mut x: M::State<V> = load(self.before, stride, first);
            // SAFETY: as asserted.
            let c: M::SurrogateInvariants<V> = unsafe { block(self.hoisted, first) };
            for step in 0..steps {
                // SAFETY: as asserted.
                unsafe {
                    let i: M::Input<V> = gather(self.input, step * pitch[1], stride, first);
                    let (y, slope) = M::step_with_surrogate(&x, &i, &c);
                    x.as_mut().copy_from_slice(&y.as_ref()[..states]);
                    scatter(x.as_ref(), self.after, step * pitch[0], stride, first);
                    scatter(&[slope], self.slopes, step * pitch[2], stride, first);
                    count = count + V::select(V::splat(0.0), slope.abs(), V::splat(1.0), V::splat(0.0));
                }
            }
        }
        *self.support += ones(count);
    }
}

/// The sum of whole numbers.
#[inline(always)]
pub(super) fn ones<V: Simd>(count: V) -> usize {
    let mut lanes = [V::Elem::default(); MOST_LANES];
    count.store(&mut lanes);
    lanes[..V::LANES].iter().map(|x| x.to() as usize).sum()
}

impl<M: Trainable, F: Precision> Once<M, F> for Back<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Back { neurons, stride, elements, pitch, .. } = *self;
        let (states, inputs) = (rows::<M::State<u8>>(), rows::<M::Input<u8>>());
        assert!(neurons <= stride && stride.is_multiple_of(V::LANES));
        holds(self.before, states, stride, elements, pitch[0]);
        holds(self.input, inputs, stride, elements, pitch[1]);
        holds(self.states, states, stride, elements, pitch[2]);
        holds(self.spike, 1, stride, elements, pitch[3]);
        holds(self.by_input, inputs, stride, elements, pitch[4]);
        blocked::<V>(self.hoisted, needed::<M, Backward>(), stride);
        for first in (0..neurons).step_by(V::LANES) {
            // SAFETY: as asserted.
            let c: M::AdjointInvariants<V> = unsafe { block(self.hoisted, first) };
            let mut sums: M::Param<V> = load(self.params, stride, first);
            for e in 0..elements {
                let at = pitch.map(|p| e * p);
                // SAFETY: as asserted.
                let x: M::State<V> = unsafe { gather(self.before, at[0], stride, first) };
                // SAFETY: as asserted.
                let i: M::Input<V> = unsafe { gather(self.input, at[1], stride, first) };
                // SAFETY: as asserted.
                let after: M::State<V> = unsafe { gather(self.states, at[2], stride, first) };
                // SAFETY: as asserted.
                let [bar]: [V; 1] = unsafe { gather(self.spike, at[3], stride, first) };
                let mut bars = M::Output::<V>::filled(bar);
                bars.as_mut()[..states].copy_from_slice(after.as_ref());
                let (x, i, p) = M::step_adjoint(&x, &i, &c, &bars);
                // SAFETY: as asserted.
                unsafe {
                    scatter(x.as_ref(), self.states, at[2], stride, first);
                    scatter(i.as_ref(), self.by_input, at[4], stride, first);
                }
                sums.as_mut().iter_mut().zip(p.as_ref()).for_each(|(sum, &g)| *sum = *sum + g);
            }
            store(sums.as_ref(), self.params, stride, first);
        }
    }
}
