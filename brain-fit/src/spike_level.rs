//! The potential whose upward crossing is a spike, from the recorded spikes themselves.
//!
//! Spikes usually peak above 0 mV, and -10 mV tells them from everything else. Where the recording attenuates them, or the
//! cell's are small, that level would find none. A spike is therefore first looked for by its shape: a rise and a fall of
//! 15 mV within milliseconds, that last longer than a single wrong sample does.

use crate::features::SpikeDetector;
use crate::protocol::Protocol;
use crate::recording::Sweep;
use brain_core::stats::quantile;

/// A spike rises by this much, mV, within this time, ms.
const RISE: (f64, f64) = (15.0, 2.0);
/// It falls by as much within this time, ms.
const FALL_MS: f64 = 4.0;
/// It is above half its height for at least this long, ms; a single wrong sample of a fine recording is not.
const SHORTEST_MS: f64 = 0.15;
/// What happens this close to a step of the current, ms, may be an artefact of the electrode.
const ARTEFACT_MS: f64 = 0.6;
/// The usual level serves if this part of the spikes reaches it.
const REACHED: f64 = 0.9;

/// The level of spikes in some sweeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpikeLevel {
    /// The level, mV.
    pub level_mv: f64,
    /// Median peak of the spikes, mV, where the level is not the usual one.
    pub peak_mv: Option<f64>,
}

impl SpikeLevel {
    /// Finds the level for sweeps of one cell: the usual one where nearly all spikes reach it or none is seen, else half way
    /// from what lies between the spikes to the lower of their peaks.
    pub fn of<'a>(sweeps: impl IntoIterator<Item = &'a Sweep>) -> Self {
        let usual = SpikeDetector::default().threshold_mv;
        let (mut peaks, mut between) = (Vec::new(), Vec::new());
        for sweep in sweeps {
            let Some(voltage) = &sweep.voltage_mv else { continue };
            let found = summits(sweep, voltage);
            let (before, after) = (samples(RISE.1, sweep.dt_ms), samples(FALL_MS, sweep.dt_ms));
            let mut clear = vec![true; voltage.len()];
            for &k in &found {
                clear[k.saturating_sub(before)..(k + after).min(voltage.len())].fill(false);
            }
            peaks.extend(found.into_iter().map(|k| voltage[k]));
            between.extend(voltage.iter().zip(clear).filter(|(_, clear)| *clear).map(|(v, _)| *v));
        }
        let reached = peaks.iter().filter(|peak| **peak >= usual).count() as f64;
        if reached >= REACHED * peaks.len() as f64 || between.is_empty() {
            return Self { level_mv: usual, peak_mv: None };
        }
        let (low, ceiling) = (quantile(&peaks, 0.1), quantile(&between, 0.999));
        let level_mv = if ceiling < low { 0.5 * (low + ceiling) } else { low - 0.25 * RISE.0 };
        Self { level_mv: level_mv.round(), peak_mv: Some(quantile(&peaks, 0.5)) }
    }

    /// Says which level was taken, where it is not the usual one.
    pub fn note(&self) -> Option<String> {
        self.peak_mv.map(|peak| {
            format!(
                "Spikes are counted at {} mV, for the recorded ones peak at {peak:.0} mV; `spike_level` sets another level.",
                self.level_mv
            )
        })
    }
}

fn samples(time_ms: f64, dt_ms: f64) -> usize {
    ((time_ms / dt_ms).round() as usize).max(1)
}

