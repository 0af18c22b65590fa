//! One step, or a few, of a population inside a network, forward and backward, one file each.
//!
//! A network calls these for each of its populations, between what it delivers along synapses: [`simulated`] in
//! simulations; [`forward`], [`recompute`] and [`backward`] in backpropagation through time, or [`saved`] in place of the
//! last two where the residuals fit; [`linearised`] in online rules. What steps need of the parameters is computed once a
//! run ([`invariants`]).

pub(crate) mod backward;
pub(crate) mod forward;
pub(crate) mod invariants;
pub(crate) mod layout;
pub(crate) mod linearised;
pub(crate) mod recompute;
pub(crate) mod saved;
pub(crate) mod simulated;
mod spikes;

use crate::{
    Level, Precision, Simd,
    simd::{self, Work},
};
use std::marker::PhantomData;

/// Work of one thread on the neurons of one model.
trait ModelWork<M, F: Precision> {
    /// Does the work; must be `#[inline(always)]`, as [`Work::run`].
    fn run<V: Simd<Elem = F>>(&mut self);
}

struct Of<'a, M, W>(&'a mut W, PhantomData<M>);

impl<M, F: Precision, W: ModelWork<M, F>> Work<F> for Of<'_, M, W> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        self.0.run::<V>()
    }
}

/// Runs `work` for the model `M` with the vectors of `level`.
fn run<M, F: Precision, W: ModelWork<M, F>>(work: &mut W, level: Level) {
    simd::run(&mut Of::<M, W>(work, PhantomData), level)
}
