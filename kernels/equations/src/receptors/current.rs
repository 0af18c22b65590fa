//! Receptors whose response is a current, and those whose response is a conductance.

use super::kinetics::{Events, Kinetics, Named};
use crate::{Real, Receptor, fields};
use std::marker::PhantomData;

fields! {
    /// Parameter of a [`Conductance`] beside those of its kinetics.
    pub struct Reversal {
        /// Reversal potential.
        E: "mV" = 0.0 in -100.0..50.0,
    }
}

/// A receptor whose response is a current, whatever the potential.
pub struct Current<K, N>(PhantomData<(K, N)>);

impl<K: Kinetics, N: Named> Receptor for Current<K, N> {
    const NAME: &'static str = N::NAME;
    const DEFAULTS: &'static [(&'static str, f64)] = N::DEFAULTS;
    const CURRENT: bool = true;
    type State = K::State;
    type Input = Events;
    type Param = K::Param;

    fn events(x: K::State, i: Events, p: K::Param) -> K::State {
        K::events(x, i.w, p)
    }
    fn rates(x: K::State, p: K::Param) -> K::State {
        K::rates(x, p)
    }
    fn current(x: K::State, _: Real, _: K::Param) -> Real {
        K::response(x)
    }
}

/// A receptor whose response is a conductance `g`, which gives the current `g (E - v)`.
pub struct Conductance<K, N>(PhantomData<(K, N)>);

impl<K: Kinetics, N: Named> Receptor for Conductance<K, N> {
    const NAME: &'static str = N::NAME;
    const DEFAULTS: &'static [(&'static str, f64)] = N::DEFAULTS;
    type State = K::State;
    type Input = Events;
    type Param = (Reversal, K::Param);

    fn events(x: K::State, i: Events, (_, p): Self::Param) -> K::State {
        K::events(x, i.w, p)
    }
    fn rates(x: K::State, (_, p): Self::Param) -> K::State {
        K::rates(x, p)
    }
    fn current(x: K::State, v: Real, (reversal, _): Self::Param) -> Real {
        K::response(x) * (reversal.E - v)
    }
}
