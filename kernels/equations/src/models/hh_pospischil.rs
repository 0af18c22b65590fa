//! The cortical Hodgkin-Huxley neuron with leak, Na, K and M currents: that of [`HhTraub`](super::HhTraub) with a
//! further outward current `g_M p (v - E_K)`, whose gate `p` relaxes to `p_inf(v)` with the time constant `tau_p(v)`.
//!
//! These are equations 1-4 of Pospischil et al. (2008), <https://doi.org/10.1007/s00422-008-0263-8>. The defaults are
//! those of its regular-spiking cell; [`FS`] is the fast-spiking one.

use super::{
    channels::{Gates, MCurrent},
    threshold::crossing,
};
use crate::{Neuron, Real, ReferenceDrive, fields};

/// The parameters of the fast-spiking cell that differ from the defaults.
pub const FS: &[(&str, f64)] = &[
    ("g_Na", 58.0),
    ("g_K", 3.9),
    ("g_M", 0.0787),
    ("g_L", 0.038),
    ("E_L", -70.4),
    ("V_T", -57.9),
    ("tau_max", 502.0),
];

fields! {
    /// State of [`HhPospischil`]; defaults are the rest of the regular-spiking cell.
    pub struct State {
        /// Membrane potential.
        v: "mV" = -70.4 in -120.0..60.0,
        /// Na activation.
        m: "1" = 0.0006 in 0.0..1.0,
        /// Na inactivation.
        h: "1" = 0.9999 in 0.0..1.0,
        /// Delayed-rectifier K activation.
        n: "1" = 0.003 in 0.0..1.0,
        /// M-current activation.
        p: "1" = 0.028 in 0.0..1.0,
    }
}
fields! {
    /// Input of [`HhPospischil`].
    pub struct Input {
        /// Injected and synaptic current density.
        i: "uA/cm2" = 0.0 in -100.0..100.0,
    }
}
fields! {
    /// Parameters of [`HhPospischil`].
    pub struct Param {
        /// Membrane capacitance.
        c_m: "uF/cm2" = 1.0 in 0.5..2.0,
        /// Leak conductance.
        g_L: "mS/cm2" = 0.0205 in 0.001..0.5,
        /// Peak Na conductance.
        g_Na: "mS/cm2" = 56.0 in 5.0..200.0,
        /// Peak delayed-rectifier K conductance.
        g_K: "mS/cm2" = 6.0 in 0.5..50.0,
        /// Peak M conductance.
        g_M: "mS/cm2" = 0.075 in 0.0..1.0,
        /// Leak reversal potential.
        E_L: "mV" = -70.3 in -90.0..-50.0,
        /// Na reversal potential.
        E_Na: "mV" = 50.0 in 40.0..60.0,
        /// K reversal potential.
        E_K: "mV" = -90.0 in -100.0..-70.0,
        /// Shift of the Na and K activation curves.
        V_T: "mV" = -56.2 in -75.0..-45.0,
        /// Slowest time constant of the M current.
        tau_max: "ms" = 608.0 in 50.0..4000.0,
    }
}

/// The cortical Hodgkin-Huxley neuron; see the page of this module.
pub struct HhPospischil;

impl Neuron for HhPospischil {
    const NAME: &'static str = "hh-pospischil";
    const SUMMARY: &'static str = "Hodgkin-Huxley neuron with leak, Na, K and M currents";
    const CITATION: &'static str =
        "Pospischil et al. (2008), Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons, Biological Cybernetics 99:427";
    const SOURCE: &'static str = "10.1007/s00422-008-0263-8";
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.025, current: Some(12.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        let i_l = p.g_L * (x.v - p.E_L);
        let i_na = p.g_Na * x.m.powi(3) * x.h * (x.v - p.E_Na);
        let i_k = p.g_K * x.n.powi(4) * (x.v - p.E_K);
        let i_m = p.g_M * x.p * (x.v - p.E_K);

        let gates = Gates::at(x.v - p.V_T);

        State {
            v: (i.i - i_l - i_na - i_k - i_m) / p.c_m,
            m: gates.m.rate(x.m),
            h: gates.h.rate(x.h),
            n: gates.n.rate(x.n),
            p: MCurrent::at(x.v + 35.0, p.tau_max).rate(x.p),
        }
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
