//! This task is evidence accumulation: there are cues on two sides, and after a delay the answer is the side that had
//! more.
//!
//! Every cue is `cue` long and follows a `gap`; after the last comes the delay, then recall, in which the answer is
//! given. A trial has a side, left or right with equal probability; each cue falls on it with probability `p`. Timing,
//! channels and rates are those of the reference code of Wang et al. 2024 (`brainpy-datasets` 0.0.0.7), which cites
//! Morcos and Harvey 2016, <https://doi.org/10.1038/nn.4403>. Bellec et al. 2020,
//! <https://doi.org/10.1038/s41467-020-17236-y>, train recurrent spiking networks on it.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of these answers is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The answer is the side with more of the cues that were drawn.
    #[default]
    Majority,
    /// The answer is the side of the trial, which the cues tell only with some probability.
    Side,
}

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceAccumulation {
    /// A trial has this many cues.
    pub cues: usize,
    /// The silence before each cue lasts this long.
    pub gap: Quantity,
    /// A cue lasts this long.
    pub cue: Quantity,
    /// Recall comes this long after the last cue.
    pub delay: Quantity,
    /// Recall lasts this long, in which the go cue is shown and the loss is taken.
    pub recall: Quantity,
    /// Each of these groups has this many channels: left, right, recall, noise.
    pub channels: usize,
    /// The channels of a cue fire at this rate.
    pub cue_rate: Quantity,
    /// The channels of the go cue fire at this rate.
    pub recall_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
    /// A cue falls on the trial's side with this probability.
    pub p: f64,
    /// This answer is the right one.
    pub label: Label,
}

impl Default for EvidenceAccumulation {
    fn default() -> Self {
        Self {
            cues: 7,
            gap: "50 ms".into(),
            cue: "100 ms".into(),
            delay: "1000 ms".into(),
            recall: "150 ms".into(),
            channels: 25,
            cue_rate: "40 Hz".into(),
            recall_rate: "40 Hz".into(),
            noise_rate: "10 Hz".into(),
            p: 0.7,
            label: Label::Majority,
        }
    }
}

struct Built {
    shape: TaskShape,
    cues: usize,
    gap: usize,
    cue: usize,
    cue_hz: f64,
    recall_hz: f64,
    noise_hz: f64,
    p: f64,
    label: Label,
}

impl Settings<dyn Task> for EvidenceAccumulation {
    const NAME: &'static str = "evidence-accumulation";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        let cues = r.count("cues", self.cues, 1, 10_000)?;
        if self.label == Label::Majority && cues.is_multiple_of(2) {
            let message = format!("{cues} cues can be equal on both sides; give an odd number, or `label: side`");
            return Err(SettingError::new("cues", message));
        }
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let (gap, cue) = (r.steps("gap", &self.gap)?, r.some_steps("cue", &self.cue)?);
        let phases = phases(&[
            ("cues", cues * (gap + cue)),
            ("delay", r.steps("delay", &self.delay)?),
            ("recall", r.some_steps("recall", &self.recall)?),
        ]);
        let cue_hz = r.hz("cue_rate", &self.cue_rate)?;
        let recall_hz = r.hz("recall_rate", &self.recall_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        let groups = groups(&["left", "right", "recall", "noise"].map(|name| (name, channels)));
        let unit = ("left minus right cues", "");
        let shape = TaskShape::choice(r.dt_ms(), groups, phases, ["right", "left"], 0.5, unit);
        let p = r.within("p", self.p, 0.0, 1.0)?;
        Ok(Box::new(Built { shape, cues, gap, cue, cue_hz, recall_hz, noise_hz, p, label: self.label }))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        EvidenceAccumulation::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let side = stream.bernoulli(0.5);
        let left: Vec<bool> = (0..self.cues).map(|_| stream.bernoulli(self.p) == side).collect();
        let lefts = left.iter().filter(|&&l| l).count();
        let class = match self.label {
            Label::Majority => 2 * lefts > self.cues,
            Label::Side => side,
        };
        let mut trial = Trial::new(Target::Class(class.into()), 2.0 * lefts as f64 - self.cues as f64, "");
        for (k, &left) in left.iter().enumerate() {
            let start = k * (self.gap + self.cue) + self.gap;
            let group = self.shape.group(if left { "left" } else { "right" });
            trial.show(&group, start..start + self.cue, self.cue_hz);
        }
        trial.respond(&self.shape, self.recall_hz, self.noise_hz);
        trial
    }
}
