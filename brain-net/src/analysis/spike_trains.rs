//! This module gathers the intervals between spikes.

use super::mean;
use brain_core::stats::Moments;

/// The intervals between the spikes of every neuron of a population are kept as moments.
#[derive(Clone, Debug)]
pub struct SpikeTrains {
    last_ms: Vec<f64>,
    intervals: Vec<Moments>,
    spikes: u64,
}

impl SpikeTrains {
    /// Starts with `neurons` neurons, none of which has spiked.
    pub fn new(neurons: usize) -> Self {
        Self { last_ms: vec![f64::NAN; neurons], intervals: vec![Moments::default(); neurons], spikes: 0 }
    }

    /// Adds a spike. The spikes of a neuron must come in the order of time.
    pub fn spike(&mut self, neuron: usize, ms: f64) {
        let last = std::mem::replace(&mut self.last_ms[neuron], ms);
        if !last.is_nan() {
            self.intervals[neuron].add(ms - last);
        }
        self.spikes += 1;
    }

    /// Returns the number of spikes of all neurons.
    pub fn spikes(&self) -> u64 {
        self.spikes
    }

    /// Returns the coefficient of variation of the intervals, averaged over the neurons that have at least two.
    pub fn cv(&self) -> Option<f64> {
        mean(self.intervals.iter().filter(|m| m.n >= 2.0 && m.sum > 0.0).map(|m| {
            // The variance about the mean of the sample is too small by the factor (n - 1) / n.
            (m.variance() * m.n / (m.n - 1.0)).sqrt() / m.mean()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    #[test]
    fn cv_of_known_trains() {
        let mut regular = SpikeTrains::new(3);
        (1..50).for_each(|k| regular.spike(1, 20.0 * f64::from(k)));
        assert!(regular.cv().unwrap() < 1e-6 && regular.spikes() == 49);
        assert_eq!(SpikeTrains::new(2).cv(), None);
        // Gamma intervals of order k have CV 1 / sqrt(k); order 1 is Poisson.
        for order in [1, 4] {
            let mut trains = SpikeTrains::new(50);
            for n in 0..50 {
                let (mut stream, mut t) = (Seed::new(3).at(n), 0.0);
                for _ in 0..2000 {
                    t += (0..order).map(|_| -10.0 * (1.0 - stream.uniform()).ln()).sum::<f64>();
                    trains.spike(n as usize, t);
                }
            }
            let cv = trains.cv().unwrap();
            assert!((cv - 1.0 / f64::from(order).sqrt()).abs() < 0.01, "{order}: {cv}");
        }
    }
}
