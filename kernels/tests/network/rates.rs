//! These tests compare rates of networks with theory and with other simulators.

use crate::build::*;
use kernels::{network::*, random::Uniforms};

/// LIF neurons under white noise fire at the rate of Siegert (1951): 27.1096 Hz for a mean of 15 mV, a noise of
/// sigma = sqrt(1.5) mV (twice the variance of the free potential), 10 ms, threshold at 15 mV, 2 ms refractory (the
/// number of NEST's test). Here the noise is events of 0.05 mV, in steps of 0.01 ms.
#[test]
fn noise_driven_cells_fire_at_siegerts_rate() {
    // The potential follows dv = -v/tau dt + j dN with mean tau j rate and sigma^2 = tau j^2 rate; excitation and
    // inhibition have jumps of +-j.
    let (tau, mean, variance, j) = (10.0, 15.0, 1.5, 0.05);
    let (sum, difference) = (variance / (j * j * tau), mean / (j * tau));
    let (up, down) = ((sum + difference) / 2.0, (sum - difference) / 2.0);
    let dt = 0.01;
    let lif = kernels::find("lif").unwrap();
    // A current over one step that moves the potential by j.
    let weight = j * 250.0 / (tau * (1.0 - f64::exp(-dt / tau)));
    let signal = |rate: f64, sign: f64, key| Stimulus {
        name: "noise".into(),
        population: 0,
        input: lif.input("i").unwrap(),
        signal: StimulusKind::Poisson { rate: PerNeuron::Same(1e3 * rate), weight: sign * weight, key },
    };
    let network = Network {
        dt,
        populations: vec![cells("cells", 400, "lif", &[], 0.0)],
        projections: vec![],
        stimuli: vec![signal(up, 1.0, 1), signal(down, -1.0, 2)],
    };
    let mut s = Simulation::<f64>::new(network, 2).unwrap();
    s.run(20_000);
    let steps = 100_000;
    let rate = s.run(steps).counts[0] as f64 / 400.0 / (steps as f64 * dt * 1e-3);
    println!("{rate} Hz");
    // Discrete steps and jumps lower the rate by about one per cent, and the statistical error is half a per cent.
    assert!((rate / 27.1095934379 - 1.0).abs() < 0.03, "{rate} Hz");
}

/// The network of Vogels and Abbott, with which Brette et al. (2007) compare simulators, has 20 to 24 Hz in each of
/// them. The rate of one network differs from the mean by about 1.7 Hz, so that this test averages several networks.
#[test]
fn the_coba_network_fires_at_the_rate_of_other_simulators() {
    let rates: Vec<f64> = (1..=6).map(|k| coba(100 * k)).collect();
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    println!("{mean} Hz: {rates:?}");
    assert!((20.0..24.0).contains(&mean), "{mean} Hz");
}

fn coba(seed: u64) -> f64 {
    let lif = kernels::find("lif-cond-exp").unwrap();
    let (n, excitatory) = (4000, 3200);
    let set = [("C", 200.0), ("E_L", -60.0), ("tau_m", 20.0), ("V_th", -50.0), ("V_reset", -60.0), ("t_ref", 5.0)];
    let mut population = cells("cells", n, "lif-cond-exp", &set, 200.0);
    if let PopulationKind::Cells { start, .. } = &mut population.kind {
        start[0] = PerNeuron::Each(Uniforms::new(seed + 1, 0).take(n).map(|u| -60.0 + 10.0 * u).collect());
    }
    let part = |name: &str, first, rows, input: &str, w, key| {
        let edges = Edges::bernoulli(rows, n, 0.02, key, Weights::Uniform(w), Delays::Uniform(1)).unwrap();
        Projection { first, ..projection(name, [0, 0], lif.input(input).unwrap(), edges) }
    };
    let projections = vec![
        part("exc", 0, excitatory, "exc_w", 6.0, seed + 2),
        part("inh", excitatory, n - excitatory, "inh_w", 67.0, seed + 3),
    ];
    let network = Network { dt: 0.1, populations: vec![population], projections, stimuli: vec![] };
    Simulation::<f32>::new(network, 1).unwrap().run(10_000).counts[0] as f64 / n as f64
}
