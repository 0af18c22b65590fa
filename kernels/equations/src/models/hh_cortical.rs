//! The Hodgkin-Huxley neuron for fits to recorded cortical cells: leak, Na, delayed-rectifier K, M, a spike-activated K
//! current, persistent Na, slow inactivation of Na, inactivation of the delayed rectifier, and a passive dendrite.
//!
//! ```text
//! c_m dv/dt = i - g_L (v - E_L) - g_Na m^3 h s (v - E_Na) - g_P p_Na(v) (v - E_Na)
//!               - (g_K n^4 (1 - f_K + f_K r) + g_M p + g_A a) (v - E_K) - g_c (v - v_d)
//! dr/dt = (1 - r) / tau_r - k_r r / (1 + exp((40 - (v - V_T)) / 5))
//! tau_d dv_d/dt = v - v_d
//! ```
//!
//! The gates `m`, `h`, `n` have the rates of Traub and Miles (1991), as Pospischil et al. (2008),
//! <https://doi.org/10.1007/s00422-008-0263-8>, have them, of a potential that is stretched and shifted:
//! `u_x = u_x0 + a_x (v - V_T - shift_x - u_x0)` with `u_x0 = 25, 20, 25` mV, and both rates times `k_x`. The M current
//! `p` is that of Pospischil et al. with the half activation `V_p` free. The others relax to a logistic function of
//! `v`: `a` with `tau_A`, around `V_A`; `s` with `tau_s`, from one down to `1 - f_s` around `V_s`; the persistent Na
//! current at once, around `V_T + shift_P`. The share `f_K` of the delayed rectifier inactivates in a spike and recovers
//! with `tau_r`, so that spikes broaden along a train (Ma and Koester 1996,
//! <https://doi.org/10.1523/JNEUROSCI.16-13-04089.1996>; in pyramidal cells Kim et al. 2005,
//! <https://doi.org/10.1113/jphysiol.2005.095042>). The dendrite takes a current while the potential changes; its steady
//! leak is part of `g_L`. Recordings are seldom corrected for the junction potential, so that potentials are those of the
//! pipette.
//!
//! The gates are advanced before the potential, which sees the new ones: they lie half a step ahead of it, so that its
//! error falls with the square of the step while the gates start in their steady state. Units are those of a patch
//! clamp: pF, nS, pA, mV and ms are a closed system.

use super::{
    channels::{Gate, Gates, MCurrent, logistic, relax},
    threshold::rise_through,
};
use crate::{Neuron, Real, ReferenceDrive, fields};

fields! {
    /// State of [`HhCortical`]; defaults are its rest.
    pub struct State {
        /// Membrane potential.
        v: "mV" = -70.0 in -120.0..60.0,
        /// Na activation.
        m: "1" = 0.00016 in 0.0..1.0,
        /// Na inactivation.
        h: "1" = 0.99998 in 0.0..1.0,
        /// Delayed-rectifier K activation.
        n: "1" = 0.00097 in 0.0..1.0,
        /// M-current activation.
        p: "1" = 0.0293 in 0.0..1.0,
        /// Activation of the spike-activated K current.
        a: "1" = 0.000045 in 0.0..1.0,
        /// Slow Na inactivation.
        s: "1" = 0.9973 in 0.0..1.0,
        /// Part of the inactivating delayed rectifier that is not inactivated.
        r: "1" = 0.9998 in 0.0..1.0,
        /// Potential of the dendrite.
        v_d: "mV" = -70.0 in -120.0..60.0,
    }
}
fields! {
    /// Input of [`HhCortical`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`HhCortical`].
    pub struct Param {
        /// Membrane capacitance.
        c_m: "pF" = 150.0 in 20.0..1000.0,
        /// Leak conductance.
        g_L: "nS" = 5.0 in 0.5..50.0,
        /// Leak reversal potential.
        E_L: "mV" = -70.0 in -90.0..-45.0,
        /// Peak Na conductance.
        g_Na: "nS" = 8000.0 in 300.0..200000.0,
        /// Na reversal potential.
        E_Na: "mV" = 50.0 in 30.0..90.0,
        /// Peak delayed-rectifier K conductance.
        g_K: "nS" = 1000.0 in 30.0..50000.0,
        /// K reversal potential.
        E_K: "mV" = -85.0 in -105.0..-50.0,
        /// Peak M conductance.
        g_M: "nS" = 10.0 in 0.01..1000.0,
        /// Shift of the Na and K kinetics.
        V_T: "mV" = -50.0 in -70.0..-30.0,
        /// Further shift of Na inactivation.
        shift_h: "mV" = 0.0 in -20.0..30.0,
        /// Further shift of K activation.
        shift_n: "mV" = 0.0 in -20.0..30.0,
        /// Factor of the rates of Na activation.
        k_m: "1" = 1.0 in 0.15..6.0,
        /// Factor of the rates of Na inactivation.
        k_h: "1" = 1.0 in 0.1..6.0,
        /// Factor of the rates of K activation.
        k_n: "1" = 1.0 in 0.05..6.0,
        /// Slope of Na activation.
        a_m: "1" = 1.0 in 0.5..3.0,
        /// Slope of Na inactivation.
        a_h: "1" = 1.0 in 0.4..3.0,
        /// Slope of K activation.
        a_n: "1" = 1.0 in 0.4..3.0,
        /// Half activation of the M current.
        V_p: "mV" = -35.0 in -60.0..0.0,
        /// Slowest time constant of the M current.
        tau_max: "ms" = 400.0 in 30.0..3000.0,
        /// Peak conductance of the spike-activated K current.
        g_A: "nS" = 5.0 in 0.01..1000.0,
        /// Half activation of the spike-activated K current.
        V_A: "mV" = -20.0 in -40.0..10.0,
        /// Time constant of the spike-activated K current.
        tau_A: "ms" = 100.0 in 10.0..1000.0,
        /// Share of the Na conductance that inactivates slowly.
        f_s: "1" = 0.2 in 0.0..1.0,
        /// Half inactivation of that share.
        V_s: "mV" = -40.0 in -70.0..-10.0,
        /// Time constant of slow inactivation.
        tau_s: "ms" = 200.0 in 10.0..2000.0,
        /// Share of the delayed rectifier that inactivates.
        f_K: "1" = 0.3 in 0.0..1.0,
        /// Rate of its inactivation in a spike.
        k_r: "1/ms" = 0.3 in 0.01..10.0,
        /// Time constant of its recovery.
        tau_r: "ms" = 100.0 in 10.0..2000.0,
        /// Conductance between soma and dendrite.
        g_c: "nS" = 2.0 in 0.01..100.0,
        /// Time constant of the dendrite.
        tau_d: "ms" = 10.0 in 0.5..100.0,
        /// Conductance of the persistent Na current.
        g_P: "nS" = 0.1 in 0.001..100.0,
        /// Half activation of the persistent Na current, from `V_T`.
        shift_P: "mV" = 10.0 in -10.0..30.0,
    }
}

