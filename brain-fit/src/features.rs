//! Measurements of what the cell did: spikes, intervals, rest, sag.
//!
//! A spike is an upward crossing of -10 mV; crossings within 1.5 ms of the last spike are its own jitter.
//! Latency and intervals are measured within the stimulus, or over the sweep where there is none; resistance and sag on
//! the step that carries the most charge.

use brain_core::stats;
use serde::{Deserialize, Serialize};

use crate::protocol::{CurrentStep, Protocol};

/// Detects spikes as upward crossings of a potential, with a lock-out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpikeDetector {
    /// A spike crosses this potential upwards, mV.
    pub threshold_mv: f64,
    /// No other spike is counted for this long after one, ms.
    pub lockout_ms: f64,
    /// Whether the crossing is placed between samples, by a straight line; otherwise it is at the first sample above.
    pub interpolate: bool,
}

impl Default for SpikeDetector {
    fn default() -> Self {
        Self { threshold_mv: -10.0, lockout_ms: 1.5, interpolate: true }
    }
}

impl SpikeDetector {
    /// The usual detector with another voltage, which gives the first sample above it.
    pub fn at(threshold_mv: f64) -> Self {
        Self { threshold_mv, interpolate: false, ..Self::default() }
    }

    /// Finds the times of the spikes, ms from the first sample. A sweep that begins above threshold has no spike there.
    pub fn times_ms(&self, voltage_mv: &[f64], dt_ms: f64) -> Vec<f64> {
        self.crossings(voltage_mv, dt_ms).into_iter().map(|at| at * dt_ms).collect()
    }

    /// Finds the first sample above threshold of each spike.
    pub fn samples(&self, voltage_mv: &[f64], dt_ms: f64) -> Vec<usize> {
        let crossings = Self { interpolate: false, ..*self }.crossings(voltage_mv, dt_ms);
        crossings.into_iter().map(|at| at as usize).collect()
    }

    /// Places of the spikes, in samples.
    fn crossings(&self, voltage_mv: &[f64], dt_ms: f64) -> Vec<f64> {
        let mut found: Vec<f64> = Vec::new();
        for (index, pair) in voltage_mv.windows(2).enumerate() {
            let (below, above) = (pair[0], pair[1]);
            if !(below < self.threshold_mv && above >= self.threshold_mv) {
                continue;
            }
            let fraction = if self.interpolate { (self.threshold_mv - below) / (above - below) } else { 1.0 };
            let at = index as f64 + fraction;
            if found.last().is_none_or(|last| (at - last) * dt_ms >= self.lockout_ms) {
                found.push(at);
            }
        }
        found
    }
}

/// Measurements of one sweep; `None` where the sweep does not show them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// Spike times over the whole sweep, ms.
    pub spikes_ms: Vec<f64>,
    /// Time from the onset of the stimulus to the first spike after it, ms.
    pub first_spike_latency_ms: Option<f64>,
    /// Mean interval between spikes within the stimulus, ms.
    pub mean_isi_ms: Option<f64>,
    /// Standard deviation over mean of those intervals.
    pub isi_cv: Option<f64>,
    /// Last interval over first: above one, the cell adapts.
    pub adaptation: Option<f64>,
    /// Spikes per second of the stimulus, Hz.
    pub rate_hz: f64,
    /// Median voltage at the holding current, before the stimulus, mV.
    pub resting_mv: Option<f64>,
    /// Median voltage in the last fifth of a step without spikes, mV.
    pub steady_mv: Option<f64>,
    /// (steady - lowest) / (rest - lowest) in a hyperpolarising step: 0 without sag, 1 with full return.
    pub sag_ratio: Option<f64>,
    /// (steady - rest) / amplitude of a step without spikes.
    pub input_resistance_mohm: Option<f64>,
}

