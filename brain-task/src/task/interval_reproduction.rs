//! This task is interval reproduction, or ready-set-go: the network waits after the second of two pulses for as long as
//! they were apart.
//!
//! Ready comes at a random time, so that the time since the start of the trial tells nothing; set comes an interval `I`
//! later, one of `intervals`, all equally likely. The output should be 0 until set, and `(t - set) / I` from then on,
//! up to [`CEILING`]. The network acts when the output first reaches 1. The time from set to then is the interval that
//! it produces, which is right within the fraction `tolerance` of `I`. The task is that of Jazayeri and Shadlen 2010,
//! <https://doi.org/10.1038/nn.2590>.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The wanted output stops rising at this value.
pub const CEILING: f64 = 1.2;

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IntervalReproduction {
    /// One of these intervals lies between ready and set; all are equally likely.
    pub intervals: Vec<Quantity>,
    /// At least this time passes before ready.
    pub fixation: Quantity,
    /// Ready comes later than that by at most this time.
    pub jitter: Quantity,
    /// The pulses ready and set last this long.
    pub pulse: Quantity,
    /// An error is allowed up to this fraction of the interval.
    pub tolerance: f64,
    /// Each of these groups has this many channels: ready, set, noise.
    pub channels: usize,
    /// The channels of a pulse fire at this rate.
    pub pulse_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
}

impl Default for IntervalReproduction {
    fn default() -> Self {
        Self {
            intervals: ["500 ms", "600 ms", "700 ms", "800 ms", "900 ms", "1000 ms"].map(Quantity::from).into(),
            fixation: "100 ms".into(),
            jitter: "200 ms".into(),
            pulse: "50 ms".into(),
            tolerance: 0.15,
            channels: 25,
            pulse_rate: "80 Hz".into(),
            noise_rate: "10 Hz".into(),
        }
    }
}

struct Built {
    shape: TaskShape,
    intervals: Vec<usize>,
    fixation: usize,
    jitter: usize,
    pulse: usize,
    tolerance: f64,
    pulse_hz: f64,
    noise_hz: f64,
}

impl Settings<dyn Task> for IntervalReproduction {
    const NAME: &'static str = "interval-reproduction";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        let pulse = r.some_steps("pulse", &self.pulse)?;
        let mut intervals = vec![];
        for (k, interval) in r.some("intervals", &self.intervals)?.iter().enumerate() {
            let key = format!("intervals.{k}");
            let steps = r.some_steps(&key, interval)?;
            if steps < pulse {
                return Err(SettingError::new(
                    &key,
                    "is shorter than a pulse, so set would start before ready has ended",
                ));
            }
            intervals.push(steps);
        }
        let (fixation, jitter) = (r.steps("fixation", &self.fixation)?, r.steps("jitter", &self.jitter)?);
        let tolerance = r.within("tolerance", self.tolerance, 0.0, 1.0)?;
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let (least, most) = intervals.iter().fold((usize::MAX, 0), |(a, b), &n| (a.min(n), b.max(n)));
        let steps = fixation + jitter + most + (most as f64 * CEILING).ceil() as usize;
        let phases = phases(&[("fixation", fixation), ("ready, set, go", steps - fixation)]);
        let pulse_hz = r.hz("pulse_rate", &self.pulse_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        let groups = groups(&["ready", "set", "noise"].map(|name| (name, channels)));
        let shape = TaskShape {
            steps,
            dt_ms: r.dt_ms(),
            groups,
            phases,
            // The window begins at the earliest set.
            window: fixation + least..steps,
            goal: Goal::Values(vec!["time"]),
            chance: chance(&intervals, tolerance),
            psychometric: ("interval", "ms"),
        };
        Ok(Box::new(Built { shape, intervals, fixation, jitter, pulse, tolerance, pulse_hz, noise_hz }))
    }
}

/// Computes the fraction of the intervals that the best single answer is right for.
fn chance(intervals: &[usize], tolerance: f64) -> f64 {
    // The best answer can be moved until it is the longest that is right for one of the intervals.
    let right = |answer: f64, i: usize| (answer - i as f64).abs() <= tolerance * i as f64 + 1e-9;
    let score = |best: usize| {
        let answer = best as f64 * (1.0 + tolerance);
        intervals.iter().filter(|&&i| right(answer, i)).count()
    };
    intervals.iter().map(|&i| score(i)).max().unwrap_or(0) as f64 / intervals.len() as f64
}

impl Task for Built {
    fn name(&self) -> &'static str {
        IntervalReproduction::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let interval = self.intervals[stream.below(self.intervals.len() as u64) as usize];
        let ready = self.fixation + stream.below(self.jitter as u64 + 1) as usize;
        let set = ready + interval;
        let value = |t: usize| (t.saturating_sub(set) as f64 / interval as f64).min(CEILING) as f32;
        let target = Target::Values(self.shape.window.clone().map(value).collect());
        let mut trial = Trial::new(target, interval as f64 * self.shape.dt_ms, "");
        for (name, step) in [("ready", ready), ("set", set)] {
            trial.show(&self.shape.group(name), step..step + self.pulse, self.pulse_hz);
            trial.events.push(Event { name, step });
        }
        trial.events.push(Event { name: "due", step: set + interval });
        trial.show(&self.shape.group("noise"), 0..self.shape.steps, self.noise_hz);
        trial
    }

    /// Returns the interval that is produced, ms, or `NaN` where the output does not reach 1 after set.
    fn answer(&self, trial: &Trial, outputs: &[f32]) -> f64 {
        let set = trial.events.iter().find(|e| e.name == "set").map_or(0, |e| e.step);
        let rows = self.shape.window.clone().zip(outputs);
        let acted = rows.filter(|(t, _)| *t >= set).find(|(_, y)| **y >= 1.0);
        acted.map_or(f64::NAN, |(t, _)| (t - set) as f64 * self.shape.dt_ms)
    }

    fn correct(&self, trial: &Trial, answer: f64) -> bool {
        (answer - trial.psychometric).abs() <= self.tolerance * trial.psychometric + 1e-9
    }
}
