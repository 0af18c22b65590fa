//! The operations that remain after simplifying.

use equations::{
    Cost, Integrator, Neuron, Op, Real, Var, eval,
    expr::Body,
    fields, models,
    receptors::{Conductances, Exponential},
    simplify, trace,
};

fields! {
    /// State of the small neurons below.
    pub struct State {
        /// Membrane potential.
        x: "mV" = 0.0 in -100.0..100.0,
    }
}
fields! {
    /// Input of the small neurons below, which have none.
    pub struct Input {}
}
fields! {
    /// Parameters of the small neurons below.
    pub struct Param {
        /// Time constant.
        tau: "ms" = 10.0 in 1.0..100.0,
        /// Another parameter.
        k: "mV" = 5.0 in 1.0..10.0,
    }
}

/// Simplifies the first output of a step whose right side is `$rates`.
macro_rules! simplified {
    ($integrator:ident, |$x:ident, $p:ident| $rates:expr) => {{
        struct Small;
        impl Neuron for Small {
            const NAME: &'static str = "small";
            const SUMMARY: &'static str = "";
            const CITATION: &'static str = "";
            const SOURCE: &'static str = "";
            type State = State;
            type Input = Input;
            type Param = Param;
            fn rates($x: State, _: Input, $p: Param) -> State {
                State { x: $rates }
            }
            fn voltage(x: State) -> Real {
                x.x
            }
            fn inject(i: Input, _: Real) -> Input {
                i
            }
            fn spike(_: State, _: State, _: Input, _: Param) -> Real {
                0.0.into()
            }
            fn reset(_: State, x: State, _: Real, _: Param) -> State {
                x
            }
        }
        let step = trace::<Small>(Integrator::$integrator);
        simplify(&step.graph, &step.outputs[..1])
    }};
}

/// Counts the operations that are done every step.
fn cost(body: &Body) -> Cost {
    Cost::of(&body.graph, &body.outputs)
}

#[test]
fn a_decay_is_one_product_with_an_invariant_factor() {
    let body = simplified!(ExpEuler, |x, p| -x.x / p.tau);
    assert_eq!(cost(&body), Cost { arithmetic: 1, ..Cost::default() });
    let Op::Mul(a, b) = body.graph.op(body.outputs[0]) else { panic!("{body:?}") };
    assert_eq!(body.invariants.len(), 1);
    assert!([a, b].contains(&body.invariants[0]));
    let factor = eval::<f64>(&body.graph, &body.invariants, |v| if v == Var::Dt { 0.1 } else { 8.0 });
    assert!((factor[0] - f64::exp(-0.1 / 8.0)).abs() < 1e-15);
}

#[test]
fn an_invariant_factor_of_a_sum_goes_to_terms_that_have_their_own() {
    // x + dt (x^2 / tau + k): dt / tau and dt k.
    let b = simplified!(Euler, |x, p| x.x * x.x / p.tau + p.k);
    assert_eq!(b.invariants.len(), 2, "{b:?}");
}

#[test]
fn a_step_that_is_linear_in_its_state_uses_the_slope_twice() {
    let step = trace::<Conductances<models::Lif, Exponential>>(Integrator::ExpEuler);
    let body = simplify(&step.graph, &step.outputs[..1]);
    // Two sums of events; two fused products for the slope, four for the rate, one for the step; clock and choice.
    let fused = body.graph.live(&body.outputs).into_iter().filter(|&r| matches!(body.graph.op(r), Op::Fma(..))).count();
    assert_eq!(fused, 7, "{body:?}");
}

#[test]
fn events_that_are_added_to_a_state_and_do_no_more_are_jumps_of_it() {
    let exponential = trace::<Conductances<models::Lif, Exponential>>(Integrator::ExpEuler);
    assert_eq!(exponential.jumps(), [None, Some(2), Some(3)]);
    // A current is no jump.
    assert_eq!(trace::<models::Lif>(Integrator::ExpEuler).jumps(), [None]);
    // By the values: the state with the input in it gives the step with the input.
    let at = |x: [f64; 4], w: [f64; 3]| {
        eval::<f64>(&exponential.graph, &exponential.outputs, |v| match v {
            Var::Dt => 0.1,
            Var::State(k) => x[k as usize],
            Var::Input(k) => w[k as usize],
            Var::Param(k) => exponential.param[k as usize].default,
            Var::Adjoint(_) => 0.0,
        })
    };
    assert_eq!(at([-60.0, 0.0, 1.0, 2.0], [0.0, 0.5, 0.25]), at([-60.0, 0.0, 1.5, 2.25], [0.0; 3]));
}

#[test]
fn exponents_with_a_common_divisor_share_one_exponential() {
    let body = simplified!(Euler, |x, _p| (x.x / 20.0).exp() + (-x.x / 10.0).exp() + (3.0 * (x.x - 7.0) / 20.0).exp());
    assert_eq!((cost(&body).exponentials, cost(&body).divisions), (1, 1), "{body:?}");
    // Slopes that depend on a parameter, or are no small multiples of each other, are left alone.
    let body = simplified!(Euler, |x, p| (x.x / p.k).exp() + (x.x / 20.0).exp() + (x.x / 1.7).exp());
    assert_eq!(cost(&body).exponentials, 3, "{body:?}");
}

#[test]
fn the_exponentials_of_the_rates_are_shared() {
    // As written, three more are inside the rates' `z / (e^z - 1)`.
    for (step, before, after) in [
        (trace::<models::HhTraub>(Integrator::ExpEuler), 3, 2),
        (trace::<models::HhPospischil>(Integrator::ExpEuler), 6, 2),
    ] {
        let plain = Cost::of(&step.graph, &step.outputs).exponentials;
        let body = simplify(&step.graph, &step.outputs);
        assert_eq!((plain, cost(&body).exponentials), (before, after), "{}", step.name);
    }
}

#[test]
fn quotients_with_one_divisor_share_its_reciprocal() {
    let body = simplified!(Euler, |x, p| p.tau / (1.0 + x.x * x.x) + x.x / (1.0 + x.x * x.x));
    assert_eq!(cost(&body).divisions, 1, "{body:?}");
}

#[test]
fn a_product_used_once_is_fused_with_its_sum_and_one_used_twice_is_not() {
    let fused = |body: &Body| {
        let live = body.graph.live(&body.outputs);
        live.iter().filter(|&&r| matches!(body.graph.op(r), Op::Fma(..))).count()
    };
    // x + dt (x^2 + k) = fma(dt, fma(x, x, k), x)
    assert_eq!(fused(&simplified!(Euler, |x, p| x.x * x.x + p.k)), 2);
    let twice = simplified!(Euler, |x, p| (x.x * x.x + p.k) * (x.x * x.x).exp());
    assert_eq!(fused(&twice), 1, "{twice:?}");
}