impl Features {
    /// Measures a voltage under the protocol it was recorded with.
    pub fn of(voltage_mv: &[f64], dt_ms: f64, protocol: &Protocol, spikes: &SpikeDetector) -> Self {
        let spikes_ms = spikes.times_ms(voltage_mv, dt_ms);
        let step = protocol.main_step();
        let (onset, offset) = window(protocol, voltage_mv.len() as f64 * dt_ms);
        let within = within(&spikes_ms, onset, offset);
        let intervals = intervals(within);
        let mut features = Self {
            first_spike_latency_ms: within.first().map(|first| first - onset),
            mean_isi_ms: mean(&intervals),
            isi_cv: variation(&intervals),
            adaptation: intervals.first().zip(intervals.last()).filter(|_| intervals.len() > 1).map(|(a, b)| b / a),
            rate_hz: if offset > onset { 1e3 * within.len() as f64 / (offset - onset) } else { 0.0 },
            resting_mv: resting(voltage_mv, dt_ms, protocol, &spikes_ms),
            ..Self::default()
        };
        if let (Some(step), true) = (step, within.is_empty()) {
            features.passive(voltage_mv, dt_ms, step);
        }
        Self { spikes_ms, ..features }
    }

    fn passive(&mut self, voltage_mv: &[f64], dt_ms: f64, step: CurrentStep) {
        let index = |time: f64| ((time / dt_ms).round().max(0.0) as usize).min(voltage_mv.len());
        let between = |from: f64, to: f64| voltage_mv.get(index(from)..index(to)).unwrap_or_default();
        let tail = step.offset_ms - 0.2 * (step.offset_ms - step.onset_ms);
        self.steady_mv = median(between(tail, step.offset_ms));
        let (Some(rest), Some(steady)) = (self.resting_mv, self.steady_mv) else { return };
        self.input_resistance_mohm = Some(1e3 * (steady - rest) / step.amplitude_pa).filter(|ohm| ohm.is_finite());
        let lowest = between(step.onset_ms, step.offset_ms).iter().copied().fold(f64::INFINITY, f64::min);
        if step.amplitude_pa < 0.0 && rest - lowest > 1.0 {
            self.sag_ratio = Some((steady - lowest) / (rest - lowest));
        }
    }
}

/// Gives the logarithm of the interval against time in the step, on `points` equally spaced times: each interval sits at
/// its middle and is spread by a Gaussian of a tenth of the step. Smooth in the spike times, so that a fit can
/// follow adaptation without matching spikes one to one. `None` with fewer than two spikes.
pub fn log_isi_profile(spikes_ms: &[f64], onset_ms: f64, offset_ms: f64, points: usize) -> Option<Vec<f64>> {
    let within = within(spikes_ms, onset_ms, offset_ms);
    let (width, duration) = (0.1 * (offset_ms - onset_ms), offset_ms - onset_ms);
    if within.len() < 2 || width <= 0.0 {
        return None;
    }
    let at = |point: usize| {
        let time = onset_ms + (point as f64 + 0.5) / points as f64 * duration;
        let distance = |pair: &[f64]| -0.5 * ((0.5 * (pair[0] + pair[1]) - time) / width).powi(2);
        let nearest = within.windows(2).map(distance).fold(f64::NEG_INFINITY, f64::max);
        let (weights, logs) = within.windows(2).fold((0.0, 0.0), |(weights, logs), pair| {
            let weight = (distance(pair) - nearest).exp();
            (weights + weight, logs + weight * (pair[1] - pair[0]).ln())
        });
        logs / weights
    };
    Some((0..points).map(at).collect())
}

/// The stimulus, or the whole sweep.
pub(crate) fn window(protocol: &Protocol, duration_ms: f64) -> (f64, f64) {
    protocol.window.map_or((0.0, duration_ms), |window| (window.onset_ms, window.end_ms))
}

/// The spikes of `onset..offset`; spike times are in order.
pub(crate) fn within(spikes_ms: &[f64], onset_ms: f64, offset_ms: f64) -> &[f64] {
    let start = spikes_ms.partition_point(|time| *time < onset_ms);
    let end = spikes_ms.partition_point(|time| *time < offset_ms);
    &spikes_ms[start..end.max(start)]
}

pub(crate) fn intervals(spikes_ms: &[f64]) -> Vec<f64> {
    spikes_ms.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// The mean; `None` of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| stats::mean(values))
}

fn variation(values: &[f64]) -> Option<f64> {
    (values.len() > 1).then(|| stats::sample_sd(values) / stats::mean(values))
}

