//! Receptors in front of a neuron.

use crate::simulator::Simulator;
use equations::{Driven, Integrator, Neuron, Real, Receptor, fields, models, trace};

fields! {
    /// State.
    pub struct State {
        /// Conductance.
        g: "nS" = 0.0 in 0.0..100.0,
    }
}
fields! {
    /// Input.
    pub struct Input {
        /// Weighted events of this step.
        w: "nS" = 0.0 in 0.0..10.0,
    }
}
fields! {
    /// Parameters.
    pub struct Param {
        /// Reversal potential.
        E: "mV" = 0.0 in -100.0..50.0,
        /// Decay time constant.
        tau: "ms" = 5.0 in 0.1..200.0,
    }
}

macro_rules! receptor {
    ($name:ident $text:literal) => {
        #[derive(Clone, Copy)]
        struct $name;
        impl Receptor for $name {
            const NAME: &'static str = $text;
            type State = State;
            type Input = Input;
            type Param = Param;
            fn events(x: State, i: Input, _: Param) -> State {
                State { g: x.g + i.w }
            }
            fn rates(x: State, p: Param) -> State {
                State { g: -x.g / p.tau }
            }
            fn current(x: State, v: Real, p: Param) -> Real {
                x.g * (p.E - v)
            }
        }
    };
}
receptor!(Exc "exc");
receptor!(Inh "inh");

#[test]
fn two_receptors_with_equal_fields_have_distinct_names_and_act() {
    let step = trace::<Driven<Driven<models::Lif, Exc>, Inh>>(Integrator::ExpEuler);
    let names: Vec<_> = step.param.iter().map(|f| f.name.to_string()).collect();
    assert_eq!(names[6..], ["exc_E", "exc_tau", "inh_E", "inh_tau"]);
    assert_eq!(step.state.iter().map(|f| &*f.name).collect::<Vec<_>>(), ["v", "refractory", "exc_g", "inh_g"]);
    assert_eq!(step.input.iter().map(|f| &*f.name).collect::<Vec<_>>(), ["i", "exc_w", "inh_w"]);

    let mut sim = Simulator::<f64>::new(&step, 0.1).with(&[("inh_E", -80.0), ("exc_tau", 2.0)]);
    sim.set("exc_w", 1.0);
    sim.step();
    assert!((sim.values.state[2] - (-0.05f64).exp()).abs() < 1e-15 && sim.values.state[3] == 0.0);
    let up = sim.v();
    assert!(up > -70.0);
    sim.set("exc_w", 0.0);
    sim.set("inh_w", 50.0);
    sim.step();
    assert!(sim.v() < up);
    assert!((sim.values.state[3] - 50.0 * (-0.02f64).exp()).abs() < 1e-12);
}

#[test]
fn a_driven_neuron_keeps_its_stages() {
    assert_eq!(<Driven<models::GifPaper, Exc>>::STAGES, models::GifPaper::STAGES);
    let (bare, driven) =
        (trace::<models::GifPaper>(Integrator::ExpEuler), trace::<Driven<models::GifPaper, Exc>>(Integrator::ExpEuler));
    let set = [("i", 1.0), ("i_1", 0.5), ("k_1", 1.0)];
    let (mut a, mut b) = (Simulator::<f64>::new(&bare, 0.5).with(&set), Simulator::<f64>::new(&driven, 0.5).with(&set));
    for _ in 0..200 {
        assert_eq!(a.step(), b.step());
        assert!((a.v() - b.v()).abs() < 1e-11);
    }
    b.set("exc_g", 1.0);
    b.step();
    assert!(b.values.state[4] < 1.0, "a receptor's state is advanced too");
}
