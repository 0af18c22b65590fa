//! This task is the delayed match to sample: is the test the same item as the sample that was shown a delay ago?
//!
//! The items are equally likely as samples; the test is the sample with probability `p_match`, else one of the others.
//! The task is that of Miller, Erickson and Desimone 1996, <https://doi.org/10.1523/JNEUROSCI.16-16-05154.1996>.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const ITEMS: [&str; 8] = ["item A", "item B", "item C", "item D", "item E", "item F", "item G", "item H"];

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DelayedMatch {
    /// There are this many items, 2 to 8; each has channels of its own.
    pub items: usize,
    /// The test is the sample with this probability.
    pub p_match: f64,
    /// A trial goes on for this long before the sample.
    pub fixation: Quantity,
    /// The sample is shown for this long.
    pub sample: Quantity,
    /// The test comes this long after the sample.
    pub delay: Quantity,
    /// The test is shown for this long.
    pub test: Quantity,
    /// The response lasts this long, in which the go cue is shown and the loss is taken.
    pub response: Quantity,
    /// Each of these groups has this many channels: the items, go, noise.
    pub channels: usize,
    /// The channels of the item that is shown fire at this rate.
    pub item_rate: Quantity,
    /// The channels of the go cue fire at this rate.
    pub go_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
}

impl Default for DelayedMatch {
    fn default() -> Self {
        Self {
            items: 2,
            p_match: 0.5,
            fixation: "100 ms".into(),
            sample: "400 ms".into(),
            delay: "1000 ms".into(),
            test: "400 ms".into(),
            response: "150 ms".into(),
            channels: 25,
            item_rate: "40 Hz".into(),
            go_rate: "40 Hz".into(),
            noise_rate: "10 Hz".into(),
        }
    }
}

struct Built {
    shape: TaskShape,
    items: usize,
    p_match: f64,
    item_hz: f64,
    go_hz: f64,
    noise_hz: f64,
}

impl Settings<dyn Task> for DelayedMatch {
    const NAME: &'static str = "delayed-match-to-sample";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        let items = r.count("items", self.items, 2, ITEMS.len())?;
        let p_match = r.within("p_match", self.p_match, 0.0, 1.0)?;
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let names = ITEMS[..items].iter().chain(&["go", "noise"]);
        let groups = groups(&names.map(|&name| (name, channels)).collect::<Vec<_>>());
        let phases = phases(&[
            ("fixation", r.steps("fixation", &self.fixation)?),
            ("sample", r.some_steps("sample", &self.sample)?),
            ("delay", r.steps("delay", &self.delay)?),
            ("test", r.some_steps("test", &self.test)?),
            ("response", r.some_steps("response", &self.response)?),
        ]);
        let item_hz = r.hz("item_rate", &self.item_rate)?;
        let go_hz = r.hz("go_rate", &self.go_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        let (classes, chance) = (["non-match", "match"], p_match.max(1.0 - p_match));
        let unit = ("test is the sample (1) or not (−1)", "");
        Ok(Box::new(Built {
            shape: TaskShape::choice(r.dt_ms(), groups, phases, classes, chance, unit),
            items,
            p_match,
            item_hz,
            go_hz,
            noise_hz,
        }))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        DelayedMatch::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let same = stream.bernoulli(self.p_match);
        let sample = stream.below(self.items as u64) as usize;
        let other = (sample + 1 + stream.below(self.items as u64 - 1) as usize) % self.items;
        let (signed, condition) = if same { (1.0, "match") } else { (-1.0, "non-match") };
        let mut trial = Trial::new(Target::Class(same.into()), signed, condition);
        for (item, phase) in [(sample, "sample"), (if same { sample } else { other }, "test")] {
            trial.show(&self.shape.groups[item].range, self.shape.phase(phase), self.item_hz);
        }
        trial.respond(&self.shape, self.go_hz, self.noise_hz);
        trial
    }
}
