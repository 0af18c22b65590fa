//! The leaky integrate-and-fire neuron with two after-spike currents (GLIF3):
//! `c dv/dt = i + i_1 + i_2 - g (v - E_L)` and `di_j/dt = -k_j i_j`; a spike adds `a_j` to `i_j`.
//!
//! The model is that of Teeter et al. (2018), <https://doi.org/10.1038/s41467-017-02717-4>, the third level of its
//! Table 2, with the after-spike currents' multiplicative reset at one, as in every published fit. Here the currents
//! jump at the spike and decay through the refractory period; the Allen simulator adds `a_j` at its end, so that its
//! amplitudes are `exp(-k_j t_ref)` times these.

use super::{
    refractory,
    threshold::{SURROGATE, WIDTH},
};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`Glif3`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -75.0 in -120.0..0.0,
        /// First after-spike current.
        i_1: "pA" = 0.0 in -1000.0..1000.0,
        /// Second after-spike current.
        i_2: "pA" = 0.0 in -1000.0..1000.0,
        /// Time until the membrane is released.
        refractory: "ms" = 0.0 in 0.0..20.0,
    }
}
fields! {
    /// Input of [`Glif3`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`Glif3`].
    pub struct Param {
        /// Membrane capacitance.
        c: "pF" = 60.0 in 10.0..500.0,
        /// Membrane conductance.
        g: "nS" = 3.0 in 0.5..50.0,
        /// Resting potential.
        E_L: "mV" = -75.0 in -95.0..-50.0,
        /// Spike threshold.
        V_th: "mV" = -45.0 in -65.0..-15.0,
        /// Potential after a spike.
        V_reset: "mV" = -75.0 in -95.0..-45.0,
        /// Refractory period.
        t_ref: "ms" = 3.0 in 0.0..20.0,
        /// Decay rate of the first after-spike current.
        k_1: "1/ms" = 0.01 in 0.0005..1.0,
        /// Decay rate of the second after-spike current.
        k_2: "1/ms" = 0.1 in 0.0005..1.0,
        /// Jump of the first after-spike current.
        a_1: "pA" = -8.0 in -500.0..500.0,
        /// Jump of the second after-spike current.
        a_2: "pA" = -25.0 in -500.0..500.0,
    }
}

/// The GLIF3 neuron; see the page of this module.
pub struct Glif3;

impl Neuron for Glif3 {
    const NAME: &'static str = "glif3";
    const SUMMARY: &'static str =
        "leaky integrate-and-fire neuron with after-spike currents, level 3 of the Allen models";
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
        let above = spike((x.v - p.V_th) / WIDTH, SURROGATE);
        refractory::held(before.refractory, x.refractory, 0.0, above)
    }

    fn reset(before: State, x: State, z: Real, p: Param) -> State {
        let v = refractory::held(before.refractory, x.refractory, before.v, x.v);
        State {
            v: v + z * (p.V_reset - v),
            i_1: x.i_1 + z * p.a_1,
            i_2: x.i_2 + z * p.a_2,
            refractory: refractory::next(x.refractory, z, p.t_ref),
        }
    }
}
