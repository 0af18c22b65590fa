//! These tests compare the spikes of the simulator with those of the plain simulation.

use crate::{
    build::{spikes, zoo},
    reference::simulate,
};
use kernels::network::*;

const STEPS: usize = 1500;

#[test]
fn spikes_match_the_plain_simulation() {
    let network = zoo();
    let want = simulate(&network, STEPS);
    for p in 0..5 {
        let count = want.iter().filter(|s| s.population == p).count();
        println!("population {p}: {count} spikes");
        assert!(count > 50, "population {p} fires {count} times");
    }
    let (got, _) = spikes::<f64>(network, 1, &[STEPS]);
    let first = got.iter().zip(&want).position(|(a, b)| a != b);
    assert!(got == want, "{} and {} spikes; they part at {first:?}", got.len(), want.len());
}

/// Spikes differ without any one part of the network, or with a delay one step longer.
#[test]
fn every_part_of_the_network_affects_its_spikes() {
    let (want, _) = spikes::<f64>(zoo(), 1, &[STEPS]);
    let changed = |what: &str, change: &dyn Fn(&mut Network)| {
        let mut network = zoo();
        change(&mut network);
        assert_ne!(spikes::<f64>(network, 1, &[STEPS]).0, want, "{what}");
    };
    for k in 0..zoo().projections.len() {
        changed("projection", &|n| drop(n.projections.remove(k)));
        changed("delay", &|n| match &mut n.projections[k].edges.delays {
            Delays::Uniform(d) => *d += 1,
            Delays::Each(d) => d.iter_mut().for_each(|d| *d += 1),
        });
    }
    for k in 0..2 {
        changed("stimulus", &|n| drop(n.stimuli.remove(k)));
    }
    changed("plasticity", &|n| n.projections.iter_mut().for_each(|p| p.short_term = None));
    changed("a row", &|n| n.projections[4].first -= 1);
}

#[test]
fn traces_are_the_states_after_each_step() {
    let mut s = Simulation::<f64>::new(zoo(), 2).unwrap();
    let traces = |population, row| Trace { population, row, neurons: vec![0, 31, 32] };
    s.record_traces(vec![traces(2, 0), traces(0, 0), traces(0, 4)]).unwrap();
    let mut last = vec![];
    for steps in [1, 7, 64, 100] {
        let record = s.run(steps);
        assert_eq!(record.traces.iter().map(Vec::len).collect::<Vec<_>>(), [3 * steps; 3]);
        last = record.traces;
    }
    let state = s.state();
    for (name, trace) in [("state/c/v", &last[0]), ("state/a/v", &last[1])] {
        let SavedData::Number(v) = &state.iter().find(|s| s.name == name).unwrap().data else { panic!() };
        assert_eq!(trace[297..], [v[0], v[31], v[32]]);
    }
    assert!(last[2].iter().all(|z| *z == 0.0 || *z == 1.0));
}
