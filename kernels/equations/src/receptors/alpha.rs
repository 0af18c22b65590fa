//! A response with one time constant for rise and decay: `w (t / tau) exp(1 - t / tau)`, which peaks at `w` after
//! `tau`.
//!
//! Rall (1967), <https://doi.org/10.1152/jn.1967.30.5.1138>. Two stages of the same decay, one filling the other;
//! exponential Euler is of first order here, and exact for [`Biexponential`](super::Biexponential).

use super::kinetics::Kinetics;
use crate::{Real, fields};

fields! {
    /// State of [`Alpha`].
    pub struct State {
        /// Response.
        g: "nS" = 0.0 in 0.0..100.0,
        /// What still has to rise.
        h: "nS" = 0.0 in 0.0..100.0,
    }
}
fields! {
    /// Parameters of [`Alpha`].
    pub struct Param {
        /// Time to the peak, and time constant of the decay.
        tau: "ms" = 2.0 in 0.1..200.0,
    }
}

/// The kinetics of one time constant; see the page of this module.
pub struct Alpha;

impl Kinetics for Alpha {
    type State = State;
    type Param = Param;

    fn events(x: State, w: Real, _: Param) -> State {
        State { g: x.g, h: x.h + w }
    }
    fn rates(x: State, p: Param) -> State {
        State { g: (std::f64::consts::E * x.h - x.g) / p.tau, h: -x.h / p.tau }
    }
    fn response(x: State) -> Real {
        x.g
    }
}
