//! This module takes one forward step of a population in a network that is trained.

use super::{
    ModelWork,
    invariants::{Surrogate, needed},
    layout::{block, blocked, gather, holds, rows, scatter},
    spikes::push_lanes,
};
use crate::{FixedArray, Level, Precision, Simd, Trainable, memory::StridedMut};

/// The arguments of a forward step of some batch elements.
pub(crate) struct ForwardStep<'a, F> {
    /// Number of neurons.
    pub neurons: usize,
    /// Length of a row.
    pub stride: usize,
    /// States before the step, `[state, stride]` of each element; they are replaced by those after it.
    pub states: StridedMut<'a, F>,
    /// Inputs, `[input, stride]` of each element; they are replaced by zeros.
    pub input: StridedMut<'a, F>,
    /// [`Trainable::SurrogateInvariants`], `[block, row, LINE]`.
    pub invariants: &'a [F],
    /// The neurons that spike are appended, for each element.
    pub spikes: &'a mut [Vec<u32>],
}

/// Takes the step.
pub(crate) fn forward<M: Trainable, F: Precision>(work: &mut ForwardStep<F>, level: Level) {
    super::run::<M, F, _>(work, level)
}

/// Number of neurons whose spikes are the bits of one word.
const WORD: usize = u64::BITS as usize;

impl<M: Trainable, F: Precision> ModelWork<M, F> for ForwardStep<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let (neurons, stride, elements) = (self.neurons, self.stride, self.spikes.len());
        let (states, inputs) = (rows::<M::State<u8>>(), rows::<M::Input<u8>>());
        let (state_pitch, input_pitch) = (self.states.pitch, self.input.pitch);
        assert!(neurons <= stride);
        blocked::<V>(self.invariants, needed::<M, Surrogate>(), stride);
        holds(self.states.rows, states, stride, elements, state_pitch);
        holds(self.input.rows, inputs, stride, elements, input_pitch);
        for (e, spikes) in self.spikes.iter_mut().enumerate() {
            let mut bits = 0;
            for first in (0..neurons).step_by(V::LANES) {
                // SAFETY: the slices have these rows, as asserted above.
                let z = unsafe {
                    let c: M::SurrogateInvariants<V> = block(self.invariants, first);
                    let x: M::State<V> = gather(self.states.rows, e * state_pitch, stride, first);
                    let i: M::Input<V> = gather(self.input.rows, e * input_pitch, stride, first);
                    let (y, _) = M::step_with_surrogate(&x, &i, &c);
                    scatter(&y.as_ref()[..states], self.states.rows, e * state_pitch, stride, first);
                    let none = M::Input::<V>::filled(V::splat(0.0));
                    scatter(none.as_ref(), self.input.rows, e * input_pitch, stride, first);
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
