//! This module counts spikes in bins and computes Fano factor, correlation, synchrony and autocorrelation from them.

use super::mean;
use brain_core::stats::Moments;

/// The autocovariance is computed at this many lags, in bins.
pub const LAGS: usize = 40;

/// The spikes of a few neurons are counted in bins. Only sums over time and the last [`LAGS`] bins are stored.
#[derive(Clone, Debug)]
pub struct Bins {
    width_ms: f64,
    /// The bin of this index is being filled.
    current: u64,
    counts: Vec<f64>,
    /// These are sums over bins of `x_i x_j`, `[neuron, neuron]`; only entries with `i <= j` are used.
    products: Vec<f64>,
    sums: Vec<f64>,
    /// These are moments over bins of the mean count of all neurons.
    population: Moments,
    /// A ring buffer holds the counts of the last bins, `[lag, neuron]`. `lagged` holds the sums over bins and neurons
    /// of `x(t) x(t - lag)`, `[lag]`.
    ring: Vec<f64>,
    lagged: Vec<f64>,
    done: u64,
}

impl Bins {
    /// Makes empty bins of a width, ms, that begin at time 0.
    pub fn new(neurons: usize, width_ms: f64) -> Self {
        Self {
            width_ms,
            current: 0,
            counts: vec![0.0; neurons],
            products: vec![0.0; neurons * neurons],
            sums: vec![0.0; neurons],
            population: Moments::default(),
            ring: vec![0.0; LAGS * neurons],
            lagged: vec![0.0; LAGS],
            done: 0,
        }
    }

    /// Adds a spike. Spikes must come in the order of time.
    pub fn spike(&mut self, neuron: usize, ms: f64) {
        self.advance(ms);
        self.counts[neuron] += 1.0;
    }

    /// Closes the bins that end at `ms` or before.
    pub fn advance(&mut self, ms: f64) {
        // A spike that is at the end of a bin up to rounding belongs to the next bin.
        let to = ((ms / self.width_ms) * (1.0 + 1e-12)).floor().max(0.0) as u64;
        while self.current < to {
            self.close();
            self.current += 1;
        }
    }

    fn close(&mut self) {
        let n = self.counts.len();
        let active: Vec<usize> = (0..n).filter(|&i| self.counts[i] > 0.0).collect();
        for (k, &i) in active.iter().enumerate() {
            self.sums[i] += self.counts[i];
            active[k..].iter().for_each(|&j| self.products[i * n + j] += self.counts[i] * self.counts[j]);
            for lag in 1..=LAGS.min(self.done as usize) {
                let slot = (self.done as usize - lag) % LAGS;
                self.lagged[lag - 1] += self.counts[i] * self.ring[slot * n + i];
            }
        }
        self.population.add(active.iter().map(|&i| self.counts[i]).sum::<f64>() / n.max(1) as f64);
        let slot = self.done as usize % LAGS;
        self.ring[slot * n..(slot + 1) * n].copy_from_slice(&self.counts);
        self.counts.fill(0.0);
        self.done += 1;
    }

    fn mean(&self, i: usize) -> f64 {
        self.sums[i] / self.done as f64
    }

    fn covariance(&self, i: usize, j: usize) -> f64 {
        self.products[i * self.counts.len() + j] / self.done as f64 - self.mean(i) * self.mean(j)
    }

    fn active(&self) -> Vec<usize> {
        (0..self.counts.len()).filter(|&i| self.sums[i] > 0.0 && self.covariance(i, i) > 0.0).collect()
    }

    /// Returns the Fano factor: variance divided by mean of the counts, averaged over the neurons that spike.
    pub fn fano(&self) -> Option<f64> {
        if self.done < 2 {
            return None;
        }
        let unbiased = self.done as f64 / (self.done as f64 - 1.0);
        let spiking = (0..self.counts.len()).filter(|&i| self.sums[i] > 0.0);
        mean(spiking.map(|i| unbiased * self.covariance(i, i).max(0.0) / self.mean(i)))
    }

    /// Returns Pearson's correlation of the counts, averaged over pairs of neurons whose counts vary.
    pub fn correlation(&self) -> Option<f64> {
        let active = self.active();
        let pairs = active.iter().enumerate().flat_map(|(k, &i)| active[k + 1..].iter().map(move |&j| (i, j)));
        mean(pairs.map(|(i, j)| self.covariance(i, j) / (self.covariance(i, i) * self.covariance(j, j)).sqrt()))
    }

    /// Returns the synchrony `chi` of Golomb and Rinzel; `None` where no count varies.
    pub fn synchrony(&self) -> Option<f64> {
        let n = self.counts.len();
        let single = mean((0..n).map(|i| self.covariance(i, i).max(0.0))).filter(|v| *v > 0.0)?;
        Some((self.population.variance() / single).sqrt())
    }

