//! This module is the plain simulation: it steps one neuron after the other in double precision, from the graphs of the
//! equations, and adds every event to the input of its step of arrival.

use kernels::{
    equations::{Evaluator, Integrator, Step, Var, cell::*, models::*, receptors::*, trace},
    network::*,
    random::draws,
};

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty => $($by:ident)|+;)*) => {
        /// Returns the equations of a cell.
        pub fn step(name: &str) -> Step {
            match name {
                $($name => Step { name: $name, ..trace::<$neuron>(Integrator::ExpEuler) },)*
                name => panic!("no equations of {name}"),
            }
        }
    };
}
include!("../../registry.rs");

/// Returns the spikes of `steps` steps.
pub fn simulate(network: &Network, steps: usize) -> Vec<Spike> {
    let n = &network.populations;
    let graphs: Vec<Option<Step>> = n
        .iter()
        .map(|p| if let PopulationKind::Cells { cell, .. } = &p.kind { Some(step(cell.name)) } else { None })
        .collect();
    let mut evaluators: Vec<_> =
        graphs.iter().map(|g| g.as_ref().map(|g| Evaluator::<f64>::new(&g.graph, &g.outputs))).collect();
    let mut states: Vec<Vec<Vec<f64>>> = n
        .iter()
        .map(|p| match &p.kind {
            PopulationKind::Cells { cell, start, .. } => {
                (0..p.neurons).map(|k| (0..cell.state.len()).map(|s| start[s].of(k)).collect()).collect()
            }
            _ => vec![],
        })
        .collect();
    // These are the inputs in transit, [population][step][neuron][input].
    let inputs = |p: &Population| p.cell().map_or(0, |cell| cell.input.len());
    let mut arrivals: Vec<Vec<Vec<Vec<f64>>>> =
        n.iter().map(|p| vec![vec![vec![0.0; inputs(p)]; p.neurons]; steps + 100]).collect();
    // The resources of each neuron in each projection are u, x and the step of the last spike.
    let mut release = vec![vec![(0.0f64, 1.0f64, 0usize); 1000]; network.projections.len()];
    let mut spikes = vec![];
    for t in 0..steps {
        let mut fired = vec![];
        for (k, p) in n.iter().enumerate() {
            for m in 0..p.neurons {
                let z = match &p.kind {
                    PopulationKind::Spikes { times } => times.contains(&(t as u64, m as u32)),
                    PopulationKind::Named { .. } => unreachable!("no network of these tests has models by name"),
                    PopulationKind::Poisson { rate, key } => uniform(*key, t, m) < 1e-3 * network.dt * rate.of(m),
                    PopulationKind::Cells { params, drive, .. } => {
                        let input: Vec<f64> = (0..inputs(p))
                            .map(|i| drive[i].of(m) + arrivals[k][t][m][i] + stimuli(network, k, i, t, m))
                            .collect();
                        let state = &states[k][m];
                        let value = |v: Var| match v {
                            Var::Dt => network.dt,
                            Var::State(s) => state[s as usize],
                            Var::Input(i) => input[i as usize],
                            Var::Param(q) => params[q as usize].of(m),
                            Var::Adjoint(_) => 0.0,
                        };
                        let mut y: Vec<f64> = evaluators[k].as_mut().unwrap().eval(value).collect();
                        let z = y.pop().unwrap() == 1.0;
                        states[k][m] = y;
                        z
                    }
                };
                if z {
                    fired.push((k, m));
                    spikes.push(Spike { step: t as u64, population: k as u32, neuron: m as u32 });
                }
            }
        }
        for (j, p) in network.projections.iter().enumerate() {
            for &(_, m) in fired.iter().filter(|f| f.0 == p.pre) {
                let mut released = 1.0;
                if let Some(rule) = &p.short_term {
                    let (u, x, last) = release[j][m];
                    let ms = (t - last) as f64 * network.dt;
                    let u = u * (-ms / rule.tau_facil).exp();
                    let u = u + rule.U * (1.0 - u);
                    let x = 1.0 - (1.0 - x) * (-ms / rule.tau_rec).exp();
                    released = u * x;
                    release[j][m] = (u, x - released, t);
                }
                let Some(row) = m.checked_sub(p.first).filter(|&r| r < p.edges.rows()) else { continue };
                let ReceptorTarget::Input { input, factor } = p.receptor else { unimplemented!() };
                for e in p.edges.starts[row] as usize..p.edges.starts[row + 1] as usize {
                    let w = factor * f64::from(p.edges.weights.of(e));
                    let at = t + p.edges.delays.of(e) as usize;
                    arrivals[p.post][at][p.edges.targets[e] as usize][input] += w * released;
                }
            }
        }
    }
    spikes
}

/// Returns the uniform number in (0, 1) of a neuron and a step.
fn uniform(key: u64, t: usize, n: usize) -> f64 {
    (f64::from(draws(key, t as u64, n as u64 / 4)[n % 4]) + 0.5) / 2f64.powi(32)
}

fn stimuli(network: &Network, population: usize, input: usize, t: usize, n: usize) -> f64 {
    let here = network.stimuli.iter().filter(|s| s.population == population && s.input == input);
    here.map(|s| match &s.signal {
        StimulusKind::Series { samples: Samples::Same(x), every } => x.get(t / every).copied().unwrap_or(0.0),
        StimulusKind::Series { .. } => unimplemented!(),
        StimulusKind::Poisson { rate, weight, key } => {
            let mean = 1e-3 * network.dt * rate.of(n);
            let (u, mut k, mut p) = (uniform(*key, t, n), 0, (-mean).exp());
            let mut sum = p;
            while u > sum {
                k += 1;
                p *= mean / f64::from(k);
                sum += p;
            }
            f64::from(k) * weight
        }
    })
    .sum()
}
