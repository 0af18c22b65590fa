//! The "GIF" neuron of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain Modeling", as its reference
//! code has it: Mihalas and Niebur (2009), <https://doi.org/10.1162/neco.2008.12-07-680>, with three differences.
//!
//! The equations are `tau dv/dt = R (i + i_1 + i_2) - (v - V_rest)`, `di_k/dt = -k_k i_k`, and
//! `dtheta/dt = a (v - V_rest) - b (theta - V_th_inf)`; the neuron spikes where `v` reaches the threshold `theta`.
//!
//! The differences are these. The spike of a step takes effect at the start of the next one; the after-spike currents
//! are advanced before the potential; and the threshold is raised to its reset value in every step, not only in those
//! that spike. Given spikes ([`Forced`](crate::Forced)) are recorded but do not reset this model.

use super::threshold::SURROGATE;
use crate::{Neuron, Real, ReferenceDrive, fields, spike};

fields! {
    /// State of [`GifPaper`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -70.0 in -140.0..0.0,
        /// First internal current.
        i_1: "nA" = 0.0 in -10.0..10.0,
        /// Second internal current.
        i_2: "nA" = 0.0 in -10.0..10.0,
        /// Threshold.
        theta: "mV" = -50.0 in -60.0..-10.0,
    }
}
fields! {
    /// Input of [`GifPaper`].
    pub struct Input {
        /// Injected and synaptic current.
        i: "nA" = 0.0 in -10.0..10.0,
    }
}
fields! {
    /// Parameters of [`GifPaper`].
    pub struct Param {
        /// Coupling of the threshold to the potential.
        a: "1/ms" = 0.005 in 0.0..0.1,
        /// Decay rate of the threshold.
        b: "1/ms" = 0.01 in 0.0..0.1,
        /// Decay rate of the first internal current.
        k_1: "1/ms" = 0.2 in 0.1..1.0,
        /// Decay rate of the second internal current.
        k_2: "1/ms" = 0.02 in 0.01..0.1,
        /// Membrane resistance.
        R: "MOhm" = 20.0 in 1.0..100.0,
        /// Membrane time constant.
        tau: "ms" = 20.0 in 1.0..100.0,
        /// Resting potential.
        V_rest: "mV" = -70.0 in -90.0..-50.0,
        /// Potential after a spike.
        V_reset: "mV" = -70.0 in -90.0..-50.0,
        /// Threshold at rest.
        V_th_inf: "mV" = -50.0 in -60.0..-20.0,
        /// Smallest threshold.
        V_th_reset: "mV" = -60.0 in -70.0..-40.0,
        /// Factor of the first internal current at a spike.
        R_1: "1" = 0.0 in 0.0..1.0,
        /// Factor of the second internal current at a spike.
        R_2: "1" = 1.0 in 0.0..1.0,
        /// Jump of the first internal current.
        A_1: "nA" = 0.0 in -10.0..10.0,
        /// Jump of the second internal current.
        A_2: "nA" = 0.0 in -10.0..10.0,
    }
}

/// The "GIF" neuron of Wang et al. (2024); see the page of this module.
pub struct GifPaper;

impl Neuron for GifPaper {
    const NAME: &'static str = "gif-paper";
    const SUMMARY: &'static str =
        "integrate-and-fire neuron with a moving threshold, as the code of Wang et al. (2024) has it";
    const CITATION: &'static str =
        "Mihalas and Niebur (2009), A generalized linear integrate-and-fire neural model produces diverse spiking behaviors, Neural Computation 21:704";
    const SOURCE: &'static str = "10.1162/neco.2008.12-07-680";
    const STAGES: &'static [&'static [usize]] = &[&[1, 2], &[0, 3]];
    const REFERENCE_DRIVE: ReferenceDrive = ReferenceDrive { dt: 0.125, current: Some(2.0) };
    type State = State;
    type Input = Input;
    type Param = Param;

    fn prepare(x: State, _: Input, p: Param) -> State {
        let z = above(x.v, x.theta);
        State {
            v: x.v - (x.v - p.V_reset) * z,
            i_1: x.i_1 + z * (p.R_1 * x.i_1 + p.A_1 - x.i_1),
            i_2: x.i_2 + z * (p.R_2 * x.i_2 + p.A_2 - x.i_2),
            theta: x.theta,
        }
    }

    fn rates(x: State, i: Input, p: Param) -> State {
        State {
            v: (p.R * (i.i + x.i_1 + x.i_2) - (x.v - p.V_rest)) / p.tau,
            i_1: -p.k_1 * x.i_1,
            i_2: -p.k_2 * x.i_2,
            theta: p.a * (x.v - p.V_rest) - p.b * (x.theta - p.V_th_inf),
        }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(_: State, x: State, _: Input, p: Param) -> Real {
        above(x.v, x.theta.max(p.V_th_reset))
    }

    fn reset(_: State, x: State, _: Real, p: Param) -> State {
        State { theta: x.theta.max(p.V_th_reset), ..x }
    }
}

/// Returns whether the potential is above the threshold: one or zero, with a surrogate as wide as the threshold's size.
#[track_caller]
fn above(v: Real, theta: Real) -> Real {
    spike((v - theta) / theta.abs(), SURROGATE)
}
