//! Steps of a population in a network whose weights are trained, and a step backwards from what the first kept.

use super::{
    hoist::{Recorded, needed},
    recurrent::{Once, block, blocked, gather, holds, once, ones, rows, scatter, set_block},
    *,
};
use crate::Trainable;

/// Some steps whose inputs are known: rows of a step are `[row, stride]`, `pitch` apart from step to step.
pub(crate) struct Keep<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    pub steps: usize,
    /// States before the first step, replaced by those after the last.
    pub states: &'a mut [F],
    pub input: &'a [F],
    pub hoisted: &'a [F],
    /// What the way back needs: `[block, kept, LINE]` of each step, so that a few neurons' lie together.
    pub kept: &'a mut [F],
    /// Surrogate derivatives of the spikes.
    pub slopes: &'a mut [F],
    /// Of inputs, of what is kept, of surrogate derivatives.
    pub pitch: [usize; 3],
    /// How many surrogate derivatives are not zero, added.
    pub support: &'a mut usize,
}

/// A step backwards of some batch elements: rows of an element are `[row, stride]`, `pitch` apart from one to the next.
pub(crate) struct Undo<'a, F> {
    pub neurons: usize,
    pub stride: usize,
    pub elements: usize,
    /// As [`Keep::kept`].
    pub kept: &'a [F],
    /// As [`Keep::slopes`].
    pub slopes: &'a [F],
    pub hoisted: &'a [F],
    /// Gradient by the states after the step, replaced by that by the states before.
    pub states: &'a mut [F],
    /// Gradient by the spikes, one row.
    pub spike: &'a [F],
    /// Gradient by the inputs, overwritten.
    pub by_input: &'a mut [F],
    /// Of `kept`, `slopes`, `states`, `spike` and `by_input`.
    pub pitch: [usize; 5],
}

/// Rows of [`Keep::kept`].
pub(crate) fn kept<M: Trainable>() -> usize {
    rows::<M::Saved<u8>>()
}

pub(crate) fn keep<M: Trainable, F: Precision>(work: &mut Keep<F>, level: Level) {
    once::<M, F, _>(work, level)
}

pub(crate) fn undo<M: Trainable, F: Precision>(work: &mut Undo<F>, level: Level) {
    once::<M, F, _>(work, level)
}

impl<M: Trainable, F: Precision> Once<M, F> for Keep<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Keep { neurons, stride, steps, pitch, .. } = *self;
        let (states, inputs, kept) = (M::STATE.len(), M::INPUT.len(), kept::<M>());
        assert!(neurons <= stride);
        blocked::<V>(self.hoisted, needed::<M, Recorded>(), stride);
        holds(self.states, states, stride, 1, 0);
        holds(self.input, inputs, stride, steps, pitch[0]);
        holds(self.kept, kept, stride, steps, pitch[1]);
        holds(self.slopes, 1, stride, steps, pitch[2]);
        let mut count = V::splat(0.0);
        // Neurons within steps: one's chain of operations fills another's waits.
        for step in 0..steps {
            for first in (0..neurons).step_by(V::LANES) {
                // SAFETY: as asserted.
                unsafe {
                    let c: M::SavedInvariants<V> = block(self.hoisted, first);
                    let x: M::State<V> = gather(self.states, 0, stride, first);
                    let i: M::Input<V> = gather(self.input, step * pitch[0], stride, first);
                    let (y, slope, values) = M::step_saving(&x, &i, &c);
                    scatter(&y.as_ref()[..states], self.states, 0, stride, first);
                    set_block(values.as_ref(), self.kept.get_unchecked_mut(step * pitch[1]..), first);
                    scatter(&[slope], self.slopes, step * pitch[2], stride, first);
                    count = count + V::select(V::splat(0.0), slope.abs(), V::splat(1.0), V::splat(0.0));
                }
            }
        }
        *self.support += ones(count);
    }
}

impl<M: Trainable, F: Precision> Once<M, F> for Undo<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Undo { neurons, stride, elements, pitch, .. } = *self;
        let (states, inputs, kept) = (M::STATE.len(), M::INPUT.len(), kept::<M>());
        assert!(neurons <= stride);
        blocked::<V>(self.hoisted, needed::<M, Recorded>(), stride);
        holds(self.kept, kept, stride, elements, pitch[0]);
        holds(self.slopes, 1, stride, elements, pitch[1]);
        holds(self.states, states, stride, elements, pitch[2]);
        holds(self.spike, 1, stride, elements, pitch[3]);
        holds(self.by_input, inputs, stride, elements, pitch[4]);
        for e in 0..elements {
            let at = pitch.map(|p| e * p);
            for first in (0..neurons).step_by(V::LANES) {
                // SAFETY: as asserted.
                unsafe {
                    let c: M::SavedInvariants<V> = block(self.hoisted, first);
                    let values: M::Saved<V> = block(self.kept.get_unchecked(at[0]..), first);
                    let [slope]: [V; 1] = gather(self.slopes, at[1], stride, first);
                    let after: M::State<V> = gather(self.states, at[2], stride, first);
                    let [bar]: [V; 1] = gather(self.spike, at[3], stride, first);
                    let mut bars = M::Output::<V>::filled(bar);
                    bars.as_mut()[..states].copy_from_slice(after.as_ref());
                    let (x, i) = M::backward_from_saved(slope, &values, &c, &bars);
                    scatter(x.as_ref(), self.states, at[2], stride, first);
                    scatter(i.as_ref(), self.by_input, at[4], stride, first);
                }
            }
        }
    }
}
