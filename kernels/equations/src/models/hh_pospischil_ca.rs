//! The cortical Hodgkin-Huxley neuron with Ca currents: that of [`HhPospischil`](super::HhPospischil) with the inward
//! currents `g_T s_inf(v)^2 u (v - E_Ca)`, of low threshold, and `g_Ca q^2 r (v - E_Ca)`, of high threshold.
//!
//! These are equations 5-8 of Pospischil et al. (2008), <https://doi.org/10.1007/s00422-008-0263-8>, there `I_T` and
//! `I_L`, at the 36 degrees of its kinetics. The time constant of `u` is that of its source, Destexhe et al. (1996),
//! <https://doi.org/10.1152/jn.1996.76.3.2049>, and is never below 8.3 ms: as the article prints it, with the term of
//! 30.8 ms in the numerator, it would fall to a tenth of a microsecond in a spike. [`LTS`] is the low-threshold spiking
//! cell, which fires a burst when it is released from inhibition, and [`IB`] the intrinsically bursting one.
//!
//! The gates are advanced before the potential, which makes its error fall with the square of the step while they start
//! in their steady state.

use super::{
    channels::{Gate, Gates, MCurrent, logistic, relax},
    threshold::crossing,
};
use crate::{Neuron, Real, ReferenceDrive, exprelr, fields};

/// The parameters of the low-threshold spiking cell that differ from the defaults, and its rest.
pub const LTS: &[(&str, f64)] = &[
    ("g_Na", 50.0),
    ("g_K", 4.0),
    ("g_M", 0.028),
    ("g_T", 0.4),
    ("g_L", 0.019),
    ("E_L", -50.0),
    ("V_T", -50.0),
    ("tau_max", 4000.0),
    ("V_x", -7.0),
    ("v", -53.96),
    ("m", 0.0064),
    ("h", 0.9985),
    ("n", 0.01935),
    ("p", 0.1305),
    ("u", 0.00663),
    ("q", 0.00449),
    ("r", 0.4447),
];

/// The parameters of the intrinsically bursting cell that differ from the defaults, and its rest.
pub const IB: &[(&str, f64)] = &[
    ("g_Na", 50.0),
    ("g_K", 5.0),
    ("g_M", 0.03),
    ("g_Ca", 0.1),
    ("g_L", 0.01),
    ("E_L", -70.0),
    ("v", -71.42),
    ("m", 0.0005),
    ("h", 0.99992),
    ("n", 0.00244),
    ("p", 0.02553),
    ("u", 0.05243),
    ("q", 0.000027),
    ("r", 0.6579),
];

fields! {
    /// State of [`HhPospischilCa`]; defaults are the rest of the regular-spiking cell.
    pub struct State {
        /// Membrane potential.
        v: "mV" = -71.91 in -120.0..60.0,
        /// Na activation.
        m: "1" = 0.00045 in 0.0..1.0,
        /// Na inactivation.
        h: "1" = 0.99993 in 0.0..1.0,
        /// Delayed-rectifier K activation.
        n: "1" = 0.00222 in 0.0..1.0,
        /// M-current activation.
        p: "1" = 0.02434 in 0.0..1.0,
        /// Inactivation of the low-threshold Ca current.
        u: "1" = 0.05884 in 0.0..1.0,
        /// Activation of the high-threshold Ca current.
        q: "1" = 0.000023 in 0.0..1.0,
        /// Inactivation of the high-threshold Ca current.
        r: "1" = 0.6635 in 0.0..1.0,
    }
}
fields! {
    /// Input of [`HhPospischilCa`].
    pub struct Input {
        /// Injected and synaptic current density.
        i: "uA/cm2" = 0.0 in -100.0..100.0,
    }
}
fields! {
    /// Parameters of [`HhPospischilCa`].
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
        /// Peak conductance of the low-threshold Ca current.
        g_T: "mS/cm2" = 0.0 in 0.0..2.0,
        /// Peak conductance of the high-threshold Ca current.
        g_Ca: "mS/cm2" = 0.0 in 0.0..1.0,
        /// Leak reversal potential.
        E_L: "mV" = -70.3 in -90.0..-45.0,
        /// Na reversal potential.
        E_Na: "mV" = 50.0 in 40.0..60.0,
        /// K reversal potential.
        E_K: "mV" = -90.0 in -100.0..-70.0,
        /// Ca reversal potential.
        E_Ca: "mV" = 120.0 in 80.0..150.0,
        /// Shift of the Na and K activation curves.
        V_T: "mV" = -56.2 in -75.0..-45.0,
        /// Slowest time constant of the M current.
        tau_max: "ms" = 608.0 in 50.0..4000.0,
        /// Shift of the low-threshold Ca current, down the potential.
        V_x: "mV" = 2.0 in -20.0..20.0,
    }
}

/// The cortical Hodgkin-Huxley neuron with Ca currents; see the page of this module.
pub struct HhPospischilCa;

impl Neuron for HhPospischilCa {
    const NAME: &'static str = "hh-pospischil-ca";
    const SUMMARY: &'static str = "Hodgkin-Huxley neuron with leak, Na, K, M and Ca currents of low and high threshold";
    const CITATION: &'static str =
        "Pospischil et al. (2008), Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons, Biological Cybernetics 99:427";
    const SOURCE: &'static str = "10.1007/s00422-008-0263-8";
    const STAGES: &'static [&'static [usize]] = &[&[1, 2, 3, 4, 5, 6, 7], &[0]];
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.025, current: Some(12.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        let shifted = x.v + p.V_x;
        let s = logistic((shifted + 57.0) / 6.2);
        let i_l = p.g_L * (x.v - p.E_L);
        let i_na = p.g_Na * x.m.powi(3) * x.h * (x.v - p.E_Na);
        let i_k = (p.g_K * x.n.powi(4) + p.g_M * x.p) * (x.v - p.E_K);
        let i_ca = (p.g_T * s * s * x.u + p.g_Ca * x.q * x.q * x.r) * (x.v - p.E_Ca);

        let gates = Gates::at(x.v - p.V_T);
        let falling = (211.4 + ((shifted + 113.2) / 5.0).exp()) / (1.0 + ((shifted + 84.0) / 3.2).exp());
        let tau_u = (30.8 + falling) / 3.7;
        let q = Gate { alpha: 0.209 * exprelr((-27.0 - x.v) / 3.8), beta: 0.94 * ((-75.0 - x.v) / 17.0).exp() };
        let r = Gate {
            alpha: 0.000457 * ((-13.0 - x.v) / 50.0).exp(),
            beta: 0.0065 / (1.0 + ((-15.0 - x.v) / 28.0).exp()),
        };

        State {
            v: (i.i - i_l - i_na - i_k - i_ca) / p.c_m,
            m: gates.m.rate(x.m),
            h: gates.h.rate(x.h),
            n: gates.n.rate(x.n),
            p: MCurrent::at(x.v + 35.0, p.tau_max).rate(x.p),
            u: relax(x.u, 1.0 - logistic((shifted + 81.0) / 4.0), tau_u),
            q: q.rate(x.q),
            r: r.rate(x.r),
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
