//! The readout of a network: a leaky sum of weighted spikes, `r[t+1] = r[t] exp(-dt / tau) + w[t]`.
//!
//! It is the readout of the network of Wang et al. (2024), "A Differentiable Approach to Multi-scale Brain Modeling",
//! and stands behind spiking networks since Bellec et al. (2020), <https://doi.org/10.1038/s41467-020-17236-y>. It
//! never spikes.

use crate::{Neuron, Real, fields};

fields! {
    /// State of [`LeakyReadout`].
    pub struct State {
        /// Readout.
        r: "1" = 0.0 in -100.0..100.0,
    }
}
fields! {
    /// Input of [`LeakyReadout`].
    pub struct Input {
        /// Sum of the weights of this step's events; they do not decay in it.
        w: "1" = 0.0 in -10.0..10.0,
    }
}
fields! {
    /// Parameter of [`LeakyReadout`].
    pub struct Param {
        /// Time constant.
        tau: "ms" = 10.0 in 0.1..1000.0,
    }
}

/// The leaky readout; see the page of this module.
pub struct LeakyReadout;

impl Neuron for LeakyReadout {
    const NAME: &'static str = "leaky-readout";
    const SUMMARY: &'static str = "readout of a network, which never spikes";
    const CITATION: &'static str =
        "Bellec et al. (2020), A solution to the learning dilemma for recurrent networks of spiking neurons, Nature Communications 11:3625";
    const SOURCE: &'static str = "10.1038/s41467-020-17236-y";
    const READOUT: bool = true;
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(x: State, _: Input, p: Param) -> State {
        State { r: -x.r / p.tau }
    }

    fn voltage(x: State) -> Real {
        x.r
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { w: i.w + current }
    }

    fn spike(_: State, _: State, _: Input, _: Param) -> Real {
        0.0.into()
    }

    fn reset(_: State, x: State, _: Real, _: Param) -> State {
        x
    }

    fn finish(x: State, i: Input, _: Param) -> State {
        State { r: x.r + i.w }
    }
}