/// The potential that a spike rises through, mV: that at which the width of spikes is measured.
const SPIKE: f64 = -10.0;

/// The Hodgkin-Huxley neuron for recorded cortical cells; see the page of this module.
pub struct HhCortical;

impl Neuron for HhCortical {
    const NAME: &'static str = "hh-cortical";
    const SUMMARY: &'static str =
        "Hodgkin-Huxley neuron with seven currents and a dendrite, for fits to recorded cortical cells";
    const CITATION: &'static str =
        "Pospischil et al. (2008), Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons, Biological Cybernetics 99:427";
    const SOURCE: &'static str = "10.1007/s00422-008-0263-8";
    const STAGES: &'static [&'static [usize]] = &[&[1, 2, 3, 4, 5, 6, 7, 8], &[0]];
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.025, current: Some(400.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        let u = x.v - p.V_T;
        let stretched = |middle: f64, slope: Real, shift: Real| middle + slope * (u - shift - middle);
        let m = Gates::m(stretched(25.0, p.a_m, 0.0.into()));
        let h = Gates::h(stretched(20.0, p.a_h, p.shift_h));
        let n = Gates::n(stretched(25.0, p.a_n, p.shift_n));

        let i_l = p.g_L * (x.v - p.E_L);
        let i_na = (p.g_Na * x.m.powi(3) * x.h * x.s + p.g_P * logistic((u - p.shift_P) / 5.0)) * (x.v - p.E_Na);
        let delayed_rectifier = p.g_K * x.n.powi(4) * (1.0 - p.f_K + p.f_K * x.r);
        let i_k = (delayed_rectifier + p.g_M * x.p + p.g_A * x.a) * (x.v - p.E_K);
        let i_d = p.g_c * (x.v - x.v_d);

        State {
            v: (i.i - i_l - i_na - i_k - i_d) / p.c_m,
            m: p.k_m * m.rate(x.m),
            h: p.k_h * h.rate(x.h),
            n: p.k_n * n.rate(x.n),
            p: MCurrent::at(x.v - p.V_p, p.tau_max).rate(x.p),
            a: relax(x.a, logistic((x.v - p.V_A) / 5.0), p.tau_A),
            s: relax(x.s, 1.0 - p.f_s + p.f_s * logistic((p.V_s - x.v) / 7.0), p.tau_s),
            r: Gate { alpha: 1.0 / p.tau_r, beta: p.k_r * logistic((u - 40.0) / 5.0) }.rate(x.r),
            v_d: relax(x.v_d, x.v, p.tau_d),
        }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(before: State, x: State, _: Input, _: Param) -> Real {
        rise_through(SPIKE, before.v, x.v)
    }

    fn reset(_: State, x: State, _: Real, _: Param) -> State {
        x
    }
}
