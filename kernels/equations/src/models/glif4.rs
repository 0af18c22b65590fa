//! The leaky integrate-and-fire neuron with reset rules and two after-spike currents (GLIF4):
//! `c dv/dt = i + i_1 + i_2 - g (v - E_L)`, `di_j/dt = -k_j i_j` and `dtheta_s/dt = -b_s theta_s`, with a spike where `v`
//! reaches `V_th + theta_s`. A spike takes `v` to `E_L + f_v (v - E_L) + delta_v`, `i_j` to `r_j i_j + a_j`, and adds
//! `a_s` to `theta_s`.
//!
//! The model is the fourth level of Teeter et al. (2018), <https://doi.org/10.1038/s41467-017-02717-4>;
//! [`Glif5`](super::Glif5) says what the levels have in common.

use super::{
    refractory,
    threshold::{SURROGATE, WIDTH},
};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`Glif4`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -75.0 in -120.0..0.0,
        /// First after-spike current.
        i_1: "pA" = 0.0 in -1000.0..1000.0,
        /// Second after-spike current.
        i_2: "pA" = 0.0 in -1000.0..1000.0,
        /// Threshold component that spikes raise.
        theta_s: "mV" = 0.0 in -50.0..100.0,
        /// Time until the membrane is released.
        refractory: "ms" = 0.0 in 0.0..20.0,
    }
}
fields! {
    /// Input of [`Glif4`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`Glif4`].
    pub struct Param {
        /// Membrane capacitance.
        c: "pF" = 60.0 in 10.0..500.0,
        /// Membrane conductance.
        g: "nS" = 3.0 in 0.5..50.0,
        /// Resting potential.
        E_L: "mV" = -75.0 in -95.0..-50.0,
        /// Spike threshold at rest.
        V_th: "mV" = -45.0 in -65.0..-15.0,
        /// Share of the distance from rest that a spike leaves.
        f_v: "1" = 0.5 in -0.5..1.5,
        /// Shift of the potential by a spike.
        delta_v: "mV" = 4.0 in -50.0..50.0,
        /// Refractory period.
        t_ref: "ms" = 3.0 in 0.0..20.0,
        /// Jump of the threshold.
        a_s: "mV" = 5.0 in -20.0..100.0,
        /// Decay rate of that jump.
        b_s: "1/ms" = 0.1 in 0.0005..2.0,
        /// Decay rate of the first after-spike current.
        k_1: "1/ms" = 0.01 in 0.0005..1.0,
        /// Decay rate of the second after-spike current.
        k_2: "1/ms" = 0.1 in 0.0005..1.0,
        /// Jump of the first after-spike current.
        a_1: "pA" = -8.0 in -500.0..500.0,
        /// Jump of the second after-spike current.
        a_2: "pA" = -25.0 in -500.0..500.0,
        /// Share of the first after-spike current that a spike leaves.
        r_1: "1" = 1.0 in 0.0..1.0,
        /// Share of the second after-spike current that a spike leaves.
        r_2: "1" = 1.0 in 0.0..1.0,
    }
}

/// The GLIF4 neuron; see the page of this module.
pub struct Glif4;

impl Neuron for Glif4 {
    const NAME: &'static str = "glif4";
    const SUMMARY: &'static str =
        "leaky integrate-and-fire neuron with reset rules and after-spike currents, level 4 of the Allen models";
    const CITATION: &'static str =
        "Teeter et al. (2018), Generalized leaky integrate-and-fire models classify multiple neuron types, Nature Communications 9:709";
    const SOURCE: &'static str = "10.1038/s41467-017-02717-4";
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(300.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        State {
            v: (i.i + x.i_1 + x.i_2 - p.g * (x.v - p.E_L)) / p.c,
            i_1: -p.k_1 * x.i_1,
            i_2: -p.k_2 * x.i_2,
            theta_s: -p.b_s * x.theta_s,
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
        let above = spike((x.v - p.V_th - x.theta_s) / WIDTH, SURROGATE);
        refractory::held(before.refractory, x.refractory, 0.0, above)
    }

    fn reset(before: State, x: State, z: Real, p: Param) -> State {
        let v = refractory::held(before.refractory, x.refractory, before.v, x.v);
        State {
            v: v + z * (p.E_L + p.f_v * (v - p.E_L) + p.delta_v - v),
            i_1: x.i_1 + z * (p.r_1 * x.i_1 + p.a_1 - x.i_1),
            i_2: x.i_2 + z * (p.r_2 * x.i_2 + p.a_2 - x.i_2),
            theta_s: x.theta_s + z * p.a_s,
            refractory: refractory::next(x.refractory, z, p.t_ref),
        }
    }
}