    /// Returns the autocovariance at lags from one bin on, averaged over neurons.
    pub fn autocovariance(&self) -> Vec<f64> {
        let n = self.counts.len() as f64;
        let level = self.sums.iter().enumerate().map(|(i, _)| self.mean(i).powi(2)).sum::<f64>();
        let lags = self.lagged.iter().zip(1u64..).take_while(|(_, lag)| *lag < self.done);
        lags.map(|(sum, lag)| (sum / (self.done - lag) as f64 - level) / n).collect()
    }

    /// Returns the autocorrelation time, ms; `None` where the autocovariance at one bin is not larger than independent
    /// counts give by chance (three standard errors).
    pub fn autocorrelation_ms(&self) -> Option<f64> {
        let n = self.counts.len();
        let lags = self.autocovariance();
        let first = *lags.first()?;
        let variances: f64 = (0..n).map(|i| self.covariance(i, i).powi(2)).sum();
        let chance = (variances / self.done as f64).sqrt() / n as f64;
        if first.is_nan() || first <= 3.0 * chance {
            return None;
        }
        let sum = lags.iter().take_while(|c| **c > 0.0).sum::<f64>() / first;
        (sum > 1.0).then(|| -self.width_ms / (-1.0 / sum).ln_1p())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    /// Counts Bernoulli spikes in steps of 1 ms; `p` gives the probability of each step and neuron.
    fn bins(neurons: usize, width_ms: f64, steps: u64, mut p: impl FnMut(u64, usize) -> f64) -> Bins {
        let mut bins = Bins::new(neurons, width_ms);
        let mut stream = Seed::new(5).at(0);
        for t in 0..steps {
            for n in 0..neurons {
                if stream.bernoulli(p(t, n)) {
                    bins.spike(n, t as f64);
                }
            }
        }
        bins.advance(steps as f64);
        bins
    }

    #[test]
    fn independent_poisson_trains() {
        let b = bins(100, 100.0, 100_000, |_, _| 0.01);
        // A step holds at most one spike: variance over mean is 1 - p.
        assert!((b.fano().unwrap() - 0.99).abs() < 0.015, "{:?}", b.fano());
        assert!(b.correlation().unwrap().abs() < 0.003, "{:?}", b.correlation());
        assert!((b.synchrony().unwrap() - 0.1).abs() < 0.01, "{:?}", b.synchrony());
        assert_eq!(b.autocorrelation_ms(), None);
    }

    #[test]
    fn regular_and_identical_trains() {
        let mut b = Bins::new(4, 50.0);
        for k in 0..2000 {
            (0..4).for_each(|n| b.spike(n, 25.0 * f64::from(k)));
        }
        b.advance(50_000.0);
        assert!(b.fano().unwrap() < 1e-9, "{:?}", b.fano());
        assert_eq!((b.correlation(), b.synchrony()), (None, None), "constant counts have no correlation");
        let seed = Seed::new(1);
        let b = bins(5, 5.0, 20_000, |t, _| if seed.at(t).bernoulli(0.02) { 1.0 } else { 0.0 });
        assert!((b.correlation().unwrap() - 1.0).abs() < 1e-9 && (b.synchrony().unwrap() - 1.0).abs() < 1e-9);
    }

    /// A share `c` of all spikes is common to all neurons: counts correlate with `c`.
    #[test]
    fn a_common_source_correlates_as_much_as_it_gives() {
        let seed = Seed::new(2);
        let common: Vec<bool> = (0..400_000).map(|t| seed.at(t).bernoulli(0.003)).collect();
        let b = bins(20, 5.0, 400_000, |t, _| if common[t as usize] { 1.0 } else { 0.007 });
        let c = b.correlation().unwrap();
        assert!((c - 0.3).abs() < 0.02, "{c}");
        // The synchrony of the counts follows from their correlation: chi^2 = (1 + (n - 1) c) / n.
        let chi = ((1.0 + 19.0 * c) / 20.0).sqrt();
        assert!((b.synchrony().unwrap() - chi).abs() < 0.005, "{:?} {chi}", b.synchrony());
    }

    /// A rate that switches with probability `a` in each ms has the autocovariance `(1 - 2 a)^t`.
    #[test]
    fn a_switching_rate_has_its_time_constant() {
        let mut stream = Seed::new(9).at(0);
        let mut high = [false; 50];
        let a: f64 = 0.01;
        let b = bins(50, 5.0, 200_000, |_, n| {
            high[n] ^= stream.bernoulli(a);
            if high[n] { 0.08 } else { 0.0 }
        });
        let exact = -1.0 / (1.0 - 2.0 * a).ln();
        let found = b.autocorrelation_ms().unwrap();
        assert!((found / exact - 1.0).abs() < 0.1, "{found} {exact}");
    }
}
