//! This module balances excitation and inhibition at initialisation.

use crate::network::{AnatomicalNetwork, NetworkError, Sign};

impl AnatomicalNetwork {
    /// Scales the inhibitory magnitudes so that every neuron's inhibitory inputs add up to `ratio` times its excitatory
    /// ones, where it has both; `input` populations are not counted.
    ///
    /// With signed weights and `ratio` 1 the rows of the weight matrix then add up to 0 (Rajan and Abbott 2006,
    /// <https://doi.org/10.1103/PhysRevLett.97.188104>): excitation and inhibition cancel on average and fluctuations
    /// drive the neurons (van Vreeswijk and Sompolinsky 1996, <https://doi.org/10.1126/science.274.5293.1724>). Returns
    /// the number of neurons that could not be balanced.
    pub fn balance(&mut self, ratio: f64) -> Result<u64, NetworkError> {
        if !(ratio.is_finite() && ratio > 0.0) {
            let problem = "is not a ratio above 0; 1 lets inhibition cancel excitation".into();
            return Err(NetworkError::Rule { what: "network".into(), parameter: "balance", value: ratio, problem });
        }
        let mut left = 0;
        for target in 0..self.anatomy.len() {
            let size = self.at(target).size();
            let (e, i) = self.inputs(target);
            let factor: Vec<f64> =
                e.iter().zip(&i).map(|(e, i)| if *e > 0.0 && *i > 0.0 { ratio * e / i } else { 1.0 }).collect();
            if !self.at(target).is_input() {
                left += e.iter().zip(&i).filter(|(e, i)| !(**e > 0.0 && **i > 0.0)).count() as u64;
            }
            debug_assert_eq!(factor.len(), size as usize);
            for p in self.graph.projections.iter_mut().filter(|p| p.post == target && p.sign == Sign::Inhibitory) {
                let (targets, weights) = (&p.edges.targets, &mut p.edges.weights);
                for (w, &t) in weights.each_mut(targets.len()).iter_mut().zip(targets) {
                    *w = (f64::from(*w) * factor[t as usize]) as f32;
                }
            }
        }
        Ok(left)
    }

    /// Returns the summed excitatory and the summed inhibitory magnitudes of the recurrent inputs, one value for each
    /// neuron of the population.
    pub fn inputs(&self, target: usize) -> (Vec<f64>, Vec<f64>) {
        let size = self.at(target).size();
        let sum = |sign| {
            let mut sums = vec![0.0; size as usize];
            for p in self.graph.projections.iter().filter(|p| p.post == target && p.sign == sign) {
                if !self.at(p.pre).is_input() {
                    sums.iter_mut().zip(p.in_strengths(size)).for_each(|(s, x)| *s += x);
                }
            }
            sums
        };
        (sum(Sign::Excitatory), sum(Sign::Inhibitory))
    }
}
