//! A protocol is what was injected: holding current, steps, noise, or nothing.
//!
//! A measured current is its command plus a few pA of noise, so a step is a change of mean, not of sample: a current is
//! cut into its levels (`levels.rs`). A current that a few tens of levels do not describe is noise or a ramp
//! (`fluctuation.rs`). Commands that list sweeps, fits and figures all take the stimulus from here.

mod fluctuation;
mod levels;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// A command takes at most this long, or two samples, to reach the amplifier's output.
const EDGE_MS: f64 = 0.2;
/// No amplifier's own noise is larger than this, pA: a larger one was injected.
const MOST_NOISE: f64 = 25.0;
/// White noise of at least this part of the largest step is the stimulus.
const NOISY: f64 = 0.25;
/// Levels describe a current that leaves them by no more than this many times its noise, or this part of their range:
/// hum and drift of the amplifier.
const DESCRIBED: (f64, f64) = (2.5, 0.02);
/// A noisy current drifts by this much, pA, but by no more than this part of its peak: the unit may be wrong.
const DRIFT: (f64, f64) = (0.5, 0.25);
/// A step with less than this part of the largest charge is a test pulse, and so is one that is shorter than this part of
/// the longest of the others.
const TEST_PULSE: (f64, f64) = (0.3, 0.2);

/// The shape of the injected current over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Waveform {
    /// Nothing injected, not even to hold the cell.
    Zero,
    /// The holding current throughout.
    Constant,
    /// Steps between constant levels.
    Steps,
    /// A fluctuating current, such as frozen noise.
    Noise,
    /// Ramps, sinusoids, synaptic waveforms.
    Varying,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurrentStep {
    /// Start of the first sample at the new level, ms.
    pub onset_ms: f64,
    /// End of the last sample at it, ms.
    pub offset_ms: f64,
    /// Mean current above holding, pA.
    pub amplitude_pa: f64,
}

impl CurrentStep {
    /// Gives the duration, ms.
    pub fn duration_ms(&self) -> f64 {
        self.offset_ms - self.onset_ms
    }

    /// Gives the injected charge without its sign, fC.
    fn charge(&self) -> f64 {
        self.amplitude_pa.abs() * self.duration_ms()
    }
}

/// The time in which the stimulus of a sweep is on. Test pulses are no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StimulusWindow {
    /// The stimulus begins here, ms; it is 0 where it is on from the start.
    pub onset_ms: f64,
    /// It ends here, ms.
    pub end_ms: f64,
    /// It is true where the current fluctuates instead of stepping.
    pub noise: bool,
}

impl StimulusWindow {
    /// Finds the window of a current; there is none where the current never changes.
    pub fn of(current_pa: &[f64], dt_ms: f64) -> Option<Self> {
        Protocol::of(current_pa, dt_ms).window
    }
}

/// A protocol is what the experimenter did, as far as the current tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// The kind of stimulus.
    pub stimulus: Waveform,
    /// Mean current before the first step, or of the whole sweep where there is none, pA.
    pub holding_pa: f64,
    /// Standard deviation of the measurement noise, pA.
    pub noise_pa: f64,
    /// The steps in order, test pulses among them; empty unless the stimulus is [`Waveform::Steps`].
    pub steps: Vec<CurrentStep>,
    /// The time in which the stimulus is on; none where the current never changes.
    pub window: Option<StimulusWindow>,
}

