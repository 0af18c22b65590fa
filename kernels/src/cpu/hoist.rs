//! What the steps of a network that is trained need of the parameters, computed once a run: `[block, row, LINE]`.

use super::{
    recurrent::{Once, blocked, load, once, rows, set_block},
    *,
};
use crate::{Trainable, memory::AlignedVec};
use std::marker::PhantomData;

/// Steps that need the same.
pub(crate) trait Kind<M: Model> {
    /// What they need.
    type Hoisted<V: Copy>: Array<V>;
    fn of<V: Simd>(dt: V, p: &M::Param<V>) -> Self::Hoisted<V>;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $model:ident, $hoisted:ident by $hoist:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $kind {}
        impl<M: $model> Kind<M> for $kind {
            type Hoisted<V: Copy> = M::$hoisted<V>;
            #[inline(always)]
            fn of<V: Simd>(dt: V, p: &M::Param<V>) -> M::$hoisted<V> {
                M::$hoist(dt, p)
            }
        }
    )*};
}
kinds! {
    /// [`recurrent::Ahead`] and [`recurrent::Again`].
    Onward: Trainable, SurrogateInvariants by surrogate_invariants;
    /// [`recurrent::Back`].
    Backward: Model, AdjointInvariants by adjoint_invariants;
    /// [`taped::Keep`] and [`taped::Undo`].
    Recorded: Trainable, SavedInvariants by saved_invariants;
    /// [`eligible::Slopes`].
    Traced: Trainable, LinearisedInvariants by linearised_invariants;
}

/// How many rows they need.
pub(crate) fn needed<M: Model, K: Kind<M>>() -> usize {
    rows::<K::Hoisted<u8>>()
}

/// Computes it, of one cell.
#[derive(Clone, Copy)]
pub(crate) struct Hoist<F> {
    pub(crate) rows: fn() -> usize,
    run: fn(&mut Work<F>, Level),
}

impl<F: Precision> Hoist<F> {
    pub(crate) const fn new<M: Trainable, K: Kind<M>>() -> Self {
        Hoist { rows: needed::<M, K>, run: hoist::<M, K, F> }
    }

    /// Of parameters `[row, stride]`, in steps of `dt`.
    pub(crate) fn of(&self, dt: f64, stride: usize, params: &[F], level: Level) -> AlignedVec<F> {
        let mut hoisted = AlignedVec::new((self.rows)() * stride);
        (self.run)(&mut Work { dt, stride, params, hoisted: &mut hoisted }, level);
        hoisted
    }
}

struct Work<'a, F> {
    dt: f64,
    stride: usize,
    params: &'a [F],
    hoisted: &'a mut [F],
}

struct Of<'w, 'a, F, K>(&'w mut Work<'a, F>, PhantomData<K>);

fn hoist<M: Trainable, K: Kind<M>, F: Precision>(work: &mut Work<F>, level: Level) {
    once::<M, F, _>(&mut Of::<F, K>(work, PhantomData), level)
}

impl<M: Model, K: Kind<M>, F: Precision> Once<M, F> for Of<'_, '_, F, K> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let Work { dt, stride, params, hoisted } = &mut *self.0;
        blocked::<V>(hoisted, needed::<M, K>(), *stride);
        for first in (0..*stride).step_by(V::LANES) {
            let p: M::Param<V> = load(params, *stride, first);
            // SAFETY: as asserted.
            unsafe { set_block(K::of(V::splat(*dt), &p).as_ref(), hoisted, first) };
        }
    }
}
