//! All statistics of a population.

use super::{Bins, SAMPLE, Trains};
use serde::Serialize;

/// What gathers them.
#[derive(Clone, Debug)]
pub struct Activity {
    neurons: usize,
    from_ms: f64,
    until_ms: f64,
    stride: usize,
    trains: Trains,
    bins: Bins,
    windows: Bins,
}

/// The statistics; `None` where the activity says nothing about one. Definitions: [module](super).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Mean rate, Hz.
    pub rate_hz: Option<f64>,
    /// Mean coefficient of variation of intervals.
    pub isi_cv: Option<f64>,
    /// Mean Fano factor.
    pub fano: Option<f64>,
    /// Mean correlation of pairs.
    pub correlation: Option<f64>,
    /// Synchrony.
    pub synchrony: Option<f64>,
    /// Autocorrelation time, ms.
    pub autocorrelation_ms: Option<f64>,
    /// Neurons that the last four are of.
    pub sample: usize,
}

impl Activity {
    /// Of `neurons` neurons from `from_ms` on, with bins and windows of the given widths.
    pub fn new(neurons: usize, from_ms: f64, bin_ms: f64, window_ms: f64) -> Self {
        let stride = neurons.div_ceil(SAMPLE).max(1);
        let sample = neurons.div_ceil(stride);
        let bins = |width| Bins::new(sample, width);
        let (trains, until_ms) = (Trains::new(neurons), from_ms);
        Self { neurons, from_ms, until_ms, stride, trains, bins: bins(bin_ms), windows: bins(window_ms) }
    }

    /// A spike; all come in the order of time.
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

    /// No more spikes come before `ms`.
    pub fn advance(&mut self, ms: f64) {
        self.until_ms = self.until_ms.max(ms);
        self.bins.advance(ms - self.from_ms);
        self.windows.advance(ms - self.from_ms);
    }

    /// The statistics so far.
    pub fn report(&self) -> Report {
        let seconds = (self.until_ms - self.from_ms) * 1e-3;
        let known = seconds > 0.0 && self.neurons > 0;
        Report {
            rate_hz: known.then(|| self.trains.spikes() as f64 / self.neurons as f64 / seconds),
            isi_cv: self.trains.cv(),
            fano: self.windows.fano(),
            correlation: self.bins.correlation(),
            synchrony: self.bins.synchrony(),
            autocorrelation_ms: self.bins.autocorrelation_ms(),
            sample: self.neurons.div_ceil(self.stride),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transient_is_left_out() {
        let mut a = Activity::new(1000, 100.0, 5.0, 50.0);
        for k in 0..50 {
            (0..1000).for_each(|n| a.spike(n, 10.0 + 20.0 * f64::from(k)));
        }
        a.advance(1100.0);
        let r = a.report();
        // 45 of the 50 spikes fall after 100 ms, in 1 s.
        assert_eq!((r.rate_hz, r.sample), (Some(45.0), 200));
        assert!(r.isi_cv.unwrap() < 1e-6 && r.synchrony.unwrap() > 0.999 && r.correlation.unwrap() > 0.999);
        assert_eq!(Activity::new(0, 0.0, 5.0, 50.0).report().rate_hz, None);
        assert_eq!(Activity::new(5, 10.0, 5.0, 50.0).report(), Report { sample: 5, ..Report::default() });
    }
}
