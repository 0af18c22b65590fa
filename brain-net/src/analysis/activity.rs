//! What the statistics of a population are made of.

use super::{ActivityReport, Bins, SAMPLE, SpikeTrains, Statistic};

/// Gathers the spikes of a population: intervals of all neurons, and counts of a sample in bins and in windows.
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
    /// Begins with `neurons` neurons at `from_ms`, with bins and windows of the given widths.
    pub fn new(neurons: usize, from_ms: f64, bin_ms: f64, window_ms: f64) -> Self {
        let stride = neurons.div_ceil(SAMPLE).max(1);
        let sample = neurons.div_ceil(stride);
        let bins = |width| Bins::new(sample, width);
        let (trains, until_ms) = (SpikeTrains::new(neurons), from_ms);
        Self { neurons, from_ms, until_ms, stride, trains, bins: bins(bin_ms), windows: bins(window_ms) }
    }

    /// Takes a spike in; all come in the order of time.
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

    /// Says that no more spikes come before `ms`.
    pub fn advance(&mut self, ms: f64) {
        self.until_ms = self.until_ms.max(ms);
        self.bins.advance(ms - self.from_ms);
        self.windows.advance(ms - self.from_ms);
    }

    /// Mean rate, Hz.
    pub fn rate_hz(&self) -> Option<f64> {
        let seconds = (self.until_ms - self.from_ms) * 1e-3;
        let known = seconds > 0.0 && self.neurons > 0;
        known.then(|| self.trains.spikes() as f64 / self.neurons as f64 / seconds)
    }

    /// Intervals of all neurons.
    pub fn trains(&self) -> &SpikeTrains {
        &self.trains
    }

    /// Counts of the sample in bins.
    pub fn bins(&self) -> &Bins {
        &self.bins
    }

    /// Counts of the sample in windows.
    pub fn windows(&self) -> &Bins {
        &self.windows
    }

    /// The statistics so far.
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
