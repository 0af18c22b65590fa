//! Simple model of spiking neurons: Izhikevich (2003), <https://doi.org/10.1109/TNN.2003.820440>, with the defaults of
//! its regular spiking cell.

use equations::{Neuron, Real, Surrogate, fields, spike};

fields! {
    /// State of [`Izhikevich`].
    pub struct State {
        /// Membrane potential.
        v: "mV" = -65.0 in -120.0..30.0,
        /// Recovery.
        u: "mV/ms" = -13.0 in -50.0..50.0,
    }
}
fields! {
    /// Input of [`Izhikevich`].
    pub struct Input {
        /// Current, over the membrane capacitance.
        i: "mV/ms" = 0.0 in -100.0..100.0,
    }
}
fields! {
    /// Parameters of [`Izhikevich`].
    pub struct Param {
        /// Rate of recovery.
        a: "1/ms" = 0.02 in 0.001..0.2,
        /// Sensitivity of recovery to the potential.
        b: "1/ms" = 0.2 in 0.05..0.3,
        /// Potential after a spike.
        c: "mV" = -65.0 in -75.0..-45.0,
        /// Increase of recovery by a spike.
        d: "mV/ms" = 8.0 in 0.0..10.0,
    }
}

/// The model.
pub struct Izhikevich;

impl Neuron for Izhikevich {
    const NAME: &'static str = "izhikevich";
    const SUMMARY: &'static str = "quadratic neuron with recovery";
    const CITATION: &'static str =
        "Izhikevich (2003), Simple model of spiking neurons, IEEE Transactions on Neural Networks 14:1569";
    const SOURCE: &'static str = "10.1109/TNN.2003.820440";
    /// Where `v` and `u` stand still without a current, with the default `b`: a stable and an unstable potential.
    const REST_AND_THRESHOLD: Option<(f64, f64)> = Some((-70.0, -50.0));
    type State = State;
    type Input = Input;
    type Param = Param;

    fn rates(State { v, u }: State, Input { i }: Input, p: Param) -> State {
        State { v: 0.04 * v * v + 5.0 * v + 140.0 - u + i, u: p.a * (p.b * v - u) }
    }

    fn voltage(x: State) -> Real {
        x.v
    }

    fn inject(i: Input, current: Real) -> Input {
        Input { i: i.i + current }
    }

    fn spike(_: State, x: State, _: Input, _: Param) -> Real {
        spike((x.v - 30.0) / 20.0, Surrogate::ReluGrad { alpha: 0.3, width: 1.0 })
    }

    fn reset(_: State, x: State, z: Real, p: Param) -> State {
        State { v: x.v + z * (p.c - x.v), u: x.u + z * p.d }
    }
}
