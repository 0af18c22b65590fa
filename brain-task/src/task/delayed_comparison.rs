//! This task is the delayed comparison, or parametric working memory: which of two vibrations, a delay apart, was
//! faster?
//!
//! Of a pair with difference `d`, one of `differences`, the slower frequency is uniform between `lowest` and
//! `highest - d`, and either may come first. One of the two alone tells the answer in a fraction of at most
//! `1/2 + d / (2 (highest - lowest - d))` of the trials. A frequency is shown as the somatosensory cortex shows it: the
//! rate of one group of channels rises with it from `low_rate` to `high_rate`, that of another falls. The task is that
//! of Romo, Brody, Hernandez and Lemus 1999, <https://doi.org/10.1038/20939>.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DelayedComparison {
    /// A stimulus has at least this frequency.
    pub lowest: Quantity,
    /// A stimulus has at most this frequency.
    pub highest: Quantity,
    /// The two frequencies have one of these differences, which are all equally likely.
    pub differences: Vec<Quantity>,
    /// A trial goes on for this long before the first stimulus.
    pub fixation: Quantity,
    /// Each stimulus is shown for this long.
    pub stimulus: Quantity,
    /// The second comes this long after the first stimulus.
    pub delay: Quantity,
    /// The response lasts this long, in which the go cue is shown and the loss is taken.
    pub response: Quantity,
    /// Each of these groups has this many channels: rising, falling, go, noise.
    pub channels: usize,
    /// The rising channels fire at this rate at the lowest frequency, and the falling ones at the highest.
    pub low_rate: Quantity,
    /// The rising channels fire at this rate at the highest frequency, and the falling ones at the lowest.
    pub high_rate: Quantity,
    /// The channels of the go cue fire at this rate.
    pub go_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
}

impl Default for DelayedComparison {
    fn default() -> Self {
        Self {
            lowest: "10 Hz".into(),
            highest: "34 Hz".into(),
            differences: ["2 Hz", "4 Hz", "8 Hz"].map(Quantity::from).into(),
            fixation: "100 ms".into(),
            stimulus: "500 ms".into(),
            delay: "1000 ms".into(),
            response: "150 ms".into(),
            channels: 25,
            low_rate: "5 Hz".into(),
            high_rate: "60 Hz".into(),
            go_rate: "40 Hz".into(),
            noise_rate: "10 Hz".into(),
        }
    }
}

struct Built {
    shape: TaskShape,
    range: [f64; 2],
    differences: Vec<f64>,
    rates: [f64; 2],
    go_hz: f64,
    noise_hz: f64,
}

impl Settings<dyn Task> for DelayedComparison {
    const NAME: &'static str = "delayed-comparison";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        // A vibration is not the rate of a channel, so it may be faster than one spike per step.
        let lowest = r.quantity("lowest", &self.lowest, "Hz", 0.0, 1e6)?;
        let highest = r.quantity("highest", &self.highest, "Hz", lowest, 1e6)?;
        let mut differences = vec![];
        for (k, d) in r.some("differences", &self.differences)?.iter().enumerate() {
            differences.push(r.quantity(&format!("differences.{k}"), d, "Hz", 1e-6, highest - lowest)?);
        }
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let groups = groups(&["rising", "falling", "go", "noise"].map(|name| (name, channels)));
        let stimulus = r.some_steps("stimulus", &self.stimulus)?;
        let phases = phases(&[
            ("fixation", r.steps("fixation", &self.fixation)?),
            ("first", stimulus),
            ("delay", r.steps("delay", &self.delay)?),
            ("second", stimulus),
            ("response", r.some_steps("response", &self.response)?),
        ]);
        let rates = [r.hz("low_rate", &self.low_rate)?, r.hz("high_rate", &self.high_rate)?];
        let go_hz = r.hz("go_rate", &self.go_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        let unit = ("first minus second frequency", "Hz");
        let shape = TaskShape::choice(r.dt_ms(), groups, phases, ["second faster", "first faster"], 0.5, unit);
        Ok(Box::new(Built { shape, range: [lowest, highest], differences, rates, go_hz, noise_hz }))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        DelayedComparison::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let d = self.differences[stream.below(self.differences.len() as u64) as usize];
        let [lowest, highest] = self.range;
        let slow = stream.within(lowest, highest - d);
        let first_faster = stream.bernoulli(0.5);
        let pair = if first_faster { [slow + d, slow] } else { [slow, slow + d] };
        let mut trial = Trial::new(Target::Class(first_faster.into()), if first_faster { d } else { -d }, "");
        let [low, high] = self.rates;
        for (f, phase) in pair.into_iter().zip(["first", "second"]) {
            let x = (f - lowest) / (highest - lowest);
            for (group, x) in [("rising", x), ("falling", 1.0 - x)] {
                trial.show(&self.shape.group(group), self.shape.phase(phase), low + x * (high - low));
            }
        }
        trial.respond(&self.shape, self.go_hz, self.noise_hz);
        trial
    }
}
