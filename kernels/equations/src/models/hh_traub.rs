//! The Hodgkin-Huxley neuron with leak, Na and K currents of Traub and Miles:
//! `c_m dv/dt = i - g_L (v - E_L) - g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K)`, with gates
//! `dx/dt = alpha (1 - x) - beta x` for `x` in `m`, `h`, `n`.
//!
//! The model is that of Traub and Miles (1991), <https://doi.org/10.1017/CBO9780511895401>, as modified by Pospischil
//! et al. (2008), <https://doi.org/10.1007/s00422-008-0263-8>, equations 2-3, for a whole cell of 20,000 um2: nA, nF,
//! uS, mV and ms are a closed system. The gates start closed, as in the example of brian2modelfitting.

use super::{channels::Gates, threshold::crossing};
use crate::{Neuron, Real, ReferenceDrive, fields};

fields! {
    /// State of [`HhTraub`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -65.0 in -120.0..60.0,
        /// Na activation.
        m: "1" = 0.0 in 0.0..1.0,
        /// Na inactivation.
        h: "1" = 0.0 in 0.0..1.0,
        /// K activation.
        n: "1" = 0.0 in 0.0..1.0,
    }
}
fields! {
    /// Input of [`HhTraub`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "nA" = 0.0 in -50.0..50.0,
    }
}
fields! {
    /// Parameters of [`HhTraub`].
    pub struct Param {
        /// Membrane capacitance.
        c_m: "nF" = 0.2 in 0.01..1.0,
        /// Leak conductance.
        g_L: "uS" = 0.01 in 0.0001..0.1,
        /// Peak Na conductance.
        g_Na: "uS" = 20.0 in 0.01..40.0,
        /// Peak K conductance.
        g_K: "uS" = 6.0 in 0.01..20.0,
        /// Leak reversal potential.
        E_L: "mV" = -65.0 in -90.0..-50.0,
        /// Na reversal potential.
        E_Na: "mV" = 50.0 in 40.0..60.0,
        /// K reversal potential.
        E_K: "mV" = -90.0 in -100.0..-70.0,
        /// Shift of the activation curves.
        V_T: "mV" = -63.0 in -65.0..-50.0,
    }
}

/// The Hodgkin-Huxley neuron of Traub and Miles; see the page of this module.
pub struct HhTraub;

impl Neuron for HhTraub {
    const NAME: &'static str = "hh-traub";
    const SUMMARY: &'static str = "Hodgkin-Huxley neuron with leak, Na and K currents";
    const CITATION: &'static str =
        "Traub and Miles (1991), Neuronal Networks of the Hippocampus, Cambridge University Press";
    const SOURCE: &'static str = "10.1017/CBO9780511895401";
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.025, current: Some(5.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        rates(x, i, p, Gates::at(x.v - p.V_T))
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(before: State, x: State, _: Input, _: Param) -> Real {
        crossing(before.v, x.v)
    }

    fn reset(_: State, x: State, _: Real, _: Param) -> State {
        x
    }
}

/// Returns the time derivatives of the states, given the rates of the gates.
pub(super) fn rates(x: State, i: Input, p: Param, gates: Gates) -> State {
    let i_l = p.g_L * (x.v - p.E_L);
    let i_na = p.g_Na * x.m.powi(3) * x.h * (x.v - p.E_Na);
    let i_k = p.g_K * x.n.powi(4) * (x.v - p.E_K);
    State { v: (i.i - i_l - i_na - i_k) / p.c_m, m: gates.m.rate(x.m), h: gates.h.rate(x.h), n: gates.n.rate(x.n) }
}
