//! The adaptive exponential integrate-and-fire neuron (AdEx):
//! `C dv/dt = i - w - g_L (v - E_L) + g_L Delta_T exp((v - V_T) / Delta_T)` and `tau_w dw/dt = a (v - E_L) - w`; where `v`
//! reaches `V_peak` it becomes `V_reset`, and `w` grows by `b`.
//!
//! Brette and Gerstner (2005), <https://doi.org/10.1152/jn.00686.2005>, whose defaults these are but for `V_peak`: it is
//! PyNN's, for the upstroke from there to the paper's 20 mV takes a tenth of a millisecond. The exponent is ten at most,
//! ten slopes above `V_T`, so that steps stay finite. In the refractory period, of which the paper has none, `w` goes on.

use super::{
    refractory,
    threshold::{SURROGATE, WIDTH},
};
use crate::{Neuron, Real, ReferenceDrive, fields, select, spike};

/// The largest exponent of the upstroke.
const STEEPEST: f64 = 10.0;

fields! {
    /// State of [`AdEx`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -70.6 in -120.0..20.0,
        /// Adaptation current.
        w: "pA" = 0.0 in -1000.0..2000.0,
        /// Time until the membrane is released.
        refractory: "ms" = 0.0 in 0.0..20.0,
    }
}
fields! {
    /// Input of [`AdEx`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`AdEx`].
    pub struct Param {
        /// Membrane capacitance.
        C: "pF" = 281.0 in 10.0..1000.0,
        /// Leak conductance.
        g_L: "nS" = 30.0 in 0.5..100.0,
        /// Leak reversal potential.
        E_L: "mV" = -70.6 in -95.0..-50.0,
        /// Threshold of the exponential.
        V_T: "mV" = -50.4 in -65.0..-30.0,
        /// Slope of the exponential.
        Delta_T: "mV" = 2.0 in 0.5..10.0,
        /// Adaptation below threshold.
        a: "nS" = 4.0 in -20.0..50.0,
        /// Time constant of the adaptation.
        tau_w: "ms" = 144.0 in 5.0..1000.0,
        /// Jump of the adaptation.
        b: "pA" = 80.5 in 0.0..1000.0,
        /// Potential after a spike.
        V_reset: "mV" = -70.6 in -95.0..-35.0,
        /// Potential of a spike's peak.
        V_peak: "mV" = -40.0 in -45.0..40.0,
        /// Refractory period.
        t_ref: "ms" = 0.0 in 0.0..20.0,
    }
}

/// The adaptive exponential integrate-and-fire neuron; see the page of this module.
pub struct AdEx;

impl Neuron for AdEx {
    const NAME: &'static str = "adex";
    const SUMMARY: &'static str = "adaptive exponential integrate-and-fire neuron";
    const CITATION: &'static str =
        "Brette and Gerstner (2005), Adaptive exponential integrate-and-fire model as an effective description of neuronal activity, Journal of Neurophysiology 94:3637";
    const SOURCE: &'static str = "10.1152/jn.00686.2005";
    const REST_AND_THRESHOLD: Option<(f64, f64)> = Some((-70.6, -50.4));
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(1000.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        let exponent = (x.v - p.V_T) / p.Delta_T;
        let upstroke = p.g_L * p.Delta_T * select(STEEPEST, exponent, STEEPEST, exponent).exp();
        State {
            v: (i.i - x.w - p.g_L * (x.v - p.E_L) + upstroke) / p.C,
            w: (p.a * (x.v - p.E_L) - x.w) / p.tau_w,
            refractory: refractory::RATE.into(),
        }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(before: State, x: State, _: Input, p: Param) -> Real {
        let above = spike((x.v - p.V_peak) / WIDTH, SURROGATE);
        refractory::held(before.refractory, x.refractory, 0.0, above)
    }

    fn reset(before: State, x: State, z: Real, p: Param) -> State {
        let v = refractory::held(before.refractory, x.refractory, before.v, x.v);
        // A step may end far above the peak, from where a difference to the reset would not come back.
        let v = select(p.V_peak, v, p.V_peak, v);
        State {
            v: v + z * (p.V_reset - v),
            w: x.w + z * p.b,
            refractory: refractory::next(x.refractory, z, p.t_ref),
        }
    }
}
