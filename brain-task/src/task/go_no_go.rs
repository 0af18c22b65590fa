//! This task is go/no-go with a memory: the network acts or withholds, as a stimulus a delay ago said.
//!
//! The stimulus is a mixture of go and no-go evidence of strength `s`: one group fires at `rate (1 + s) / 2`, the other
//! at `rate (1 - s) / 2`. The task is that of Goard, Pho, Woodson and Sur 2016, <https://doi.org/10.7554/eLife.13764>.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GoNoGo {
    /// The evidence has one of these strengths, 0 to 1, which are all equally likely.
    pub strengths: Vec<f64>,
    /// A trial is a go trial with this probability.
    pub p_go: f64,
    /// A trial goes on for this long before the stimulus.
    pub fixation: Quantity,
    /// The stimulus is shown for this long.
    pub stimulus: Quantity,
    /// The response comes this long after the stimulus.
    pub delay: Quantity,
    /// The response lasts this long, in which the cue to act or not is shown and the loss is taken.
    pub response: Quantity,
    /// Each of these groups has this many channels: go, no-go, cue, noise.
    pub channels: usize,
    /// A go and a no-go channel have this rate together.
    pub rate: Quantity,
    /// The channels of the cue to respond fire at this rate.
    pub cue_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
}

impl Default for GoNoGo {
    fn default() -> Self {
        Self {
            strengths: vec![0.25, 0.5, 1.0],
            p_go: 0.5,
            fixation: "100 ms".into(),
            stimulus: "500 ms".into(),
            delay: "1000 ms".into(),
            response: "150 ms".into(),
            channels: 25,
            rate: "40 Hz".into(),
            cue_rate: "40 Hz".into(),
            noise_rate: "10 Hz".into(),
        }
    }
}

struct Built {
    shape: TaskShape,
    strengths: Vec<f64>,
    p_go: f64,
    stimulus_hz: f64,
    cue_hz: f64,
    noise_hz: f64,
}

impl Settings<dyn Task> for GoNoGo {
    const NAME: &'static str = "go-no-go";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        for (k, &s) in r.some("strengths", &self.strengths)?.iter().enumerate() {
            r.within(&format!("strengths.{k}"), s, 1e-6, 1.0)?;
        }
        let p_go = r.within("p_go", self.p_go, 0.0, 1.0)?;
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let groups = groups(&["go", "no-go", "cue", "noise"].map(|name| (name, channels)));
        let phases = phases(&[
            ("fixation", r.steps("fixation", &self.fixation)?),
            ("stimulus", r.some_steps("stimulus", &self.stimulus)?),
            ("delay", r.steps("delay", &self.delay)?),
            ("response", r.some_steps("response", &self.response)?),
        ]);
        let stimulus_hz = r.hz("rate", &self.rate)?;
        let cue_hz = r.hz("cue_rate", &self.cue_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        let unit = ("strength of the evidence, go positive", "");
        let shape = TaskShape::choice(r.dt_ms(), groups, phases, ["no-go", "go"], p_go.max(1.0 - p_go), unit);
        Ok(Box::new(Built { shape, strengths: self.strengths.clone(), p_go, stimulus_hz, cue_hz, noise_hz }))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        GoNoGo::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let go = stream.bernoulli(self.p_go);
        let s = self.strengths[stream.below(self.strengths.len() as u64) as usize] * if go { 1.0 } else { -1.0 };
        let mut trial = Trial::new(Target::Class(go.into()), s, if go { "go" } else { "no-go" });
        for (group, s) in [("go", s), ("no-go", -s)] {
            trial.show(&self.shape.group(group), self.shape.phase("stimulus"), self.stimulus_hz * (1.0 + s) / 2.0);
        }
        trial.respond(&self.shape, self.cue_hz, self.noise_hz);
        trial
    }
}
