//! The quadratic neuron of Izhikevich (2007), <https://doi.org/10.7551/mitpress/2526.001.0001>, section 8.1.4:
//! `C dv/dt = k (v - v_r) (v - v_t) - u + i` and `du/dt = a (b (v - v_r) - u)`; where `v` reaches `v_peak` it becomes `c`,
//! and `u` grows by `d`.
//!
//! The defaults are those of its regular-spiking cortical cell.

use super::threshold::{SURROGATE, WIDTH};
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`Izhikevich2007`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -60.0 in -100.0..35.0,
        /// Recovery current.
        u: "pA" = 0.0 in -1000.0..1000.0,
    }
}
fields! {
    /// Input of [`Izhikevich2007`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "pA" = 0.0 in -2000.0..2000.0,
    }
}
fields! {
    /// Parameters of [`Izhikevich2007`].
    pub struct Param {
        /// Membrane capacitance.
        C: "pF" = 100.0 in 10.0..500.0,
        /// Steepness of the potential's rate.
        k: "nS/mV" = 0.7 in 0.1..5.0,
        /// Resting potential.
        v_r: "mV" = -60.0 in -90.0..-50.0,
        /// Potential from which spikes start.
        v_t: "mV" = -40.0 in -60.0..-20.0,
        /// Rate of the recovery.
        a: "1/ms" = 0.03 in 0.001..0.3,
        /// Coupling of the recovery to the potential.
        b: "nS" = -2.0 in -20.0..20.0,
        /// Potential after a spike.
        c: "mV" = -50.0 in -80.0..-30.0,
        /// Jump of the recovery.
        d: "pA" = 100.0 in -100.0..500.0,
        /// Potential of a spike's peak.
        v_peak: "mV" = 35.0 in 0.0..50.0,
    }
}

/// The quadratic neuron of 2007; see the page of this module.
pub struct Izhikevich2007;

impl Neuron for Izhikevich2007 {
    const NAME: &'static str = "izhikevich-2007";
    const SUMMARY: &'static str = "quadratic neuron with recovery, in the units of a patch clamp";
    const CITATION: &'static str = "Izhikevich (2007), Dynamical Systems in Neuroscience, MIT Press";
    const SOURCE: &'static str = "10.7551/mitpress/2526.001.0001";
    /// The defaults of `v_r` and `v_t`.
    const REST_AND_THRESHOLD: Option<(f64, f64)> = Some((-60.0, -40.0));
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(200.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, i: Input, p: Param) -> State {
        State {
            v: (p.k * (x.v - p.v_r) * (x.v - p.v_t) - x.u + i.i) / p.C,
            u: p.a * (p.b * (x.v - p.v_r) - x.u),
        }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(_: State, x: State, _: Input, p: Param) -> Real {
        spike((x.v - p.v_peak) / WIDTH, SURROGATE)
    }

    fn reset(_: State, x: State, z: Real, p: Param) -> State {
        State { v: x.v + z * (p.c - x.v), u: x.u + z * p.d }
    }
}