impl Protocol {
    /// Recovers the protocol of a current; an empty one is [`Waveform::Zero`].
    pub fn of(current_pa: &[f64], dt_ms: f64) -> Self {
        let peak = current_pa.iter().fold(0.0f64, |peak, value| peak.max(value.abs()));
        let noise_pa = fluctuation::noise(current_pa);
        let mean = current_pa.iter().sum::<f64>() / current_pa.len().max(1) as f64;
        let flat = |stimulus, holding_pa| Self { stimulus, holding_pa, noise_pa, steps: Vec::new(), window: None };
        if peak == 0.0 {
            return flat(Waveform::Zero, 0.0);
        }
        let on = |stimulus| {
            let (first, last) = fluctuation::active(current_pa, dt_ms);
            let (onset_ms, end_ms) = (first as f64 * dt_ms, last as f64 * dt_ms);
            let window = Some(StimulusWindow { onset_ms, end_ms, noise: stimulus == Waveform::Noise });
            Self { window, ..flat(stimulus, mean) }
        };
        let sigma = noise_pa.max(1e-6 * peak);
        let mut levels = levels::segment(current_pa, sigma);
        let range = range(levels.iter().map(|level| level.mean));
        let described = (DESCRIBED.0 * sigma).max(DESCRIBED.1 * range).powi(2);
        if levels.len() >= levels::MOST_LEVELS
            || levels::unexplained(current_pa, &levels) > described
            || levels::is_ramp(current_pa, &levels)
        {
            return on(match fluctuation::fluctuates(current_pa, dt_ms) {
                true => Waveform::Noise,
                false => Waveform::Varying,
            });
        }
        levels::drop_edges(&mut levels, ((EDGE_MS / dt_ms.max(1e-6)) as usize).max(2));
        let range = levels.iter().map(|level| (level.mean - levels[0].mean).abs()).fold(0.0, f64::max);
        let drift = if noise_pa > 0.0 { DRIFT.0.min(DRIFT.1 * peak) } else { 0.0 };
        let least = (0.5 * noise_pa).max(0.02 * range).max(drift);
        levels::join(&mut levels, least);
        let holding_pa = levels::holding(&levels, least);
        let steps: Vec<CurrentStep> = levels
            .iter()
            .filter(|level| (level.mean - holding_pa).abs() > least)
            .map(|level| CurrentStep {
                onset_ms: level.start as f64 * dt_ms,
                offset_ms: level.end as f64 * dt_ms,
                amplitude_pa: level.mean - holding_pa,
            })
            .collect();
        let largest = steps.iter().map(|step| step.amplitude_pa.abs()).fold(0.0, f64::max);
        if noise_pa > MOST_NOISE.max(NOISY * largest) {
            return on(Waveform::Noise);
        }
        let nothing = holding_pa.abs() <= 0.1 * noise_pa && noise_pa > 0.0;
        match (steps.is_empty(), nothing) {
            (true, true) => flat(Waveform::Zero, holding_pa),
            (true, false) => flat(Waveform::Constant, holding_pa),
            (false, _) => {
                let window = window(&steps);
                Self { stimulus: Waveform::Steps, holding_pa, noise_pa, steps, window }
            }
        }
    }

    /// Finds the step of the stimulus that carries the most charge, the first of equals: responses are measured on it.
    pub fn main_step(&self) -> Option<CurrentStep> {
        let steps = stimulating(&self.steps);
        steps.into_iter().reduce(|best, step| if step.charge() > best.charge() { step } else { best })
    }
}

/// The steps without test pulses.
fn stimulating(steps: &[CurrentStep]) -> Vec<CurrentStep> {
    let most = steps.iter().map(CurrentStep::charge).fold(0.0, f64::max);
    let charged = || steps.iter().filter(|step| step.charge() >= TEST_PULSE.0 * most);
    let longest = charged().map(CurrentStep::duration_ms).fold(0.0, f64::max);
    charged().filter(|step| step.duration_ms() >= TEST_PULSE.1 * longest).copied().collect()
}

/// From the first step of the stimulus to the last.
fn window(steps: &[CurrentStep]) -> Option<StimulusWindow> {
    let steps = stimulating(steps);
    let (first, last) = (steps.first()?, steps.last()?);
    Some(StimulusWindow { onset_ms: first.onset_ms, end_ms: last.offset_ms, noise: false })
}

fn range(values: impl Iterator<Item = f64>) -> f64 {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low.is_finite() { high - low } else { 0.0 }
}
