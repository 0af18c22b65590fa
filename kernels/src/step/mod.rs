//! This module takes one or a few steps of a population inside a network, forward and backward; each kind of step is a
//! file.
//!
//! A network calls these steps for each of its populations, between the deliveries of spikes: [`simulated`] in
//! simulations; [`forward`], [`recompute`] and [`backward`] in backpropagation through time, or [`saved`] in place of
//! the last two where residuals suffice; [`linearised`] in online rules. What depends on the parameters alone is
//! computed once per run ([`invariants`]).

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

/// The work of one thread on the neurons of one model.
trait ModelWork<M, F: Precision> {
    /// Does the work. Implementations must be `#[inline(always)]`, as those of [`Work::run`].
    fn run<V: Simd<Elem = F>>(&mut self);
}

struct Of<'a, M, W>(&'a mut W, PhantomData<M>);

impl<M, F: Precision, W: ModelWork<M, F>> Work<F> for Of<'_, M, W> {
    type Cell = M;

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        self.0.run::<V>()
    }
}

/// Runs `work` for the model `M` with the vectors of `level`.
fn run<M, F: Precision, W: ModelWork<M, F>>(work: &mut W, level: Level) {
    simd::run(&mut Of::<M, W>(work, PhantomData), level)
}
