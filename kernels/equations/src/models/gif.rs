//! The generalised integrate-and-fire neuron with a moving threshold:
//! `c_m dv/dt = i + w_1 + w_2 + w_3 - g_L (v - E_L)`, with a spike where `v` reaches `V_th + h_1 + h_2 + u`.
//!
//! The currents `w_k` and the threshold components `h_k` decay with `tau_k` and `T_k`, and a spike adds `a_k` and `b_k`
//! to them; `tau_u du/dt = c_u (v - E_L) - u`. There are three after-spike currents and two spike-triggered threshold
//! components as in Mensi et al. (2012), <https://doi.org/10.1152/jn.00408.2011>, with kernels that are sums of
//! exponentials, and a threshold component that follows the membrane potential as in Mihalas and Niebur (2009),
//! <https://doi.org/10.1162/neco.2008.12-07-680>. The model is deterministic. Its defaults are of the size fitted to
//! cortical pyramidal cells.

use super::{
    refractory,
    threshold::{SURROGATE, WIDTH},
};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`Gif`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -70.0 in -120.0..0.0,
        /// First after-spike current.
        w_1: "pA" = 0.0 in -2000.0..2000.0,
        /// Second after-spike current.
        w_2: "pA" = 0.0 in -2000.0..2000.0,
        /// Third after-spike current.
        w_3: "pA" = 0.0 in -2000.0..2000.0,
        /// First spike-triggered threshold component.
        h_1: "mV" = 0.0 in -50.0..100.0,
        /// Second spike-triggered threshold component.
        h_2: "mV" = 0.0 in -50.0..100.0,
        /// Threshold component that follows the potential.
        u: "mV" = 0.0 in -50.0..50.0,
        /// Time until the membrane is released.
        refractory: "ms" = 0.0 in 0.0..20.0,
        /// Potential above threshold at the end of the step, before a reset: two of them say when a spike fell.
        gap: "mV" = 0.0 in -200.0..200.0,
    }
}
fields! {
    /// Input of [`Gif`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`Gif`].
    pub struct Param {
        /// Membrane capacitance.
        c_m: "pF" = 200.0 in 10.0..1000.0,
        /// Leak conductance.
        g_L: "nS" = 10.0 in 0.5..100.0,
        /// Resting potential.
        E_L: "mV" = -70.0 in -95.0..-50.0,
        /// Jump of the first after-spike current.
        a_1: "pA" = -60.0 in -1000.0..1000.0,
        /// Jump of the second after-spike current.
        a_2: "pA" = -15.0 in -1000.0..1000.0,
        /// Jump of the third after-spike current.
        a_3: "pA" = -4.0 in -1000.0..1000.0,
        /// Time constant of the first after-spike current.
        tau_1: "ms" = 8.0 in 1.0..2000.0,
        /// Time constant of the second after-spike current.
        tau_2: "ms" = 50.0 in 1.0..2000.0,
        /// Time constant of the third after-spike current.
        tau_3: "ms" = 300.0 in 1.0..2000.0,
        /// Threshold at rest.
        V_th: "mV" = -48.0 in -65.0..-15.0,
        /// Jump of the first threshold component.
        b_1: "mV" = 8.0 in -20.0..50.0,
        /// Jump of the second threshold component.
        b_2: "mV" = 1.5 in -20.0..50.0,
        /// Time constant of the first threshold component.
        T_1: "ms" = 10.0 in 1.0..2000.0,
        /// Time constant of the second threshold component.
        T_2: "ms" = 100.0 in 1.0..2000.0,
        /// How far the threshold follows the potential.
        c_u: "1" = 0.2 in -1.0..1.0,
        /// Time constant with which it does.
        tau_u: "ms" = 50.0 in 1.0..1000.0,
        /// Potential after a spike.
        V_reset: "mV" = -60.0 in -95.0..-35.0,
        /// Refractory period.
        t_ref: "ms" = 4.0 in 0.0..20.0,
    }
}

/// The generalised integrate-and-fire neuron; see the page of this module.
pub struct Gif;

impl Neuron for Gif {
    const NAME: &'static str = "gif";
    const SUMMARY: &'static str = "integrate-and-fire neuron with after-spike currents and a moving threshold";
    const CITATION: &'static str =
        "Mensi et al. (2012), Parameter extraction and classification of three cortical neuron types reveals two distinct adaptation mechanisms, Journal of Neurophysiology 107:1756";
    const SOURCE: &'static str = "10.1152/jn.00408.2011";
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(700.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        State {
            v: (i.i + x.w_1 + x.w_2 + x.w_3 - p.g_L * (x.v - p.E_L)) / p.c_m,
            w_1: -x.w_1 / p.tau_1,
            w_2: -x.w_2 / p.tau_2,
            w_3: -x.w_3 / p.tau_3,
            h_1: -x.h_1 / p.T_1,
            h_2: -x.h_2 / p.T_2,
            u: (p.c_u * (x.v - p.E_L) - x.u) / p.tau_u,
            refractory: refractory::RATE.into(),
            gap: 0.0.into(),
        }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(before: State, x: State, _: Input, p: Param) -> Real {
        refractory::held(before.refractory, x.refractory, 0.0, spike((x.v - threshold(x, p)) / WIDTH, SURROGATE))
    }

    fn reset(before: State, x: State, z: Real, p: Param) -> State {
        let v = refractory::held(before.refractory, x.refractory, before.v, x.v);
        State {
            v: v + z * (p.V_reset - v),
            w_1: x.w_1 + z * p.a_1,
            w_2: x.w_2 + z * p.a_2,
            w_3: x.w_3 + z * p.a_3,
            h_1: x.h_1 + z * p.b_1,
            h_2: x.h_2 + z * p.b_2,
            u: x.u,
            refractory: refractory::next(x.refractory, z, p.t_ref),
            gap: v - threshold(x, p),
        }
    }
}

/// Returns the potential that makes the neuron spike, mV.
fn threshold(x: State, p: Param) -> Real {
    p.V_th + x.h_1 + x.h_2 + x.u
}
