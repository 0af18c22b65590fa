//! The squid axon's membrane of Hodgkin and Huxley (1952), <https://doi.org/10.1113/jphysiol.1952.sp004764>:
//! `c_m dv/dt = i - g_L (v - E_L) - g_Na m^3 h (v - E_Na) - g_K n^4 (v - E_K)`, with gates
//! `dx/dt = phi (alpha (1 - x) - beta x)` and `phi = 3^((T - 6.3) / 10)`.
//!
//! Potentials are absolute with rest at -65 mV, as textbooks have them; the paper's are displacements from rest, of the
//! other sign. The gates are advanced before the potential, which makes its error fall with the square of the step while
//! they start in their steady state.

use super::{channels::Gate, threshold::crossing};
use crate::{Neuron, Real, ReferenceDrive, exprelr, fields};

fields! {
    /// State of [`Hh1952`]; defaults are its rest.
    pub struct State {
        /// Membrane potential.
        v: "mV" = -65.0 in -120.0..60.0,
        /// Na activation.
        m: "1" = 0.05293248525724958 in 0.0..1.0,
        /// Na inactivation.
        h: "1" = 0.5961207535084603 in 0.0..1.0,
        /// K activation.
        n: "1" = 0.3176769140606974 in 0.0..1.0,
    }
}
fields! {
    /// Input of [`Hh1952`].
    pub struct Input {
        /// Injected and synaptic current density.
        i: "uA/cm2" = 0.0 in -100.0..100.0,
    }
}
fields! {
    /// Parameters of [`Hh1952`].
    pub struct Param {
        /// Membrane capacitance.
        c_m: "uF/cm2" = 1.0 in 0.5..2.0,
        /// Leak conductance.
        g_L: "mS/cm2" = 0.3 in 0.01..3.0,
        /// Peak Na conductance.
        g_Na: "mS/cm2" = 120.0 in 10.0..400.0,
        /// Peak K conductance.
        g_K: "mS/cm2" = 36.0 in 2.0..200.0,
        /// Leak reversal potential.
        E_L: "mV" = -54.3 in -80.0..-40.0,
        /// Na reversal potential.
        E_Na: "mV" = 50.0 in 30.0..70.0,
        /// K reversal potential.
        E_K: "mV" = -77.0 in -100.0..-60.0,
        /// Temperature, with a Q10 of 3 of all gates.
        T: "degC" = 6.3 in 0.0..37.0,
    }
}

/// The squid axon's membrane; see the page of this module.
pub struct Hh1952;

impl Neuron for Hh1952 {
    const NAME: &'static str = "hh-1952";
    const SUMMARY: &'static str = "Hodgkin-Huxley neuron of the squid axon";
    const CITATION: &'static str =
        "Hodgkin and Huxley (1952), A quantitative description of membrane current and its application to conduction and excitation in nerve, Journal of Physiology 117:500";
    const SOURCE: &'static str = "10.1113/jphysiol.1952.sp004764";
    const STAGES: &'static [&'static [usize]] = &[&[1, 2, 3], &[0]];
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.025, current: Some(15.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        let i_l = p.g_L * (x.v - p.E_L);
        let i_na = p.g_Na * x.m.powi(3) * x.h * (x.v - p.E_Na);
        let i_k = p.g_K * x.n.powi(4) * (x.v - p.E_K);

        let phi = ((p.T - 6.3) * (3f64.ln() / 10.0)).exp();
        let m = Gate { alpha: exprelr((-40.0 - x.v) / 10.0), beta: 4.0 * ((-65.0 - x.v) / 18.0).exp() };
        let h =
            Gate { alpha: 0.07 * ((-65.0 - x.v) / 20.0).exp(), beta: 1.0 / (1.0 + ((-35.0 - x.v) / 10.0).exp()) };
        let n = Gate { alpha: 0.1 * exprelr((-55.0 - x.v) / 10.0), beta: 0.125 * ((-65.0 - x.v) / 80.0).exp() };

        State {
            v: (i.i - i_l - i_na - i_k) / p.c_m,
            m: phi * m.rate(x.m),
            h: phi * h.rate(x.h),
            n: phi * n.rate(x.n),
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
