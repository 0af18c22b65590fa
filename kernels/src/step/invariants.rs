//! This module computes the invariants of steps in training once per run, `[block, row, LINE]`: all that depends on the
//! parameters alone.

use super::{
    ModelWork,
    layout::{blocked, load, rows, set_block},
};
use crate::{CompiledModel, FixedArray, Level, Precision, Simd, Trainable, memory::AlignedVec};
use std::marker::PhantomData;

/// A kind of step, with its invariants.
pub(crate) trait Kind<M: CompiledModel> {
    /// The invariants of the step.
    type Invariants<V: Copy>: FixedArray<V>;
    /// Computes the invariants from the time step and the parameters.
    fn of<V: Simd>(dt: V, p: &M::Param<V>) -> Self::Invariants<V>;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $model:ident, $invariants:ident by $compute:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $kind {}
        impl<M: $model> Kind<M> for $kind {
            type Invariants<V: Copy> = M::$invariants<V>;
            #[inline(always)]
            fn of<V: Simd>(dt: V, p: &M::Param<V>) -> M::$invariants<V> {
                M::$compute(dt, p)
            }
        }
    )*};
}
kinds! {
    /// [`forward`](super::forward) and [`recompute`](super::recompute).
    Surrogate: Trainable, SurrogateInvariants by surrogate_invariants;
    /// [`backward`](super::backward).
    Adjoint: CompiledModel, AdjointInvariants by adjoint_invariants;
    /// Both directions of [`saved`](super::saved).
    Saved: Trainable, SavedInvariants by saved_invariants;
    /// [`linearised`](super::linearised).
    Linearised: Trainable, LinearisedInvariants by linearised_invariants;
}

/// Returns the number of rows of invariants of a kind of step.
pub(crate) fn needed<M: CompiledModel, K: Kind<M>>() -> usize {
    rows::<K::Invariants<u8>>()
}

/// The function that computes the invariants of one cell for one kind of step.
#[derive(Clone, Copy)]
pub(crate) struct Invariants<F> {
    /// Function that returns the number of rows.
    pub(crate) rows: fn() -> usize,
    compute: fn(&mut Compute<F>, Level),
}

impl<F: Precision> Invariants<F> {
    pub(crate) const fn new<M: Trainable, K: Kind<M>>() -> Self {
        Invariants { rows: needed::<M, K>, compute: compute::<M, K, F> }
    }

    /// Computes the invariants of neurons with parameters `[row, stride]`, for steps of `dt` ms.
    pub(crate) fn of(&self, dt: f64, stride: usize, params: &[F], level: Level) -> AlignedVec<F> {
        let mut invariants = AlignedVec::new((self.rows)() * stride);
        (self.compute)(&mut Compute { dt, stride, params, invariants: &mut invariants }, level);
        invariants
    }
}

struct Compute<'a, F> {
    dt: f64,
    stride: usize,
    params: &'a [F],
    invariants: &'a mut [F],
}

struct ForKind<'w, 'a, F, K>(&'w mut Compute<'a, F>, PhantomData<K>);

fn compute<M: Trainable, K: Kind<M>, F: Precision>(work: &mut Compute<F>, level: Level) {
    super::run::<M, F, _>(&mut ForKind::<F, K>(work, PhantomData), level)
}

impl<M: CompiledModel, K: Kind<M>, F: Precision> ModelWork<M, F> for ForKind<'_, '_, F, K> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Compute { dt, stride, params, invariants } = &mut *self.0;
        blocked::<V>(invariants, needed::<M, K>(), *stride);
        for first in (0..*stride).step_by(V::LANES) {
            let p: M::Param<V> = load(params, *stride, first);
            // SAFETY: the slice has these rows, as asserted above.
            unsafe { set_block(K::of(V::splat(*dt), &p).as_ref(), invariants, first) };
        }
    }
}
