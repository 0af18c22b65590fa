//! This workload is the conductance-based network of Vogels and Abbott (2005),
//! <https://doi.org/10.1523/JNEUROSCI.3508-05.2005>, with which Brette et al. (2007),
//! <https://doi.org/10.1007/s10827-007-0038-6>, compare simulators. As the peers run it, it has a constant drive of
//! 20 mV, 80 synapses per neuron in expectation, and delays of one step.

use super::Checks;
use anyhow::Context;
use kernels::{
    Precision,
    network::{Delays, Edges, Network, PerNeuron, Population, PopulationKind, Projection, Simulation, Weights},
    random::Uniforms,
};
use std::time::Instant;

/// Expected number of synapses onto a neuron.
const IN_DEGREE: f64 = 80.0;
/// Parameters of the cell: 10 nS of leak, a membrane of 20 ms, 5 ms refractory. The receptors' 5 and 10 ms are
/// defaults.
const PARAMETERS: [(&str, f64); 6] =
    [("C", 200.0), ("E_L", -60.0), ("tau_m", 20.0), ("V_th", -50.0), ("V_reset", -60.0), ("t_ref", 5.0)];
/// Drive that raises the potential by 20 mV over the leak, pA.
const DRIVE: f64 = 200.0;
/// Weights of an excitatory and of an inhibitory synapse, nS.
const WEIGHTS: [f32; 2] = [6.0, 67.0];

/// Seed of the synapses and the start. With 4,000 neurons the rate is 21.3 +- 1.7 Hz over seeds, and 20.9 Hz with this.
const SEED: u64 = 200;

/// Makes the network of `n` neurons, four fifths of them excitatory.
pub fn network(n: usize) -> anyhow::Result<Network> {
    let cell = kernels::find("lif-cond-exp").context("no cell lif-cond-exp")?;
    let mut cells = Population::cells("cells", n, cell);
    if let PopulationKind::Cells { params, start, drive, .. } = &mut cells.kind {
        for (name, value) in PARAMETERS {
            params[cell.parameter(name).context(name)?] = PerNeuron::Same(value);
        }
        let potentials = Uniforms::new(SEED + 1, 0).take(n).map(|u| -60.0 + 10.0 * u);
        start[0] = PerNeuron::Each(potentials.collect());
        drive[cell.input("i").context("i")?] = PerNeuron::Same(DRIVE);
    }
    let excitatory = n * 4 / 5;
    let part = |name: &str, rows: std::ops::Range<usize>, input: &str, weight: f32, key| {
        let probability = (IN_DEGREE / n as f64).min(1.0);
        let input = cell.input(input).context("no such input")?;
        let edges = Edges::bernoulli(rows.len(), n, probability, key, Weights::Uniform(weight), Delays::Uniform(1))?;
        anyhow::Ok(Projection { first: rows.start, ..Projection::new(name, 0, 0, input, edges) })
    };
    Ok(Network {
        dt: 0.1,
        populations: vec![cells],
        projections: vec![
            part("excitation", 0..excitatory, "exc_w", WEIGHTS[0], SEED + 2)?,
            part("inhibition", excitatory..n, "inh_w", WEIGHTS[1], SEED + 3)?,
        ],
        stimuli: vec![],
    })
}

/// Measures the seconds of each of `repeats` runs from the same start, after one that warms caches and pages.
pub(super) fn run<F: Precision>(n: usize, steps: usize, repeats: usize) -> anyhow::Result<(Vec<f64>, Checks)> {
    let begin = Instant::now();
    let network = network(n)?;
    let synapses = network.synapses();
    let mut simulation = Simulation::<F>::new(network, rayon::current_num_threads())?;
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
