//! This task is a context-dependent decision: there are two kinds of evidence at once, and a context says which counts.
//!
//! Motion and colour each point left or right with a coherence `c`, drawn independently; the channels of the side fire
//! at `rate (1 + c)`, those of the other at `rate (1 - c)`. The context is shown from fixation to the end of the delay.
//! The task is that of Mante, Sussillo, Shenoy and Newsome 2013, <https://doi.org/10.1038/nature12742>.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContextDecision {
    /// Motion has one of these coherences, 0 to 1, which are all equally likely.
    pub motion: Vec<f64>,
    /// Colour has one of these coherences, 0 to 1, which are all equally likely.
    pub colour: Vec<f64>,
    /// A trial goes on for this long before the stimulus.
    pub fixation: Quantity,
    /// The stimulus is shown for this long.
    pub stimulus: Quantity,
    /// The response comes this long after the stimulus.
    pub delay: Quantity,
    /// The response lasts this long, in which the go cue is shown and the loss is taken.
    pub response: Quantity,
    /// Each of these groups has this many channels: motion left and right, colour left and right, the two contexts, go,
    /// noise.
    pub channels: usize,
    /// The channels of the evidence fire at this rate at coherence 0.
    pub rate: Quantity,
    /// The channels of the context that holds fire at this rate.
    pub context_rate: Quantity,
    /// The channels of the go cue fire at this rate.
    pub go_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
}

impl Default for ContextDecision {
    fn default() -> Self {
        Self {
            motion: vec![0.05, 0.15, 0.5],
            colour: vec![0.06, 0.18, 0.5],
            fixation: "200 ms".into(),
            stimulus: "750 ms".into(),
            delay: "300 ms".into(),
            response: "150 ms".into(),
            channels: 25,
            rate: "20 Hz".into(),
            context_rate: "40 Hz".into(),
            go_rate: "40 Hz".into(),
            noise_rate: "10 Hz".into(),
        }
    }
}

struct Built {
    shape: TaskShape,
    coherences: [Vec<f64>; 2],
    stimulus_hz: f64,
    context_hz: f64,
    go_hz: f64,
    noise_hz: f64,
}

impl Settings<dyn Task> for ContextDecision {
    const NAME: &'static str = "context-dependent-decision";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        for (key, list) in [("motion", &self.motion), ("colour", &self.colour)] {
            for (k, &c) in r.some(key, list)?.iter().enumerate() {
                r.within(&format!("{key}.{k}"), c, 1e-6, 1.0)?;
            }
        }
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let names = ["motion left", "motion right", "colour left", "colour right", "attend motion", "attend colour"];
        let names = names.into_iter().chain(["go", "noise"]);
        let groups = groups(&names.map(|name| (name, channels)).collect::<Vec<_>>());
        let phases = phases(&[
            ("fixation", r.steps("fixation", &self.fixation)?),
            ("stimulus", r.some_steps("stimulus", &self.stimulus)?),
            ("delay", r.steps("delay", &self.delay)?),
            ("response", r.some_steps("response", &self.response)?),
        ]);
        let stimulus_hz = r.hz("rate", &self.rate)?;
        let context_hz = r.hz("context_rate", &self.context_rate)?;
        let go_hz = r.hz("go_rate", &self.go_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        // With the strongest evidence a channel still spikes at most once a step.
        let most = self.motion.iter().chain(&self.colour).fold(0.0, |a: f64, &c| a.max(c));
        r.hz("rate", &Quantity::Number(stimulus_hz * (1.0 + most)))?;
        let unit = ("attended coherence, left positive", "");
        let shape = TaskShape::choice(r.dt_ms(), groups, phases, ["right", "left"], 0.5, unit);
        Ok(Box::new(Built {
            shape,
            coherences: [self.motion.clone(), self.colour.clone()],
            stimulus_hz,
            context_hz,
            go_hz,
            noise_hz,
        }))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        ContextDecision::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let context = usize::from(stream.bernoulli(0.5));
        let signed = [0, 1].map(|k| {
            let c = self.coherences[k][stream.below(self.coherences[k].len() as u64) as usize];
            if stream.bernoulli(0.5) { c } else { -c }
        });
        let congruent = (signed[0] > 0.0) == (signed[1] > 0.0);
        let condition = match (context, congruent) {
            (0, true) => "motion, congruent",
            (0, false) => "motion, incongruent",
            (_, true) => "colour, congruent",
            (_, false) => "colour, incongruent",
        };
        let left = signed[context] > 0.0;
        let mut trial = Trial::new(Target::Class(left.into()), signed[context], condition);
        for (k, c) in signed.into_iter().enumerate() {
            for (side, c) in [(0, c), (1, -c)] {
                let group = &self.shape.groups[2 * k + side].range;
                trial.show(group, self.shape.phase("stimulus"), self.stimulus_hz * (1.0 + c));
            }
        }
        let until = self.shape.phase("response").start;
        trial.show(&self.shape.groups[4 + context].range, 0..until, self.context_hz);
        trial.respond(&self.shape, self.go_hz, self.noise_hz);
        trial
    }
}
