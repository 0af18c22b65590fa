//! The quadratic neuron of Izhikevich (2003), <https://doi.org/10.1109/TNN.2003.820440>:
//! `dv/dt = 0.04 v^2 + 5 v + 140 - u + i` and `du/dt = a (b v - u)`; where `v` reaches 30 mV it becomes `c`, and `u` grows
//! by `d`.
//!
//! The defaults are those of its regular-spiking cell. The paper's program takes two Euler steps of half a millisecond; at
//! such steps the scheme is a part of the model, which this one is not.

use super::threshold::{SURROGATE, WIDTH};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

/// The potential of a spike's peak, mV.
const PEAK: f64 = 30.0;

fields! {
    /// State of [`Izhikevich2003`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -70.0 in -100.0..30.0,
        /// Recovery.
        u: "mV/ms" = -14.0 in -100.0..100.0,
    }
}
fields! {
    /// Input of [`Izhikevich2003`].
    pub struct Input {
        /// Injected and synaptic current, over the membrane capacitance.
        i: "mV/ms" = 0.0 in -100.0..100.0,
    }
}
fields! {
    /// Parameters of [`Izhikevich2003`].
    pub struct Param {
        /// Rate of the recovery.
        a: "1/ms" = 0.02 in 0.001..0.2,
        /// Coupling of the recovery to the potential.
        b: "1/ms" = 0.2 in -0.5..1.5,
        /// Potential after a spike.
        c: "mV" = -65.0 in -80.0..-40.0,
        /// Jump of the recovery.
        d: "mV/ms" = 8.0 in -25.0..25.0,
    }
}

/// The quadratic neuron of 2003; see the page of this module.
pub struct Izhikevich2003;

impl Neuron for Izhikevich2003 {
    const NAME: &'static str = "izhikevich-2003";
    const SUMMARY: &'static str = "quadratic neuron with recovery";
    const CITATION: &'static str =
        "Izhikevich (2003), Simple model of spiking neurons, IEEE Transactions on Neural Networks 14:1569";
    const SOURCE: &'static str = "10.1109/TNN.2003.820440";
    /// Where `v` and `u` stand still without a current: a stable and an unstable potential.
    const REST_AND_THRESHOLD: Option<(f64, f64)> = Some((-70.0, -50.0));
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(10.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        State { v: (0.04 * x.v + 5.0) * x.v + 140.0 - x.u + i.i, u: p.a * (p.b * x.v - x.u) }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(_: State, x: State, _: Input, _: Param) -> Real {
        spike((x.v - PEAK) / WIDTH, SURROGATE)
    }

    fn reset(_: State, x: State, z: Real, p: Param) -> State {
        State { v: x.v + z * (p.c - x.v), u: x.u + z * p.d }
    }
}
