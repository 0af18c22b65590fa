//! The leaky integrate-and-fire neuron with reset rules, two after-spike currents and a threshold that follows the
//! potential (GLIF5):
//!
//! ```text
//! c dv/dt = i + i_1 + i_2 - g (v - E_L)      di_j/dt = -k_j i_j
//! dtheta_s/dt = -b_s theta_s                 dtheta_v/dt = a_v (v - E_L) - b_v theta_v
//! ```
//!
//! with a spike where `v` reaches `V_th + theta_s + theta_v`. A spike takes `v` to `E_L + f_v (v - E_L) + delta_v`, `i_j`
//! to `r_j i_j + a_j`, and adds `a_s` to `theta_s`.
//!
//! The model is the fifth level of Teeter et al. (2018), <https://doi.org/10.1038/s41467-017-02717-4>. The levels are
//! parts of it: [`Glif1`](super::Glif1) has no currents and no `theta`, and is reset to a constant; [`Glif2`](super::Glif2)
//! has the reset rules, [`Glif3`](super::Glif3) the currents, [`Glif4`](super::Glif4) both.
//!
//! In the refractory period, which the Allen simulator cuts out of its traces, `v` stays at its value after the reset and
//! `theta_v` at its value before; `i_j` and `theta_s` decay. They jump at the spike. Allen's simulator and NEST's
//! `glif_psc` add their amplitudes at the end of the refractory period instead, which is the same model with amplitudes
//! `exp(-k_j t_ref)` and `exp(-b_s t_ref)` times these.
//!
//! `theta_v` is advanced after `v`, by the mean of its old and its new value: its error falls with the square of the step.

use super::{
    refractory,
    threshold::{SURROGATE, WIDTH},
};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`Glif5`].
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
        /// Threshold component that follows the potential.
        theta_v: "mV" = 0.0 in -50.0..100.0,
        /// Membrane potential at the start of the step.
        v_0: "mV" = -75.0 in -120.0..0.0,
    }
}
fields! {
    /// Input of [`Glif5`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`Glif5`].
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
        /// Coupling of the threshold to the potential.
        a_v: "1/ms" = 0.008 in -0.5..0.5,
        /// Decay rate of the coupled threshold.
        b_v: "1/ms" = 0.04 in 0.0005..2.0,
    }
}

/// The GLIF5 neuron; see the page of this module.
pub struct Glif5;

impl Neuron for Glif5 {
    const NAME: &'static str = "glif5";
    const SUMMARY: &'static str =
        "leaky integrate-and-fire neuron with reset rules, after-spike currents and a moving threshold, level 5 of the Allen models";
    const CITATION: &'static str =
        "Teeter et al. (2018), Generalized leaky integrate-and-fire models classify multiple neuron types, Nature Communications 9:709";
    const SOURCE: &'static str = "10.1038/s41467-017-02717-4";
    const STAGES: &'static [&'static [usize]] = &[&[0, 1, 2, 3, 4], &[5]];
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(300.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn prepare(x: State, _: Input, _: Param) -> State {
        State { v_0: x.v, ..x }
    }

    fn rates(x: State, i: Input, p: Param) -> State {
        let rate = |v: Real| (i.i + x.i_1 + x.i_2 - p.g * (v - p.E_L)) / p.c;
        State {
            v: rate(x.v),
            i_1: -p.k_1 * x.i_1,
            i_2: -p.k_2 * x.i_2,
            theta_s: -p.b_s * x.theta_s,
            refractory: refractory::RATE.into(),
            theta_v: p.a_v * (0.5 * (x.v_0 + x.v) - p.E_L) - p.b_v * x.theta_v,
            v_0: rate(x.v_0),
        }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(before: State, x: State, _: Input, p: Param) -> Real {
        let above = spike((x.v - p.V_th - x.theta_s - x.theta_v) / WIDTH, SURROGATE);
        refractory::held(before.refractory, x.refractory, 0.0, above)
    }

    fn reset(before: State, x: State, z: Real, p: Param) -> State {
        let held = |held: Real, free: Real| refractory::held(before.refractory, x.refractory, held, free);
        let v = held(before.v, x.v);
        let v = v + z * (p.E_L + p.f_v * (v - p.E_L) + p.delta_v - v);
        State {
            v,
            i_1: x.i_1 + z * (p.r_1 * x.i_1 + p.a_1 - x.i_1),
            i_2: x.i_2 + z * (p.r_2 * x.i_2 + p.a_2 - x.i_2),
            theta_s: x.theta_s + z * p.a_s,
            refractory: refractory::next(x.refractory, z, p.t_ref),
            theta_v: held(before.theta_v, x.theta_v),
            v_0: v,
        }
    }
}
