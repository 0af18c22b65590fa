//! Hodgkin-Huxley neurons: published spike times, and how the error of a step falls with its length.

use crate::simulator::Simulator;
use equations::{Coupled, Integrator, Step, models, trace};

/// The state at rest, of a neuron that is left alone for a second.
fn at_rest(step: &Step) -> Vec<f64> {
    let mut sim = Simulator::<f64>::new(step, 0.025);
    assert!(sim.spikes(40_000).is_empty(), "{} is silent at rest", step.name);
    sim.values.state
}

/// The potential `ms` after the current `i` comes on at rest, in steps of `dt`.
fn potential(step: &Step, rest: &[f64], i: f64, ms: f64, dt: f64) -> f64 {
    let mut sim = Simulator::<f64>::new(step, dt).with(&[("i", i)]);
    sim.values.state = rest.to_vec();
    (0..(ms / dt).round() as usize).for_each(|_| {
        sim.step();
    });
    sim.v()
}

#[test]
fn the_potential_is_second_order_where_gates_go_first() {
    for (step, fine, i, ms) in
        [(trace::<models::HhCortical>(Integrator::ExpEuler), trace::<models::HhCortical>(Integrator::Rk4), 400.0, 14.0)]
    {
        let rest = at_rest(&step);
        let truth = potential(&fine, &rest, i, ms, 1e-3);
        let errors = [0.02, 0.01, 0.005].map(|dt| (potential(&step, &rest, i, ms, dt) - truth).abs());
        println!("{} at {truth:.3} mV: errors {errors:.6?} mV", step.name);
        let orders = [errors[0] / errors[1], errors[1] / errors[2]].map(f64::log2);
        assert!(orders.iter().all(|order| (order - 2.0).abs() < 0.25), "{}: {orders:?}", step.name);
    }
}

#[test]
fn the_cortical_cell_adapts() {
    let step = trace::<models::HhCortical>(Integrator::ExpEuler);
    let mut sim = Simulator::<f64>::new(&step, 0.05).with(&[("i", 400.0)]);
    sim.values.state = at_rest(&step);
    let spikes = sim.spikes(20_000);
    let intervals: Vec<usize> = spikes.windows(2).map(|p| p[1] - p[0]).collect();
    println!("hh-cortical at 400 pA: {} spikes in 1 s, intervals {:?} steps", spikes.len(), intervals);
    assert!(intervals.len() > 5 && intervals[intervals.len() - 1] > intervals[0] + intervals[0] / 4);
}

#[test]
fn a_coupled_neuron_is_free_without_coupling_and_follows_with() {
    let (free, coupled) =
        (trace::<models::HhCortical>(Integrator::ExpEuler), trace::<Coupled<models::HhCortical>>(Integrator::ExpEuler));
    let set = [("i", 400.0), ("v_data", -60.0)];
    let mut pulled = Simulator::<f64>::new(&coupled, 0.05).with(&set).with(&[("k", 10.0)]);
    let mut alone = Simulator::<f64>::new(&coupled, 0.05).with(&set);
    let mut wanted = Simulator::<f64>::new(&free, 0.05).with(&[("i", 400.0)]);
    for _ in 0..2000 {
        assert_eq!(alone.step(), wanted.step());
        assert!((alone.v() - wanted.v()).abs() < 1e-9);
        pulled.step();
    }
    assert!((pulled.v() + 60.0).abs() < 0.5, "{}", pulled.v());
}
