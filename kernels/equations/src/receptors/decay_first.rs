//! Receptors whose states decay before the neuron sees them.

use crate::{Real, Receptor};
use std::marker::PhantomData;

/// Receptor `R` whose states, with this step's events, decay before the neuron is advanced.
///
/// This is the order of the reference code of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain
/// Modeling", where the neuron sees `(g + w) exp(-dt / tau)`.
pub struct DecayFirst<R>(PhantomData<R>);

impl<R: Receptor> Receptor for DecayFirst<R> {
    const NAME: &'static str = R::NAME;
    const DEFAULTS: &'static [(&'static str, f64)] = R::DEFAULTS;
    const CURRENT: bool = R::CURRENT;
    const DECAY_FIRST: bool = true;
    type State = R::State;
    type Input = R::Input;
    type Param = R::Param;

    fn events(x: R::State, i: R::Input, p: R::Param) -> R::State {
        R::events(x, i, p)
    }
    fn rates(x: R::State, p: R::Param) -> R::State {
        R::rates(x, p)
    }
    fn current(x: R::State, v: Real, p: R::Param) -> Real {
        R::current(x, v, p)
    }
}