/// The samples at which something shaped like a spike is highest.
fn summits(sweep: &Sweep, voltage: &[f64]) -> Vec<usize> {
    let dt = sweep.dt_ms;
    let (before, after) = (samples(RISE.1, dt), samples(FALL_MS, dt));
    let steps = Protocol::of(&sweep.current_pa, dt).steps;
    let artefact = |k: usize| {
        let near = |edge: f64| (k as f64 * dt - edge).abs() <= ARTEFACT_MS;
        steps.iter().any(|step| near(step.onset_ms) || near(step.offset_ms))
    };
    let mut found: Vec<usize> = Vec::new();
    for k in 1..voltage.len().saturating_sub(1) {
        let v = voltage[k];
        let summit = v > voltage[k - 1] && v >= voltage[k + 1];
        if !summit || artefact(k) {
            continue;
        }
        let sides = [&voltage[k.saturating_sub(before)..k], &voltage[k + 1..(k + 1 + after).min(voltage.len())]];
        let [rise, fall] = sides.map(|side| v - side.iter().copied().fold(f64::INFINITY, f64::min));
        let height = rise.min(fall);
        let high = |other: &&f64| **other > v - 0.5 * height;
        let width = 1 + sides[0].iter().rev().take_while(high).count() + sides[1].iter().take_while(high).count();
        if height < RISE.0 || width as f64 * dt < SHORTEST_MS {
            continue;
        }
        match found.last_mut() {
            // Two summits of one spike.
            Some(last) if k - *last < before => {
                if v > voltage[*last] {
                    *last = k;
                }
            }
            _ => found.push(k),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Clamp, Units};
    use std::path::PathBuf;

    /// Spikes of 1 ms from -45 mV to a peak, on a step from 50 ms to 450 of 500.
    fn sweep(peak: f64, spikes: usize) -> Sweep {
        let dt_ms = 0.1;
        let on = |k: usize| (500..4500).contains(&k);
        let mut voltage: Vec<f64> = (0..5000).map(|k| if on(k) { -48.0 } else { -70.0 }).collect();
        for spike in 0..spikes {
            let at = 700 + 300 * spike;
            for (k, part) in [0.1, 0.3, 0.6, 0.9, 1.0, 0.8, 0.6, 0.4, 0.2, 0.1].into_iter().enumerate() {
                voltage[at + k] = -45.0 + part * (peak + 45.0);
            }
            voltage[at + 10..at + 40].fill(-60.0);
        }
        Sweep {
            id: "1".into(),
            file: PathBuf::from("x.csv"),
            dt_ms,
            current_pa: (0..5000).map(|k| if on(k) { 100.0 } else { 0.0 }).collect(),
            voltage_mv: Some(voltage),
            clamp: Clamp::Current,
            clamp_reason: String::new(),
            units: Units::default(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn usual_spikes_have_the_usual_level_and_small_ones_their_own() {
        let level = |peak, spikes| SpikeLevel::of([&sweep(peak, spikes)]);
        let usual = SpikeLevel { level_mv: -10.0, peak_mv: None };
        assert_eq!(level(30.0, 10), usual);
        assert_eq!(level(-5.0, 10), usual);
        let mut electrode = sweep(30.0, 0);
        electrode.voltage_mv.as_mut().unwrap()[500] = -30.0;
        assert_eq!(SpikeLevel::of([&electrode]), usual, "the electrode's own answer to the step is no spike");
        let mut wrong = sweep(30.0, 10);
        let samples = wrong.voltage_mv.as_mut().unwrap();
        (0..5000).filter(|k| k % 29 == 17).for_each(|k| samples[k] += 25.0);
        assert_eq!(SpikeLevel::of([&wrong]), usual, "single samples that are off are no spikes");
        for peak in [-15.0, -20.0, -28.0] {
            let found = level(peak, 10);
            let spikes = SpikeDetector::at(found.level_mv);
            let sweep = sweep(peak, 10);
            assert_eq!(spikes.samples(sweep.voltage_mv.as_ref().unwrap(), sweep.dt_ms).len(), 10, "{found:?}");
            assert!(found.note().unwrap().contains("spike_level"));
        }
        // One that fails among many good ones does not move the level.
        let mut mixed = sweep(30.0, 12);
        mixed.voltage_mv.as_mut().unwrap()[1300..1310].iter_mut().for_each(|v| *v = v.min(-25.0));
        assert_eq!(SpikeLevel::of([&mixed]), usual);
    }
}
