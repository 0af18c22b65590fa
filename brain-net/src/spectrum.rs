//! This module estimates the spectral radius of the weights.

use crate::network::AnatomicalNetwork;
use brain_core::Seed;

/// The power iteration takes at most `STEPS` steps and discards the growth of the first `BURN_IN`.
const BURN_IN: usize = 20;
const STEPS: usize = 200;
/// Synapses are visited at most this many times, but in at least 8 steps.
const BUDGET: u64 = 4_000_000_000;

impl AnatomicalNetwork {
    /// Estimates the spectral radius of the signed weight matrix of all neurons but inputs, by Gelfand's formula: the
    /// growth of `|W^k x|` a step, averaged over `k` after a burn-in. It converges where the eigenvalue of largest
    /// modulus is complex, as it usually is, and to a few percent where many are near the edge of a disc, as in random
    /// networks (Rajan and Abbott 2006, <https://doi.org/10.1103/PhysRevLett.97.188104>). Returns `None` where there is
    /// no synapse or the growth is not finite.
    pub fn spectral_radius(&self) -> Option<f64> {
        let used = |p: &&crate::Projection| !self.at(p.pre).is_input();
        let synapses: u64 = self.graph.projections.iter().filter(used).map(|p| p.synapses() as u64).sum();
        if synapses == 0 {
            return None;
        }
        let steps = STEPS.min((BUDGET / synapses) as usize).max(8);
        let burn_in = BURN_IN.min(steps / 2);
        let stream = Seed::new(0).child("spectrum");
        let start = |k: usize, n: u32| {
            let mut s = stream.at(k as u64);
            (0..n).map(|_| s.normal()).collect::<Vec<f64>>()
        };
        let mut x: Vec<Vec<f64>> = self.populations().enumerate().map(|(k, p)| start(k, p.size())).collect();
        let mut growth = 0.0;
        for step in 0..steps {
            // The transpose has the same eigenvalues, and its rows are gathered in parallel.
            let mut y: Vec<Vec<f64>> = self.populations().map(|p| vec![0.0; p.size() as usize]).collect();
            for p in self.graph.projections.iter().filter(used) {
                p.apply_transposed(&x[p.post], &mut y[p.pre]);
            }
            let norm = y.iter().flatten().map(|v| v * v).sum::<f64>().sqrt();
            if norm == 0.0 || !norm.is_finite() {
                return Some(0.0).filter(|_| norm == 0.0);
            }
            let before = x.iter().flatten().map(|v| v * v).sum::<f64>().sqrt();
            if step >= burn_in {
                growth += (norm / before).ln();
            }
            y.iter_mut().flatten().for_each(|v| *v /= norm);
            x = y;
        }
        Some((growth / (steps - burn_in) as f64).exp())
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::{AllToAll, FixedInDegree, FixedProbability, OneToOne};
    use crate::*;
    use std::sync::Arc;

    fn network(sizes: &[(u32, Sign)]) -> AnatomicalNetwork {
        let mut n = AnatomicalNetwork::new(0.1);
        for (k, (size, sign)) in sizes.iter().enumerate() {
            n.add(Population::named(format!("P{k}"), *size as usize, ""), Anatomy::of(*sign));
        }
        n
    }

    fn connect(
        n: &mut AnatomicalNetwork,
        source: usize,
        target: usize,
        rule: impl ConnectionRule + 'static,
        w: WeightDistribution,
    ) {
        let c = ProjectionSpec {
            name: format!("{source}-{target}"),
            source,
            target,
            rule: Arc::new(rule),
            options: ConnectionOptions { self_connections: true, multapses: false },
            weights: w,
            delays: DelayRule::Constant(1.0),
        };
        n.connect(&c, Seed::new(4)).unwrap();
    }

    #[test]
    fn spectral_radii_of_small_matrices_are_exact() {
        // With one weight from all to all, the only eigenvalue that is not 0 is n w.
        let mut n = network(&[(50, Sign::Excitatory)]);
        connect(&mut n, 0, 0, AllToAll, WeightDistribution::Constant(0.1));
        assert!((n.spectral_radius().unwrap() - 5.0).abs() < 1e-6);
        // One excitatory and one inhibitory neuron rotate their activity: the eigenvalues are +-i sqrt(w_ei w_ie).
        let mut n = network(&[(1, Sign::Excitatory), (1, Sign::Inhibitory)]);
        connect(&mut n, 0, 1, OneToOne, WeightDistribution::Constant(4.0));
        connect(&mut n, 1, 0, OneToOne, WeightDistribution::Constant(9.0));
        assert!((n.spectral_radius().unwrap() - 6.0).abs() < 0.1, "{:?}", n.spectral_radius());
        assert_eq!(network(&[(3, Sign::Excitatory)]).spectral_radius(), None);
    }

    /// The radius of a balanced random matrix is the root of the mean variance of its columns (Rajan and Abbott 2006).
    #[test]
    fn a_balanced_random_network() {
        let mut n = network(&[(500, Sign::Excitatory), (500, Sign::Inhibitory)]);
        for (s, t) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            connect(&mut n, s, t, FixedProbability { p: 0.2 }, WeightDistribution::Constant(1.0));
        }
        n.balance(1.0).unwrap();
        let radius = n.spectral_radius().unwrap();
        let expected = (1000.0f64 * 0.2 * 0.8).sqrt();
        assert!((radius / expected - 1.0).abs() < 0.08, "{radius} for {expected}");
    }

    #[test]
    fn balance_is_exact_for_every_neuron() {
        let mut n = network(&[(80, Sign::Excitatory), (20, Sign::Inhibitory)]);
        for (s, t) in [(0, 0), (0, 1), (1, 0)] {
            connect(&mut n, s, t, FixedInDegree { k: 10 }, WeightDistribution::LogNormal { mean: 1.0, cv: 1.0 });
        }
        assert_eq!(n.balance(2.5).unwrap(), 20, "inhibitory neurons receive no inhibition");
        let (e, i) = n.inputs(0);
        assert!(e.iter().zip(&i).all(|(e, i)| (i / e - 2.5).abs() < 1e-5));
        assert!(n.balance(0.0).is_err());
    }
}