/// Median before the stimulus; of the sweep without its spikes where there is no stimulus.
pub(crate) fn resting(voltage_mv: &[f64], dt_ms: f64, protocol: &Protocol, spikes_ms: &[f64]) -> Option<f64> {
    let onset = protocol.window.map(|window| (window.onset_ms / dt_ms).round() as usize);
    let end = onset.unwrap_or(voltage_mv.len()).min(voltage_mv.len());
    let spared = |index: &usize| {
        let time = *index as f64 * dt_ms;
        within(spikes_ms, time - 50.0, time + 3.0).is_empty()
    };
    median(&(0..end).filter(spared).map(|index| voltage_mv[index]).collect::<Vec<_>>())
}

fn median(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| stats::median(values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{StimulusWindow, Waveform};

    #[test]
    fn crossings_lockout_and_interpolation() {
        let mut voltage = vec![-70.0; 100];
        voltage[10] = 30.0;
        voltage[12] = 30.0;
        voltage[50] = 30.0;
        let times = SpikeDetector::default().times_ms(&voltage, 0.5);
        assert_eq!(times, [4.8, 24.8]);
        let sampled = SpikeDetector { interpolate: false, ..SpikeDetector::default() };
        assert_eq!(sampled.times_ms(&voltage, 0.5), [5.0, 25.0]);
        let open = SpikeDetector { lockout_ms: 0.0, ..sampled };
        assert_eq!(open.times_ms(&voltage, 0.5), [5.0, 6.0, 25.0]);
        assert!(SpikeDetector::default().times_ms(&[20.0; 50], 0.1).is_empty());
        assert!(SpikeDetector::default().times_ms(&[], 0.1).is_empty());
        assert_eq!(SpikeDetector::at(-10.0).samples(&voltage, 0.5), [10, 50]);
    }

    fn step(amplitude_pa: f64) -> Protocol {
        let steps = vec![CurrentStep { onset_ms: 100.0, offset_ms: 300.0, amplitude_pa }];
        let window = Some(StimulusWindow { onset_ms: 100.0, end_ms: 300.0, noise: false });
        Protocol { stimulus: Waveform::Steps, holding_pa: 0.0, noise_pa: 0.0, steps, window }
    }

    #[test]
    fn a_hyperpolarised_membrane_with_sag() {
        let voltage: Vec<f64> = (0..400)
            .map(|ms| match ms {
                100..150 => -90.0,
                150..300 => -85.0,
                _ => -70.0,
            })
            .collect();
        let features = Features::of(&voltage, 1.0, &step(-100.0), &SpikeDetector::default());
        assert_eq!((features.resting_mv, features.steady_mv), (Some(-70.0), Some(-85.0)));
        assert_eq!((features.sag_ratio, features.input_resistance_mohm), (Some(0.25), Some(150.0)));
        assert_eq!((features.mean_isi_ms, features.rate_hz), (None, 0.0));
    }

    #[test]
    fn a_train() {
        let mut voltage = vec![-70.0; 4000];
        for index in [1200, 1400, 1700, 2200] {
            voltage[index] = 30.0;
        }
        let spikes = SpikeDetector { interpolate: false, ..SpikeDetector::default() };
        let features = Features::of(&voltage, 0.1, &step(100.0), &spikes);
        assert!((features.first_spike_latency_ms.unwrap() - 20.0).abs() < 1e-9);
        assert!((features.mean_isi_ms.unwrap() - 100.0 / 3.0).abs() < 1e-9);
        assert!((features.adaptation.unwrap() - 2.5).abs() < 1e-9);
        assert!((features.rate_hz - 20.0).abs() < 1e-9);
        assert_eq!(features.steady_mv, None);
    }

    #[test]
    fn the_profile_follows_the_intervals() {
        let regular: Vec<f64> = (0..21).map(|k| 10.0 * f64::from(k)).collect();
        let profile = log_isi_profile(&regular, 0.0, 200.0, 5).unwrap();
        assert!(profile.iter().all(|log| (log - 10f64.ln()).abs() < 1e-12));
        let slowing = log_isi_profile(&[10.0, 20.0, 40.0, 80.0, 160.0], 0.0, 200.0, 4).unwrap();
        assert!(slowing.windows(2).all(|pair| pair[0] < pair[1]), "{slowing:?}");
        assert_eq!(log_isi_profile(&[10.0], 0.0, 200.0, 4), None);
    }
}
