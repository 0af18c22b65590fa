//! Hodgkin-Huxley neurons: published spike times, and how the error of a step falls with its length.

use crate::simulator::Simulator;
use equations::{Coupled, Integrator, Neuron, Step, models, trace};

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
    fn steps<N: Neuron>() -> [Step; 2] {
        [Integrator::ExpEuler, Integrator::Rk4].map(trace::<N>)
    }
    for ([step, fine], i, ms) in [
        (steps::<models::HhCortical>(), 400.0, 14.0),
        (steps::<models::HhPospischilCa>(), 2.0, 10.0),
        (steps::<models::Hh1952>(), 8.0, 2.0),
    ] {
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

/// The squid axon of NeuroML's Ex5: the converged rises through 0 mV, ms, under 8 uA/cm2 from 100 to 200 ms.
#[test]
fn hh_1952_spikes_at_the_converged_times() {
    let wanted = [102.1799, 118.3768, 134.3698, 150.3548, 166.3393, 182.3237, 198.3081];
    let step = trace::<models::Hh1952>(Integrator::ExpEuler);
    for (dt, tolerance) in [(0.0025, 1e-3), (0.005, 4e-3), (0.025, 0.1)] {
        let mut sim = Simulator::<f64>::new(&step, dt);
        let mut rises = vec![];
        for k in 0..(220.0 / dt) as usize {
            sim.set("i", if (100.0..200.0).contains(&((k as f64 + 0.5) * dt)) { 8.0 } else { 0.0 });
            let before = sim.v();
            if sim.step() {
                rises.push((k as f64 + before / (before - sim.v())) * dt);
            }
        }
        println!("hh-1952 in steps of {dt} ms: {rises:.4?}");
        assert_eq!(rises.len(), wanted.len());
        assert!(rises.iter().zip(wanted).all(|(a, b)| (a - b).abs() < tolerance), "{rises:?}");
    }
}

#[test]
fn warmth_speeds_the_gates_of_hh_1952_three_times_per_ten_degrees() {
    let step = trace::<models::Hh1952>(Integrator::Euler);
    let rate_of_n = |celsius: f64| {
        let mut sim = Simulator::<f64>::new(&step, 1e-3).with(&[("T", celsius), ("v", -30.0)]);
        let before = sim.values.state[3];
        sim.step();
        sim.values.state[3] - before
    };
    assert!((rate_of_n(16.3) / rate_of_n(6.3) - 3.0).abs() < 1e-9);
}

/// What the cells of Pospischil et al. (2008) are named for: a burst after inhibition, and one at the start.
#[test]
fn calcium_currents_rebound_and_burst() {
    let step = trace::<models::HhPospischilCa>(Integrator::ExpEuler);
    let dt = 0.025;
    // Spikes in 500 ms under one current after another, from the rest of a cell.
    let run = |cell: &[(&str, f64)], currents: &[f64]| -> Vec<Vec<usize>> {
        let mut sim = Simulator::<f64>::new(&step, dt).with(cell);
        let start = sim.v();
        assert!(sim.spikes((1000.0 / dt) as usize).is_empty() && (sim.v() - start).abs() < 0.1, "{} at rest", sim.v());
        let under = |&i: &f64| {
            sim.set("i", i);
            sim.spikes((500.0 / dt) as usize)
        };
        currents.iter().map(under).collect()
    };
    let (lts, ib) = (models::hh_pospischil_ca::LTS, models::hh_pospischil_ca::IB);
    let without = |cell: &[(&'static str, f64)], name| [cell, &[(name, 0.0)][..]].concat();

    let interval = |s: &[usize], k: usize| (s[k + 1] - s[k]) as f64 * dt;
    let rebound = run(lts, &[-1.0, 0.0]);
    println!("lts: {} spikes after inhibition", rebound[1].len());
    assert!(rebound[0].is_empty() && rebound[1].len() > 2 && interval(&rebound[1], 0) < 10.0);
    let mut silent = Simulator::<f64>::new(&step, dt).with(&without(lts, "g_T")).with(&[("i", -1.0)]);
    assert!(silent.spikes(20_000).is_empty());
    silent.set("i", 0.0);
    assert!(silent.spikes(20_000).is_empty(), "without the T current there is no rebound");

    let bursting = run(ib, &[0.5]).remove(0);
    let plain = Simulator::<f64>::new(&step, dt).with(&without(ib, "g_Ca")).with(&[("i", 0.5)]).spikes(20_000);
    println!(
        "ib: {} spikes, first interval {:.1} ms; without g_Ca {}",
        bursting.len(),
        interval(&bursting, 0),
        plain.len()
    );
    assert!(interval(&bursting, 2) > 2.5 * interval(&bursting, 0));
    assert!(plain.len() < bursting.len());
}
