//! This module takes one backward step of a population from its states before the step: it computes the gradients
//! w.r.t. states, inputs and parameters.

use super::{
    ModelWork,
    invariants::{Adjoint, needed},
    layout::{block, blocked, gather, holds, load, rows, scatter, store},
};
use crate::{
    FixedArray, Level, Precision, Simd, Trainable,
    memory::{Strided, StridedMut},
};

/// The arguments of a backward step of some batch elements.
pub(crate) struct BackwardStep<'a, F> {
    /// Number of neurons.
    pub neurons: usize,
    /// Length of a row.
    pub stride: usize,
    /// Number of batch elements.
    pub elements: usize,
    /// States before the step, `[state, stride]` of each element.
    pub before: Strided<'a, F>,
    /// Inputs of the step, `[input, stride]` of each element.
    pub input: Strided<'a, F>,
    /// [`crate::CompiledModel::AdjointInvariants`], `[block, row, LINE]`.
    pub invariants: &'a [F],
    /// Gradients w.r.t. the states after the step; they are replaced by those w.r.t. the states before it.
    pub states: StridedMut<'a, F>,
    /// Gradients w.r.t. the spikes, a row for each element.
    pub spike: Strided<'a, F>,
    /// Gradients w.r.t. the inputs, written.
    pub by_input: StridedMut<'a, F>,
    /// The gradient w.r.t. the parameters, `[parameter, stride]`, of all elements together, is added.
    pub params: &'a mut [F],
}

/// Takes the step.
pub(crate) fn backward<M: Trainable, F: Precision>(work: &mut BackwardStep<F>, level: Level) {
    super::run::<M, F, _>(work, level)
}

impl<M: Trainable, F: Precision> ModelWork<M, F> for BackwardStep<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let (neurons, stride, elements) = (self.neurons, self.stride, self.elements);
        let (states, inputs) = (rows::<M::State<u8>>(), rows::<M::Input<u8>>());
        let (before_pitch, input_pitch) = (self.before.pitch, self.input.pitch);
        let (state_pitch, spike_pitch, by_input_pitch) = (self.states.pitch, self.spike.pitch, self.by_input.pitch);
        assert!(neurons <= stride && stride.is_multiple_of(V::LANES));
        holds(self.before.rows, states, stride, elements, before_pitch);
        holds(self.input.rows, inputs, stride, elements, input_pitch);
        holds(self.states.rows, states, stride, elements, state_pitch);
        holds(self.spike.rows, 1, stride, elements, spike_pitch);
        holds(self.by_input.rows, inputs, stride, elements, by_input_pitch);
        blocked::<V>(self.invariants, needed::<M, Adjoint>(), stride);
        for first in (0..neurons).step_by(V::LANES) {
            // SAFETY: the slice has these rows, as asserted above.
            let c: M::AdjointInvariants<V> = unsafe { block(self.invariants, first) };
            let mut sums: M::Param<V> = load(self.params, stride, first);
            for e in 0..elements {
                // SAFETY: the slices have these rows, as asserted above.
                unsafe {
                    let x: M::State<V> = gather(self.before.rows, e * before_pitch, stride, first);
                    let i: M::Input<V> = gather(self.input.rows, e * input_pitch, stride, first);
                    let after: M::State<V> = gather(self.states.rows, e * state_pitch, stride, first);
                    let [bar]: [V; 1] = gather(self.spike.rows, e * spike_pitch, stride, first);
                    let mut bars = M::Output::<V>::filled(bar);
                    bars.as_mut()[..states].copy_from_slice(after.as_ref());
                    let (x, i, p) = M::step_adjoint(&x, &i, &c, &bars);
                    scatter(x.as_ref(), self.states.rows, e * state_pitch, stride, first);
                    scatter(i.as_ref(), self.by_input.rows, e * by_input_pitch, stride, first);
                    // This is a loop because a closure would not be compiled for the vector instructions.
                    for (sum, &g) in sums.as_mut().iter_mut().zip(p.as_ref()) {
                        *sum = *sum + g;
                    }
                }
            }
            store(sums.as_ref(), self.params, stride, first);
        }
    }
}
