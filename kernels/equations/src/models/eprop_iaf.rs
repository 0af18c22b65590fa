//! The integrate-and-fire neuron of the e-prop reference task, as NEST's `eprop_iaf` (Bellec et al. 2020,
//! <https://doi.org/10.1038/s41467-020-17236-y>), without dimensions and without a refractory period.
//!
//! `v[t+1] = a v[t] + (1 - a) i[t] - V_th z[t]` with `a = exp(-dt / tau_m)`: the spike of a step lowers the potential
//! at the end of the next, and no gradient passes through that. Rest is zero.

use super::threshold::SURROGATE;
use crate::{Neuron, Real, fields, spike};

fields! {
    /// State of [`EpropIaf`].
    pub struct State {
        /// Membrane potential.
        v: "1" = 0.0 in -5.0..5.0,
    }
}
fields! {
    /// Input of [`EpropIaf`].
    pub struct Input {
        /// Injected current and the weights of this step's events, over the leak conductance.
        i: "1" = 0.0 in -10.0..10.0,
    }
}
fields! {
    /// Parameters of [`EpropIaf`].
    pub struct Param {
        /// Membrane time constant.
        tau_m: "ms" = 30.0 in 1.0..1000.0,
        /// Spike threshold.
        V_th: "1" = 1.0 in 0.001..10.0,
    }
}

/// The integrate-and-fire neuron of e-prop; see the page of this module.
pub struct EpropIaf;

impl Neuron for EpropIaf {
    const NAME: &'static str = "eprop-iaf";
    const SUMMARY: &'static str = "integrate-and-fire neuron of the e-prop reference task, without dimensions";
    const CITATION: &'static str =
        "Bellec et al. (2020), A solution to the learning dilemma for recurrent networks of spiking neurons, Nature Communications 11:3625";
    const SOURCE: &'static str = "10.1038/s41467-020-17236-y";
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        State { v: (i.i - x.v) / p.tau_m }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(before: State, x: State, _: Input, p: Param) -> Real {
        above(lowered(before, x, p), p)
    }

    fn reset(before: State, x: State, _: Real, p: Param) -> State {
        State { v: lowered(before, x, p) }
    }
}

/// Returns the potential after the last step's spike has lowered it.
#[track_caller]
fn lowered(before: State, x: State, p: Param) -> Real {
    x.v - p.V_th * above(before.v, p).detach()
}

/// Returns whether the potential is above the threshold: one or zero.
#[track_caller]
fn above(v: Real, p: Param) -> Real {
    spike((v - p.V_th) / p.V_th, SURROGATE)
}
