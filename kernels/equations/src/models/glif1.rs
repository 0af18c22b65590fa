//! The leaky integrate-and-fire neuron as the first of the generalised ones (GLIF1): `c dv/dt = i - g (v - E_L)`, with a
//! spike where `v` reaches `V_th`.
//!
//! The model is the first level of Teeter et al. (2018), <https://doi.org/10.1038/s41467-017-02717-4>;
//! [`Glif5`](super::Glif5) says what the levels have in common.

use super::{
    refractory,
    threshold::{SURROGATE, WIDTH},
};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`Glif1`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -75.0 in -120.0..0.0,
        /// Time until the membrane is released.
        refractory: "ms" = 0.0 in 0.0..20.0,
    }
}
fields! {
    /// Input of [`Glif1`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`Glif1`].
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
    }
}

/// The GLIF1 neuron; see the page of this module.
pub struct Glif1;

impl Neuron for Glif1 {
    const NAME: &'static str = "glif1";
    const SUMMARY: &'static str = "leaky integrate-and-fire neuron, level 1 of the Allen models";
    const CITATION: &'static str =
        "Teeter et al. (2018), Generalized leaky integrate-and-fire models classify multiple neuron types, Nature Communications 9:709";
    const SOURCE: &'static str = "10.1038/s41467-017-02717-4";
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(300.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        State { v: (i.i - p.g * (x.v - p.E_L)) / p.c, refractory: refractory::RATE.into() }
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
        State { v: v + z * (p.V_reset - v), refractory: refractory::next(x.refractory, z, p.t_ref) }
    }
}
