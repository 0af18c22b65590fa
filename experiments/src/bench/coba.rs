//! The conductance-based network of Vogels and Abbott (2005), <https://doi.org/10.1523/JNEUROSCI.3508-05.2005>, with
//! which Brette et al. (2007), <https://doi.org/10.1007/s10827-007-0038-6>, compare simulators, as the peers run it: a
//! constant drive of 20 mV, 80 synapses per neuron in expectation, delays of one step.

use super::{Checks, cells::zeros};
use anyhow::Context;
use kernels::{
    Precision,
    network::{Delays, Edges, Kind, Network, Population, Projection, Simulation, Values, Weights},
    random::Uniforms,
};
use std::time::Instant;

/// Synapses onto a neuron, in expectation.
const IN_DEGREE: f64 = 80.0;
/// 10 nS of leak, 20 ms, 5 ms refractory; excitation of 5 and inhibition of 10 ms are the cell's defaults.
const PARAMETERS: [(&str, f64); 6] =
    [("C", 200.0), ("E_L", -60.0), ("tau_m", 20.0), ("V_th", -50.0), ("V_reset", -60.0), ("t_ref", 5.0)];
/// 20 mV over the leak, pA.
const DRIVE: f64 = 200.0;
/// Of an excitatory and an inhibitory synapse, nS.
const WEIGHTS: [f64; 2] = [6.0, 67.0];

/// Of the synapses and the start. At 4,000 neurons the rate is 21.3 +- 1.7 Hz over seeds, here 20.9.
const SEED: u64 = 200;

/// The network of `n` neurons, four fifths of them excitatory.
pub fn network<F: Precision>(n: usize) -> anyhow::Result<Network<F>> {
    let cell = kernels::find("lif-cond-exp").context("no cell lif-cond-exp")?;
    let mut params: Vec<F> = cell.param.iter().map(|f| F::of(f.default)).collect();
    for (name, value) in PARAMETERS {
        params[cell.parameter(name).context(name)?] = F::of(value);
    }
    let mut start = zeros(cell.state.len(), n)?;
    start.iter_mut().zip(Uniforms::new(SEED + 1, 0)).take(n).for_each(|(v, u)| *v = F::of(-60.0 + 10.0 * u));
    let mut drive = vec![F::of(0.0); cell.input.len()];
    drive[cell.input("i").context("i")?] = F::of(DRIVE);
    let excitatory = n * 4 / 5;
    let part = |name: &str, rows: std::ops::Range<usize>, input: &str, weight: f64, key| {
        let probability = (IN_DEGREE / n as f64).min(1.0);
        let weights = Weights::Uniform(F::of(weight));
        anyhow::Ok(Projection {
            name: name.into(),
            pre: 0,
            first: rows.start,
            post: 0,
            input: cell.input(input).context("no such input")?,
            edges: Edges::bernoulli(rows.len(), n, probability, key, weights, Delays::Uniform(1))?,
            plasticity: None,
        })
    };
    let kind =
        Kind::Cells { cell, params: Values::Shared(params), start: Values::Each(start), drive: Values::Shared(drive) };
    Ok(Network {
        dt: 0.1,
        populations: vec![Population { name: "cells".into(), neurons: n, kind }],
        projections: vec![
            part("excitation", 0..excitatory, "exc_w", WEIGHTS[0], SEED + 2)?,
            part("inhibition", excitatory..n, "inh_w", WEIGHTS[1], SEED + 3)?,
        ],
        stimuli: vec![],
    })
}

/// Seconds of each of `repeats` runs from the same start, after one that warms.
pub(super) fn run<F: Precision>(n: usize, steps: usize, repeats: usize) -> anyhow::Result<(Vec<f64>, Checks)> {
    let begin = Instant::now();
    let network = network::<F>(n)?;
    let synapses = network.projections.iter().map(|p| p.edges.targets.len()).sum();
    let mut simulation = Simulation::new(network, rayon::current_num_threads())?;
    let build = begin.elapsed().as_secs_f64();
    let start = simulation.state();
    let (mut seconds, mut spikes) = (vec![], 0);
    for k in 0..=repeats {
        simulation.restore(&start)?;
        let begin = Instant::now();
        spikes = simulation.run(steps).counts[0];
        if k > 0 {
            seconds.push(begin.elapsed().as_secs_f64());
        }
    }
    let biological = steps as f64 * 1e-4;
    let checks = Checks {
        rate_hz: Some(spikes as f64 / n as f64 / biological),
        synapses: Some(synapses),
        seconds_build: Some(build),
        ..Checks::default()
    };
    Ok((seconds, checks))
}
