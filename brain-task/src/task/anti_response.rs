//! This task is the anti-response from memory. The network answers towards the place of a target that was shown a delay
//! ago, or away from it, as a rule said before.
//!
//! Rule and side are drawn independently. The paradigm is reviewed by Munoz and Everling 2004,
//! <https://doi.org/10.1038/nrn1345>.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AntiResponse {
    /// The rule is to answer away from the target with this probability.
    pub p_anti: f64,
    /// A trial goes on for this long before the rule.
    pub fixation: Quantity,
    /// The rule is shown for this long; it ends before the target.
    pub rule: Quantity,
    /// The target is shown for this long.
    pub target: Quantity,
    /// The response comes this long after the target.
    pub delay: Quantity,
    /// The response lasts this long, in which the go cue is shown and the loss is taken.
    pub response: Quantity,
    /// Each of these groups has this many channels: pro, anti, left, right, go, noise.
    pub channels: usize,
    /// The channels of the rule that holds fire at this rate.
    pub rule_rate: Quantity,
    /// The channels of the target fire at this rate.
    pub target_rate: Quantity,
    /// The channels of the go cue fire at this rate.
    pub go_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
}

impl Default for AntiResponse {
    fn default() -> Self {
        Self {
            p_anti: 0.5,
            fixation: "100 ms".into(),
            rule: "300 ms".into(),
            target: "300 ms".into(),
            delay: "1000 ms".into(),
            response: "150 ms".into(),
            channels: 25,
            rule_rate: "40 Hz".into(),
            target_rate: "40 Hz".into(),
            go_rate: "40 Hz".into(),
            noise_rate: "10 Hz".into(),
        }
    }
}

struct Built {
    shape: TaskShape,
    p_anti: f64,
    rule_hz: f64,
    target_hz: f64,
    go_hz: f64,
    noise_hz: f64,
}

impl Settings<dyn Task> for AntiResponse {
    const NAME: &'static str = "anti-response";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        let p_anti = r.within("p_anti", self.p_anti, 0.0, 1.0)?;
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let groups = groups(&["pro", "anti", "left", "right", "go", "noise"].map(|name| (name, channels)));
        let phases = phases(&[
            ("fixation", r.steps("fixation", &self.fixation)?),
            ("rule", r.some_steps("rule", &self.rule)?),
            ("target", r.some_steps("target", &self.target)?),
            ("delay", r.steps("delay", &self.delay)?),
            ("response", r.some_steps("response", &self.response)?),
        ]);
        let rule_hz = r.hz("rule_rate", &self.rule_rate)?;
        let target_hz = r.hz("target_rate", &self.target_rate)?;
        let go_hz = r.hz("go_rate", &self.go_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        let unit = ("side of the target, left (1) or right (−1)", "");
        let shape = TaskShape::choice(r.dt_ms(), groups, phases, ["right", "left"], 0.5, unit);
        Ok(Box::new(Built { shape, p_anti, rule_hz, target_hz, go_hz, noise_hz }))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        AntiResponse::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let anti = stream.bernoulli(self.p_anti);
        let left = stream.bernoulli(0.5);
        let rule = if anti { "anti" } else { "pro" };
        let mut trial = Trial::new(Target::Class((left != anti).into()), if left { 1.0 } else { -1.0 }, rule);
        trial.show(&self.shape.group(rule), self.shape.phase("rule"), self.rule_hz);
        let side = self.shape.group(if left { "left" } else { "right" });
        trial.show(&side, self.shape.phase("target"), self.target_hz);
        trial.respond(&self.shape, self.go_hz, self.noise_hz);
        trial
    }
}
