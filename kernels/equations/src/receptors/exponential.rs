//! A response that rises at once and decays exponentially: `w exp(-t / tau)`.
//!
//! As in the benchmark networks of Brette et al. (2007), <https://doi.org/10.1007/s10827-007-0038-6>, with the decay of
//! their excitation. Exponential Euler integrates it exactly.

use super::kinetics::Kinetics;
use crate::{Real, fields};

fields! {
    /// State of [`Exponential`].
    pub struct State {
        /// Response.
        g: "nS" = 0.0 in 0.0..100.0,
    }
}
fields! {
    /// Parameters of [`Exponential`].
    pub struct Param {
        /// Decay time constant.
        tau: "ms" = 5.0 in 0.1..200.0,
    }
}

/// The kinetics of an instantaneous rise; see the page of this module.
pub struct Exponential;

impl Kinetics for Exponential {
    type State = State;
    type Param = Param;

    fn events(x: State, w: Real, _: Param) -> State {
        State { g: x.g + w }
    }
    fn rates(x: State, p: Param) -> State {
        State { g: -x.g / p.tau }
    }
    fn response(x: State) -> Real {
        x.g
    }
}
