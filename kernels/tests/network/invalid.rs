//! These tests check that networks that cannot be simulated are errors that say where and why.

use crate::build::zoo;
use kernels::network::*;

#[test]
fn each_mistake_is_named() {
    assert!(Simulation::<f32>::new(zoo(), 0).is_ok(), "no threads are one");
    type Change = fn(&mut Network);
    fn params(n: &mut Network) -> &mut Vec<PerNeuron> {
        let PopulationKind::Cells { params, .. } = &mut n.populations[0].kind else { unreachable!() };
        params
    }
    let cases: &[(&str, &str, Change)] = &[
        ("network", "step", |n| n.dt = f64::NAN),
        ("a", "parameters: 3", |n| params(n).truncate(3)),
        ("b", "parameters", |n| n.populations[1].neurons = 80),
        ("told", "source 8 of 8", |n| n.populations[3].kind = PopulationKind::Spikes { times: vec![(3, 8)] }),
        ("told", "after", |n| n.populations[3].kind = PopulationKind::Spikes { times: vec![(3, 1), (2, 1)] }),
        ("noise", "-1 Hz", |n| n.populations[4].kind = PopulationKind::Poisson { rate: PerNeuron::Same(-1.0), key: 0 }),
        ("noise", "20000 Hz", |n| {
            n.populations[4].kind = PopulationKind::Poisson { rate: PerNeuron::Same(2e4), key: 0 }
        }),
        ("b", "`lif` is a name alone", |n| n.populations[1] = Population::named("b", 80, "lif")),
        ("a-a", "population 9 of 5", |n| n.projections[0].pre = 9),
        ("a-a", "`told` has no inputs", |n| n.projections[0].post = 3),
        ("a-a", "input 3 of 3", |n| n.projections[0].receptor = ReceptorTarget::Input { input: 3, factor: 1.0 }),
        ("a-a", "target 45 of 45", |n| *n.projections[0].edges.targets.last_mut().unwrap() = 45),
        ("a-a", "ascending", |n| n.projections[0].edges.targets[..2].reverse()),
        ("a-a", "rows of neurons 1..46 of 45", |n| n.projections[0].first = 1),
        ("a-a", "row starts", |n| n.projections[0].edges.starts[0] = 1),
        ("a-a", "row 4", |n| n.projections[0].edges.starts[5] = 0),
        ("a-a", "row starts", |n| n.projections[0].edges.starts.truncate(3)),
        ("a-a", "weights for", |n| n.projections[0].edges.weights = Weights::Each(vec![1.0])),
        ("a-a", "delays for", |n| n.projections[0].edges.delays = Delays::Each(vec![1])),
        ("a-a", "delay of 0", |n| n.projections[0].edges.delays = Delays::Uniform(0)),
        ("a-a", "mask of 1", |n| n.projections[0].plastic = Some(vec![true])),
        ("a-a", "not a number", |n| n.projections[0].edges.weights = Weights::Uniform(f32::NAN)),
        ("a-c", "U 2", |n| n.projections[5].short_term.as_mut().unwrap().U = 2.0),
        ("wave", "population 7", |n| n.stimuli[0].population = 7),
        ("wave", "samples of no step", |n| {
            if let StimulusKind::Series { every, .. } = &mut n.stimuli[0].signal {
                *every = 0;
            }
        }),
        ("background", "rates: 2", |n| {
            if let StimulusKind::Poisson { rate, .. } = &mut n.stimuli[1].signal {
                *rate = PerNeuron::Each(vec![1.0; 2]);
            }
        }),
    ];
    for (part, what, change) in cases {
        let mut network = zoo();
        change(&mut network);
        let error = Simulation::<f32>::new(network, 1).err().unwrap_or_else(|| panic!("{what}: no error"));
        assert!(error.part == *part && error.what.contains(what), "{error} for {part}: {what}");
    }
    assert!(Edges::bernoulli(1, 1, 1.5, 0, Weights::Uniform(1.0), Delays::Uniform(1)).is_err());
}

#[test]
fn empty_networks_run() {
    let mut empty = zoo();
    empty.projections.clear();
    empty.stimuli.clear();
    empty.populations.clear();
    let record = Simulation::<f32>::new(empty, 4).unwrap().run(10);
    assert!(record.counts.is_empty() && record.spikes.is_empty());
}
