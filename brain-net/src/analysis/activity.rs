//! This module gathers the data that the statistics of a population are computed from.

use super::{ActivityReport, Bins, SAMPLE, SpikeTrains, Statistic};

/// An activity condenses the spikes of a population to the intervals of all neurons and to the spike counts of a sample
/// of neurons in bins and in windows.
#[derive(Clone, Debug)]
pub struct Activity {
    neurons: usize,
    from_ms: f64,
    until_ms: f64,
    stride: usize,
    trains: SpikeTrains,
    bins: Bins,
    windows: Bins,
}

impl Activity {
    /// Starts to observe `neurons` neurons at `from_ms`, with bins and windows of the given widths, ms.
    pub fn new(neurons: usize, from_ms: f64, bin_ms: f64, window_ms: f64) -> Self {
        let stride = neurons.div_ceil(SAMPLE).max(1);
        let sample = neurons.div_ceil(stride);
        let bins = |width| Bins::new(sample, width);
        let (trains, until_ms) = (SpikeTrains::new(neurons), from_ms);
        Self { neurons, from_ms, until_ms, stride, trains, bins: bins(bin_ms), windows: bins(window_ms) }
    }

    /// Adds a spike. Spikes must come in the order of time; those up to `from_ms` are ignored.
    pub fn spike(&mut self, neuron: usize, ms: f64) {
        if ms <= self.from_ms {
            return;
        }
        self.trains.spike(neuron, ms);
        if neuron.is_multiple_of(self.stride) {
            self.bins.spike(neuron / self.stride, ms - self.from_ms);
            self.windows.spike(neuron / self.stride, ms - self.from_ms);
        }
    }

    /// Closes the bins and windows up to `ms`; no later call may add a spike before `ms`.
    pub fn advance(&mut self, ms: f64) {
        self.until_ms = self.until_ms.max(ms);
        self.bins.advance(ms - self.from_ms);
        self.windows.advance(ms - self.from_ms);
    }

    /// Returns the mean rate, Hz; `None` before any time has passed.
    pub fn rate_hz(&self) -> Option<f64> {
        let seconds = (self.until_ms - self.from_ms) * 1e-3;
        let known = seconds > 0.0 && self.neurons > 0;
        known.then(|| self.trains.spikes() as f64 / self.neurons as f64 / seconds)
    }

    /// Returns the moments of the intervals of all neurons.
    pub fn trains(&self) -> &SpikeTrains {
        &self.trains
    }

    /// Returns the spike counts of the sample in bins.
    pub fn bins(&self) -> &Bins {
        &self.bins
    }

    /// Returns the spike counts of the sample in windows.
    pub fn windows(&self) -> &Bins {
        &self.windows
    }

    /// Computes the statistics of the activity so far.
    pub fn report(&self, statistics: &[Statistic]) -> ActivityReport {
        let values = statistics.iter().map(|s| (s.key, (s.of)(self))).collect();
        ActivityReport { values, sample: self.neurons.div_ceil(self.stride) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::STATISTICS;

    #[test]
    fn the_transient_is_left_out() {
        let mut a = Activity::new(1000, 100.0, 5.0, 50.0);
        for k in 0..50 {
            (0..1000).for_each(|n| a.spike(n, 10.0 + 20.0 * f64::from(k)));
        }
        a.advance(1100.0);
        let r = a.report(STATISTICS);
        // 45 of the 50 spikes fall after 100 ms, in 1 s.
        assert_eq!((r.get("rate_hz"), r.sample), (Some(45.0), 200));
        assert!(
            r.get("isi_cv").unwrap() < 1e-6
                && r.get("synchrony").unwrap() > 0.999
                && r.get("correlation").unwrap() > 0.999
        );
        assert_eq!(Activity::new(0, 0.0, 5.0, 50.0).rate_hz(), None);
        let silent = Activity::new(5, 10.0, 5.0, 50.0).report(STATISTICS);
        assert!(silent.sample == 5 && silent.values.iter().all(|(_, value)| value.is_none()), "{silent:?}");
    }
}
