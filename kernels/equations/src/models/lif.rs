//! The leaky integrate-and-fire neuron: `dv/dt = -(v - E_L) / tau_m + i / C`, with a spike where `v` reaches `V_th`,
//! after which `v` stays at `V_reset` for `t_ref`.
//!
//! The model is that of Lapicque (1907), in the form of Rotter and Diesmann (1999),
//! <https://doi.org/10.1007/s004220050570>, with the defaults of NEST's `iaf_psc` models. Exponential Euler integrates
//! it exactly for a current that is constant over the step.

use super::{
    refractory,
    threshold::{SURROGATE, WIDTH},
};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`Lif`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -70.0 in -120.0..0.0,
        /// Time until the membrane is released.
        refractory: "ms" = 0.0 in 0.0..20.0,
    }
}
fields! {
    /// Input of [`Lif`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`Lif`].
    pub struct Param {
        /// Membrane capacitance.
        C: "pF" = 250.0 in 1.0..2000.0,
        /// Resting potential.
        E_L: "mV" = -70.0 in -95.0..-45.0,
        /// Membrane time constant.
        tau_m: "ms" = 10.0 in 1.0..200.0,
        /// Spike threshold.
        V_th: "mV" = -55.0 in -65.0..-15.0,
        /// Potential after a spike.
        V_reset: "mV" = -70.0 in -95.0..-45.0,
        /// Refractory period.
        t_ref: "ms" = 2.0 in 0.0..20.0,
    }
}

/// The leaky integrate-and-fire neuron; see the page of this module.
pub struct Lif;

impl Neuron for Lif {
    const NAME: &'static str = "lif";
    const SUMMARY: &'static str = "leaky integrate-and-fire neuron";
    const CITATION: &'static str =
        "Rotter and Diesmann (1999), Exact digital simulation of time-invariant linear systems with applications to neuronal modeling, Biological Cybernetics 81:381";
    const SOURCE: &'static str = "10.1007/s004220050570";
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(1200.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        State { v: i.i / p.C - (x.v - p.E_L) / p.tau_m, refractory: refractory::RATE.into() }
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
