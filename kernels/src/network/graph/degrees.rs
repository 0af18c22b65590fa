//! This module counts the synapses of each neuron and multiplies the weights of a projection with vectors.

use super::Projection;
use rayon::prelude::*;

impl Projection {
    /// The number of synapses that each presynaptic neuron makes.
    pub fn out_degrees(&self) -> Vec<u32> {
        self.edges.starts.windows(2).map(|w| (w[1] - w[0]) as u32).collect()
    }

    /// The number of synapses that each of `n` postsynaptic neurons receives.
    pub fn in_degrees(&self, n: u32) -> Vec<u32> {
        let mut degrees = vec![0; n as usize];
        self.edges.targets.iter().for_each(|&t| degrees[t as usize] += 1);
        degrees
    }

    /// The summed magnitude that each of `n` postsynaptic neurons receives.
    pub fn in_strengths(&self, n: u32) -> Vec<f64> {
        let mut sums = vec![0.0; n as usize];
        let all = self.edges.targets.iter().enumerate();
        all.for_each(|(k, &t)| sums[t as usize] += f64::from(self.edges.weights.of(k)));
        sums
    }

    /// Adds `sum over pre of sign |w| x[pre]` to each `y[post]`.
    pub fn apply(&self, x: &[f64], y: &mut [f64]) {
        let sign = f64::from(self.sign.factor());
        for (pre, &x) in x.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            for k in self.edges.row(pre) {
                y[self.edges.targets[k] as usize] += sign * f64::from(self.edges.weights.of(k)) * x;
            }
        }
    }

    /// Adds `sum over post of sign |w| y[post]` to each `x[pre]`: the transpose of [`Projection::apply`], in parallel.
    pub fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        let sign = f64::from(self.sign.factor());
        x.par_iter_mut().enumerate().with_min_len(256).for_each(|(pre, x)| {
            let one = |k: usize| f64::from(self.edges.weights.of(k)) * y[self.edges.targets[k] as usize];
            *x += sign * self.edges.row(pre).map(one).sum::<f64>();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    fn small() -> Projection {
        let edges = Edges {
            starts: vec![0, 2, 2, 5],
            targets: vec![0, 3, 1, 1, 2],
            weights: Weights::Each(vec![1.0, 2.0, 3.0, 4.0, 5.0]),
            delays: Delays::Each(vec![1, 2, 3, 4, 5]),
        };
        Projection { edges, sign: Sign::Inhibitory, ..Default::default() }
    }

    #[test]
    fn degrees_and_products() {
        let p = small();
        assert_eq!((p.out_degrees(), p.in_degrees(4)), (vec![2, 0, 3], vec![1, 2, 1, 1]));
        assert_eq!(p.in_strengths(4), [1.0, 7.0, 5.0, 2.0]);
        assert_eq!(p.bytes(), 4 * 8 + 5 * 10);
        let (mut y, mut x) = (vec![0.0; 4], vec![0.0; 3]);
        p.apply(&[1.0, 10.0, 100.0], &mut y);
        assert_eq!(y, [-1.0, -700.0, -500.0, -2.0]);
        p.apply_transposed(&[1.0, 10.0, 100.0, 1000.0], &mut x);
        assert_eq!(x, [-2001.0, 0.0, -570.0]);
    }

    #[test]
    fn retain_compacts_in_place() {
        let mut p = small();
        p.plastic = Some(vec![true, false, true, false, false]);
        p.retain(|pre, post| pre == 2 && post != 2 || post == 3);
        assert_eq!((p.edges.starts, p.edges.targets), (vec![0, 1, 1, 3], vec![3, 1, 1]));
        assert_eq!(p.edges.weights, Weights::Each(vec![2.0, 3.0, 4.0]));
        assert_eq!(p.edges.delays, Delays::Each(vec![2, 3, 4]));
        assert_eq!(p.plastic, Some(vec![false, true, false]));
    }
}
