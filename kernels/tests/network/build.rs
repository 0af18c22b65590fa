//! Small networks of everything there is.

use kernels::{Precision, network::*, random::Uniforms};

pub fn defaults<F: Precision>(fields: &[kernels::equations::Field], set: &[(&str, f64)]) -> Vec<F> {
    let value = |f: &kernels::equations::Field| set.iter().find(|s| s.0 == f.name).map_or(f.default, |s| s.1);
    assert!(set.iter().all(|s| fields.iter().any(|f| f.name == s.0)), "{set:?}");
    fields.iter().map(|f| F::of(value(f))).collect()
}

/// Cells with a constant current.
pub fn cells<F: Precision>(
    name: &str,
    neurons: usize,
    model: &str,
    params: &[(&str, f64)],
    current: f64,
) -> Population<F> {
    let cell = kernels::find(model).unwrap();
    let kind = Kind::Cells {
        cell,
        params: Values::Shared(defaults(cell.param, params)),
        start: Values::Shared(defaults(cell.state, &[])),
        drive: Values::Shared(defaults(cell.input, &[("i", current)])),
    };
    Population { name: name.into(), neurons, kind }
}

/// Different starts of the first state variable, from a third below to the default.
pub fn scatter<F: Precision>(mut population: Population<F>, size: f64) -> Population<F> {
    if let Kind::Cells { cell, start, .. } = &mut population.kind {
        let mut u = Uniforms::new(99, 0);
        let n = population.neurons;
        let mut all = vec![];
        for (s, f) in cell.state.iter().enumerate() {
            let shift = if s == 0 { size } else { 0.0 };
            all.extend((0..n).map(|_| F::of(f.default + shift * u.next().unwrap())));
        }
        *start = Values::Each(all);
    }
    population
}

/// Parameters that differ between neurons by a tenth; clocks do not.
pub fn vary<F: Precision>(mut population: Population<F>) -> Population<F> {
    if let Kind::Cells { cell, params: Values::Shared(shared), .. } = &population.kind {
        let mut u = Uniforms::new(98, 0);
        let mut all = vec![];
        for (p, f) in shared.iter().zip(cell.param) {
            let size = if f.name == "t_ref" { 0.0 } else { 0.05 };
            all.extend((0..population.neurons).map(|_| F::of(p.to() * (1.0 + size * (u.next().unwrap() - 0.5)))));
        }
        let Kind::Cells { params, .. } = &mut population.kind else { unreachable!() };
        *params = Values::Each(all);
    }
    population
}

/// Random synapses with weights up to `weight` and delays of `delays`.
pub fn edges<F: Precision>(
    [pre, post]: [usize; 2],
    p: f64,
    key: u64,
    weight: f64,
    delays: std::ops::RangeInclusive<u16>,
) -> Edges<F> {
    let mut e =
        Edges::bernoulli(pre, post, p, key, Weights::Uniform(F::of(weight)), Delays::Uniform(*delays.start())).unwrap();
    let mut u = Uniforms::new(key, u64::MAX);
    let span = f64::from(delays.end() - delays.start() + 1);
    if span > 1.0 {
        e.weights = Weights::Each(e.targets.iter().map(|_| F::of(weight * u.next().unwrap())).collect());
        e.delays = Delays::Each(
            e.targets.iter().map(|_| delays.start() + ((1.0 - u.next().unwrap()) * span) as u16).collect(),
        );
    }
    e
}

pub fn projection<F: Precision>(name: &str, [pre, post]: [usize; 2], input: usize, edges: Edges<F>) -> Projection<F> {
    Projection { name: name.into(), pre, first: 0, post, input, edges, plasticity: None }
}

/// Three populations of different neurons with seven receptors, two kinds of sources, delays of all kinds, plasticity,
/// and stimuli. It fires.
pub fn zoo<F: Precision>() -> Network<F> {
    let sources = (0..2000u64).filter(|t| t % 37 == 0).flat_map(|t| [(t, (t % 5) as u32), (t, 7)]).collect();
    let input = |model: &str, name: &str| kernels::find(model).unwrap().input(name).unwrap();
    let mut part =
        projection("c-b", [2, 1], input("lif-transmitters", "gaba_a_w"), edges([20, 70], 0.3, 4, 2.0, 2..=2));
    part.first = 13;
    let mut plastic =
        projection("a-c", [0, 2], input("glif3-psc-alpha", "exc_w"), edges([45, 33], 0.3, 5, 60.0, 1..=4));
    plastic.plasticity = Some(ShortTerm { U: 0.5, tau_rec: 80.0, tau_facil: 30.0 });
    let exc = |w: &str| input("lif-transmitters", w);
    Network {
        dt: 0.1,
        populations: vec![
            scatter(cells("a", 45, "lif-cond-exp", &[("t_ref", 1.7)], 420.0), 10.0),
            vary(scatter(cells("b", 70, "lif-transmitters", &[("gaba_b_g", 10.0)], 330.0), 10.0)),
            scatter(cells("c", 33, "glif3-psc-alpha", &[], 150.0), 20.0),
            Population { name: "told".into(), neurons: 8, kind: Kind::Spikes { times: sources } },
            Population {
                name: "noise".into(),
                neurons: 50,
                kind: Kind::Poisson { rate: Values::Shared(vec![80.0]), key: 5 },
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
                signal: Signal::Series {
                    values: Values::Shared((0..60).map(|k| F::of(100.0 * f64::sin(f64::from(k)))).collect()),
                    every: 13,
                },
            },
            Stimulus {
                name: "background".into(),
                population: 2,
                input: input("glif3-psc-alpha", "exc_w"),
                signal: Signal::Poisson { rate: Values::Shared(vec![300.0]), weight: F::of(20.0), key: 8 },
            },
        ],
    }
}

pub fn spikes<F: Precision>(network: Network<F>, threads: usize, steps: &[usize]) -> (Vec<Spike>, Vec<Saved<F>>) {
    let mut s = Simulation::new(network, threads).unwrap();
    for p in 0.. {
        if s.record_spikes(p, true).is_err() {
            break;
        }
    }
    let all = steps.iter().flat_map(|&n| s.run(n).spikes).collect();
    (all, s.state())
}
