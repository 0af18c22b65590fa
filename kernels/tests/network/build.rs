//! This module builds small networks of all kinds of parts.

use kernels::{Precision, network::*, random::Uniforms};

fn set(fields: &[kernels::equations::Field], values: &mut [PerNeuron], to: &[(&str, f64)]) {
    for (name, x) in to {
        values[fields.iter().position(|f| f.name == *name).unwrap()] = PerNeuron::Same(*x);
    }
}

/// Makes cells with a constant current.
pub fn cells(name: &str, neurons: usize, model: &str, values: &[(&str, f64)], current: f64) -> Population {
    let mut population = Population::cells(name, neurons, kernels::find(model).unwrap());
    if let PopulationKind::Cells { cell, params, drive, .. } = &mut population.kind {
        set(cell.param, params, values);
        set(cell.input, drive, &[("i", current)]);
    }
    population
}

/// Spreads the initial values of the first state variable from a third below the default to the default.
pub fn scatter(mut population: Population, size: f64) -> Population {
    if let PopulationKind::Cells { cell, start, .. } = &mut population.kind {
        let default = cell.state[0].default;
        let all = Uniforms::new(99, 0).take(population.neurons).map(|u| default + size * u);
        start[0] = PerNeuron::Each(all.collect());
    }
    population
}

/// Makes parameters differ between neurons by a tenth, except those of clocks.
pub fn vary(mut population: Population) -> Population {
    if let PopulationKind::Cells { cell, params, .. } = &mut population.kind {
        let mut u = Uniforms::new(98, 0);
        for (p, f) in params.iter_mut().zip(cell.param) {
            let size = if f.name == "t_ref" { 0.0 } else { 0.05 };
            let each = (0..population.neurons).map(|n| p.of(n) * (1.0 + size * (u.next().unwrap() - 0.5)));
            *p = PerNeuron::Each(each.collect());
        }
    }
    population
}

/// Draws random synapses with weights up to `weight` and delays of `delays` steps.
pub fn edges([pre, post]: [usize; 2], p: f64, key: u64, weight: f64, delays: std::ops::RangeInclusive<u16>) -> Edges {
    let weight = weight as f32;
    let mut e =
        Edges::bernoulli(pre, post, p, key, Weights::Uniform(weight), Delays::Uniform(*delays.start())).unwrap();
    let mut u = Uniforms::new(key, u64::MAX);
    let span = f64::from(delays.end() - delays.start() + 1);
    if span > 1.0 {
        e.weights = Weights::Each(e.targets.iter().map(|_| weight * u.next().unwrap() as f32).collect());
        e.delays = Delays::Each(
            e.targets.iter().map(|_| delays.start() + ((1.0 - u.next().unwrap()) * span) as u16).collect(),
        );
    }
    e
}

pub fn projection(name: &str, [pre, post]: [usize; 2], input: usize, edges: Edges) -> Projection {
    Projection::new(name, pre, post, input, edges)
}

/// Makes a network of three populations of different neurons with seven receptors, two kinds of sources, delays of all
/// kinds, short-term plasticity and stimuli. All of its populations spike.
pub fn zoo() -> Network {
    let sources = (0..2000u64).filter(|t| t % 37 == 0).flat_map(|t| [(t, (t % 5) as u32), (t, 7)]).collect();
    let input = |model: &str, name: &str| kernels::find(model).unwrap().input(name).unwrap();
    let mut part =
        projection("c-b", [2, 1], input("lif-transmitters", "gaba_a_w"), edges([20, 70], 0.3, 4, 2.0, 2..=2));
    part.first = 13;
    let mut plastic =
        projection("a-c", [0, 2], input("glif3-psc-alpha", "exc_w"), edges([45, 33], 0.3, 5, 60.0, 1..=4));
    plastic.short_term = Some(ShortTerm { U: 0.5, tau_rec: 80.0, tau_facil: 30.0 });
    let exc = |w: &str| input("lif-transmitters", w);
    Network {
        dt: 0.1,
        populations: vec![
            scatter(cells("a", 45, "lif-cond-exp", &[("t_ref", 1.7)], 420.0), 10.0),
            vary(scatter(cells("b", 70, "lif-transmitters", &[("gaba_b_g", 10.0)], 330.0), 10.0)),
            scatter(cells("c", 33, "glif3-psc-alpha", &[], 150.0), 20.0),
            Population { kind: PopulationKind::Spikes { times: sources }, ..Population::sources("told", 8) },
            Population {
                name: "noise".into(),
                neurons: 50,
                kind: PopulationKind::Poisson { rate: PerNeuron::Same(80.0), key: 5 },
            },
        ],
        projections: vec![
            projection("a-a", [0, 0], input("lif-cond-exp", "inh_w"), edges([45, 45], 0.2, 1, 3.0, 3..=9)),
            projection("a-b ampa", [0, 1], exc("ampa_w"), edges([45, 70], 0.2, 2, 2.0, 1..=6)),
            projection("a-b nmda", [0, 1], exc("nmda_w"), edges([45, 70], 0.2, 2, 0.2, 1..=6)),
            projection("b-b", [1, 1], exc("gaba_b_w"), edges([70, 70], 0.1, 3, 0.1, 5..=5)),
            part,
            plastic,
            projection("told-a", [3, 0], input("lif-cond-exp", "exc_w"), edges([8, 45], 0.5, 6, 9.0, 1..=1)),
            projection("noise-c", [4, 2], input("glif3-psc-alpha", "inh_w"), edges([50, 33], 0.3, 7, -8.0, 2..=11)),
        ],
        stimuli: vec![
            Stimulus {
                name: "wave".into(),
                population: 0,
                input: input("lif-cond-exp", "i"),
                signal: StimulusKind::Series {
                    samples: Samples::Same((0..60).map(|k| 100.0 * f64::sin(f64::from(k))).collect()),
                    every: 13,
                },
            },
            Stimulus {
                name: "background".into(),
                population: 2,
                input: input("glif3-psc-alpha", "exc_w"),
                signal: StimulusKind::Poisson { rate: PerNeuron::Same(300.0), weight: 20.0, key: 8 },
            },
        ],
    }
}

pub fn spikes<F: Precision>(network: Network, threads: usize, steps: &[usize]) -> (Vec<Spike>, Vec<Saved<F>>) {
    let mut s = Simulation::<F>::new(network, threads).unwrap();
    for p in 0.. {
        if s.record_spikes(p, true).is_err() {
            break;
        }
    }
    let all = steps.iter().flat_map(|&n| s.run(n).spikes).collect();
    (all, s.state())
}
