//! The "GIF" neuron of the network of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain Modeling", as
//! its reference code has it: Mihalas and Niebur (2009), <https://doi.org/10.1162/neco.2008.12-07-680>, without
//! dimensions.
//!
//! The equations are `tau dv/dt = a + i - v` and `tau_a da/dt = -a`. The threshold is one and rest is zero. The spike
//! of a step takes effect at the start of the next: the potential is lowered by one, the adaptation current by `beta`.
//! The adaptation is advanced before the potential. Synapses are conductances with reversal potentials of 3 and -3 that
//! decay before the neuron sees them ([`DecayFirst`]); they enter the linear coefficient of the potential's rate.

use super::threshold::SURROGATE;
use crate::{
    Driven, Neuron, Real, fields,
    receptors::{Conductance, DecayFirst, Exponential, Named},
    spike,
};

fields! {
    /// State of [`GifNetwork`].
    pub struct State {
        /// Membrane potential.
        v: "1" = 0.0 in -5.0..5.0,
        /// Adaptation.
        a: "1" = 0.0 in -20.0..5.0,
    }
}
fields! {
    /// Input of [`GifNetwork`].
    pub struct Input {
        /// Injected and synaptic current, over the leak conductance.
        i: "1" = 0.0 in -10.0..10.0,
    }
}
fields! {
    /// Parameters of [`GifNetwork`].
    pub struct Param {
        /// Membrane time constant.
        tau: "ms" = 100.0 in 1.0..1000.0,
        /// Time constant of the adaptation.
        tau_a: "ms" = 1000.0 in 10.0..5000.0,
        /// How far a spike lowers the adaptation.
        beta: "1" = 1.0 in 0.0..5.0,
    }
}

/// The name and the defaults of the network's excitation.
pub struct Excitation;

impl Named for Excitation {
    const NAME: &'static str = "exc";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("E", 3.0), ("tau", 10.0)];
}

/// The name and the defaults of the network's inhibition.
pub struct Inhibition;

impl Named for Inhibition {
    const NAME: &'static str = "inh";
    const DEFAULTS: &'static [(&'static str, f64)] = &[("E", -3.0), ("tau", 10.0)];
}

/// A synapse of the network, with the name and defaults `K`.
pub type Synapse<K> = DecayFirst<Conductance<Exponential, K>>;

/// The neuron with its synapses.
pub type WithSynapses = Driven<Driven<GifNetwork, Synapse<Excitation>>, Synapse<Inhibition>>;

/// The "GIF" neuron of the network of Wang et al. (2024); see the page of this module.
pub struct GifNetwork;

impl Neuron for GifNetwork {
    const NAME: &'static str = "gif-network";
    const SUMMARY: &'static str =
        "adaptive integrate-and-fire neuron of the network of Wang et al. (2024), without dimensions";
    const CITATION: &'static str =
        "Mihalas and Niebur (2009), A generalized linear integrate-and-fire neural model produces diverse spiking behaviors, Neural Computation 21:704";
    const SOURCE: &'static str = "10.1162/neco.2008.12-07-680";
    const STAGES: &'static [&'static [usize]] = &[&[1], &[0]];
    const REST_AND_THRESHOLD: Option<(f64, f64)> = Some((0.0, 1.0));
    type State = State;
    type Input = Input;
    type Param = Param;

    fn prepare(x: State, _: Input, p: Param) -> State {
        let z = above(x.v);
        State { v: x.v - z, a: x.a - p.beta * z }
    }

    fn rates(x: State, i: Input, p: Param) -> State {
        State { v: (x.a + i.i - x.v) / p.tau, a: -x.a / p.tau_a }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(_: State, x: State, _: Input, _: Param) -> Real {
        above(x.v)
    }

    fn reset(_: State, x: State, _: Real, _: Param) -> State {
        x
    }
}

/// Returns whether the potential is above the threshold: one or zero.
#[track_caller]
fn above(v: Real) -> Real {
    spike(v - 1.0, SURROGATE)
}
