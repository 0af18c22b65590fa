//! All synapses from one population to another, by presynaptic neuron.

use super::{NetworkError, Sign};
use rayon::prelude::*;
use std::ops::Range;

/// Synapses from population `source` to population `target`, as compressed rows: those of presynaptic neuron `i` are
/// `offsets[i]..offsets[i + 1]` of `targets` and `weights`, their targets ascending. A target that occurs twice in a row
/// is a multapse.
///
/// Memory: 8 bytes a synapse, 10 with delays of their own, and 8 bytes a presynaptic neuron.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    /// Name.
    pub name: String,
    /// Index of the presynaptic population.
    pub source: usize,
    /// Index of the postsynaptic population.
    pub target: usize,
    /// Sign of all synapses, that of the presynaptic population.
    pub sign: Sign,
    /// Where each row begins, and where the last one ends: one more than there are presynaptic neurons.
    pub offsets: Vec<u64>,
    /// Postsynaptic neurons, one a synapse.
    pub targets: Vec<u32>,
    /// Magnitudes, one a synapse, not negative.
    pub weights: Vec<f32>,
    /// Delays.
    pub delays: Delays,
    /// Which magnitudes may be learnt, one a synapse; all where it is `None`.
    pub plastic: Option<Vec<bool>>,
}

/// Delays in steps, at least 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Delays {
    /// One for all synapses.
    Uniform(u16),
    /// One a synapse.
    PerEdge(Vec<u16>),
}

impl Default for Delays {
    fn default() -> Self {
        Self::Uniform(1)
    }
}

impl Delays {
    /// Delay of a synapse, steps.
    pub fn of(&self, synapse: usize) -> u16 {
        match self {
            Self::Uniform(d) => *d,
            Self::PerEdge(d) => d[synapse],
        }
    }

    /// Shortest and longest delay, steps.
    pub fn range(&self) -> (u16, u16) {
        match self {
            Self::Uniform(d) => (*d, *d),
            Self::PerEdge(d) => (d.iter().copied().min().unwrap_or(1), d.iter().copied().max().unwrap_or(1)),
        }
    }

    /// The number of steps of a delay in ms: the nearest, at least 1.
    pub fn steps(delay_ms: f64, dt_ms: f64) -> Result<u16, NetworkError> {
        let steps = (delay_ms / dt_ms).round();
        if !(delay_ms >= 0.0 && steps <= f64::from(u16::MAX)) {
            return Err(NetworkError::Delay { delay_ms, dt_ms, longest_ms: f64::from(u16::MAX) * dt_ms });
        }
        Ok((steps as u16).max(1))
    }
}

impl Projection {
    /// Number of synapses.
    pub fn synapses(&self) -> usize {
        self.targets.len()
    }

    /// Number of presynaptic neurons.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The synapses of a presynaptic neuron.
    pub fn row(&self, pre: usize) -> Range<usize> {
        self.offsets[pre] as usize..self.offsets[pre + 1] as usize
    }

    /// Number of synapses that each presynaptic neuron makes.
    pub fn out_degrees(&self) -> Vec<u32> {
        self.offsets.windows(2).map(|w| (w[1] - w[0]) as u32).collect()
    }

    /// Number of synapses that each of `n` postsynaptic neurons receives.
    pub fn in_degrees(&self, n: u32) -> Vec<u32> {
        let mut degrees = vec![0; n as usize];
        self.targets.iter().for_each(|&t| degrees[t as usize] += 1);
        degrees
    }

    /// Summed magnitude that each of `n` postsynaptic neurons receives.
    pub fn in_strengths(&self, n: u32) -> Vec<f64> {
        let mut sums = vec![0.0; n as usize];
        self.targets.iter().zip(&self.weights).for_each(|(&t, &w)| sums[t as usize] += f64::from(w));
        sums
    }

    /// Bytes held.
    pub fn bytes(&self) -> u64 {
        let delays = match &self.delays {
            Delays::Uniform(_) => 0,
            Delays::PerEdge(d) => 2 * d.len(),
        };
        let plastic = self.plastic.as_ref().map_or(0, Vec::len);
        (8 * self.offsets.len() + 4 * self.targets.len() + 4 * self.weights.len() + delays + plastic) as u64
    }

    /// Keeps the synapses for which `keep(pre, post)` holds: a fixed mask. Compacts in place.
    pub fn retain(&mut self, keep: impl Fn(u32, u32) -> bool) {
        let mut kept = 0;
        for pre in 0..self.rows() {
            let row = self.row(pre);
            self.offsets[pre] = kept as u64;
            for k in row {
                if keep(pre as u32, self.targets[k]) {
                    self.targets[kept] = self.targets[k];
                    self.weights[kept] = self.weights[k];
                    if let Delays::PerEdge(d) = &mut self.delays {
                        d[kept] = d[k];
                    }
                    if let Some(p) = &mut self.plastic {
                        p[kept] = p[k];
                    }
                    kept += 1;
                }
            }
        }
        if let Some(last) = self.offsets.last_mut() {
            *last = kept as u64;
        }
        self.targets.truncate(kept);
        self.weights.truncate(kept);
        if let Delays::PerEdge(d) = &mut self.delays {
            d.truncate(kept);
        }
        if let Some(p) = &mut self.plastic {
            p.truncate(kept);
        }
    }

    /// `y[post] = sum over pre of sign |w| x[pre]`, added to `y`.
    pub fn apply(&self, x: &[f64], y: &mut [f64]) {
        let sign = f64::from(self.sign.factor());
        for (pre, &x) in x.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            let row = self.row(pre);
            for (&t, &w) in self.targets[row.clone()].iter().zip(&self.weights[row]) {
                y[t as usize] += sign * f64::from(w) * x;
            }
        }
    }

    /// `x[pre] = sum over post of sign |w| y[post]`, added to `x`: the transpose of [`Projection::apply`], in parallel.
    pub fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        let sign = f64::from(self.sign.factor());
        x.par_iter_mut().enumerate().with_min_len(256).for_each(|(pre, x)| {
            let row = self.row(pre);
            let pairs = self.targets[row.clone()].iter().zip(&self.weights[row]);
            *x += sign * pairs.map(|(&t, &w)| f64::from(w) * y[t as usize]).sum::<f64>();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Projection {
        Projection {
            offsets: vec![0, 2, 2, 5],
            targets: vec![0, 3, 1, 1, 2],
            weights: vec![1.0, 2.0, 3.0, 4.0, 5.0],
            delays: Delays::PerEdge(vec![1, 2, 3, 4, 5]),
            sign: Sign::Inhibitory,
            ..Default::default()
        }
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
    fn a_mask_compacts() {
        let mut p = small();
        p.retain(|pre, post| pre == 2 && post != 2 || post == 3);
        assert_eq!((p.offsets, p.targets, p.weights), (vec![0, 1, 1, 3], vec![3, 1, 1], vec![2.0, 3.0, 4.0]));
        assert_eq!(p.delays, Delays::PerEdge(vec![2, 3, 4]));
    }

    #[test]
    fn delays_in_steps() {
        assert_eq!(Delays::steps(1.5, 0.1).unwrap(), 15);
        assert_eq!(Delays::steps(0.0, 0.1).unwrap(), 1, "a spike arrives at the next step at the soonest");
        for bad in [-0.1, 7000.0, f64::NAN, f64::INFINITY] {
            assert!(Delays::steps(bad, 0.1).unwrap_err().to_string().contains("6553.5"), "{bad}");
        }
    }
}
