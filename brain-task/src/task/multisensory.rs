//! This task is multi-sensory integration: were flashes, clicks or both more frequent than a boundary?
//!
//! A stimulus has `n` events, one of `events`, all equally likely; each fills a slot of its own, drawn at random among
//! the slots of length `slot` of the stimulus, and lasts `event` from the start of the slot. With both senses the number
//! is the same and the slots are drawn apart. The answer is whether `n` exceeds `boundary`. The task is that of Raposo,
//! Kaufman and Churchland 2014, <https://doi.org/10.1038/nn.3865>.

use super::shape::{groups, phases};
use super::*;
use brain_core::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const SENSES: [&str; 3] = ["visual", "auditory", "both"];

/// The task has these settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Multisensory {
    /// A stimulus has one of these numbers of events, which are all equally likely.
    pub events: Vec<usize>,
    /// This number divides the two answers; it is none of `events`.
    pub boundary: f64,
    /// A slot lasts this long.
    pub slot: Quantity,
    /// An event lasts this long, which is at most as long as a slot.
    pub event: Quantity,
    /// A trial goes on for this long before the stimulus.
    pub fixation: Quantity,
    /// The stimulus is shown for this long, which is a whole number of slots.
    pub stimulus: Quantity,
    /// The response comes this long after the stimulus.
    pub delay: Quantity,
    /// The response lasts this long, in which the go cue is shown and the loss is taken.
    pub response: Quantity,
    /// Each of these groups has this many channels: visual, auditory, go, noise.
    pub channels: usize,
    /// Channels fire at this rate during an event.
    pub event_rate: Quantity,
    /// The channels of the go cue fire at this rate.
    pub go_rate: Quantity,
    /// The noise channels fire at this rate at all times.
    pub noise_rate: Quantity,
}

impl Default for Multisensory {
    fn default() -> Self {
        Self {
            events: vec![5, 7, 9, 11, 14, 16, 18, 20],
            boundary: 12.5,
            slot: "40 ms".into(),
            event: "20 ms".into(),
            fixation: "100 ms".into(),
            stimulus: "1000 ms".into(),
            delay: "300 ms".into(),
            response: "150 ms".into(),
            channels: 25,
            event_rate: "80 Hz".into(),
            go_rate: "40 Hz".into(),
            noise_rate: "10 Hz".into(),
        }
    }
}

struct Built {
    shape: TaskShape,
    events: Vec<usize>,
    boundary: f64,
    slot: usize,
    event: usize,
    event_hz: f64,
    go_hz: f64,
    noise_hz: f64,
}

impl Settings<dyn Task> for Multisensory {
    const NAME: &'static str = "multisensory-integration";

    fn build(&self, r: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        let (slot, event) = (r.some_steps("slot", &self.slot)?, r.some_steps("event", &self.event)?);
        if event > slot {
            return Err(SettingError::new("event", "an event is longer than its slot; shorten it, or lengthen `slot`"));
        }
        let stimulus = r.some_steps("stimulus", &self.stimulus)?;
        if !stimulus.is_multiple_of(slot) {
            let message = format!("must be a whole number of slots of {} ms", slot as f64 * r.dt_ms());
            return Err(SettingError::new("stimulus", message));
        }
        for (k, &n) in r.some("events", &self.events)?.iter().enumerate() {
            r.count(&format!("events.{k}"), n, 0, stimulus / slot)?;
            if n as f64 == self.boundary {
                let message = format!("{n} is the boundary itself, so there is no right answer; move `boundary`");
                return Err(SettingError::new(&format!("events.{k}"), message));
            }
        }
        let boundary = r.within("boundary", self.boundary, 0.0, 1e9)?;
        let channels = r.count("channels", self.channels, 1, 10_000)?;
        let groups = groups(&["visual", "auditory", "go", "noise"].map(|name| (name, channels)));
        let phases = phases(&[
            ("fixation", r.steps("fixation", &self.fixation)?),
            ("stimulus", stimulus),
            ("delay", r.steps("delay", &self.delay)?),
            ("response", r.some_steps("response", &self.response)?),
        ]);
        let event_hz = r.hz("event_rate", &self.event_rate)?;
        let go_hz = r.hz("go_rate", &self.go_rate)?;
        let noise_hz = r.hz("noise_rate", &self.noise_rate)?;
        let high = self.events.iter().filter(|&&n| n as f64 > boundary).count() as f64 / self.events.len() as f64;
        let unit = ("events above the boundary", "");
        let shape = TaskShape::choice(r.dt_ms(), groups, phases, ["few", "many"], high.max(1.0 - high), unit);
        Ok(Box::new(Built { shape, events: self.events.clone(), boundary, slot, event, event_hz, go_hz, noise_hz }))
    }
}

impl Task for Built {
    fn name(&self) -> &'static str {
        Multisensory::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let n = self.events[stream.below(self.events.len() as u64) as usize];
        let senses = stream.below(3) as usize;
        let excess = n as f64 - self.boundary;
        let mut trial = Trial::new(Target::Class((excess > 0.0).into()), excess, SENSES[senses]);
        let stimulus = self.shape.phase("stimulus");
        let mut slots: Vec<usize> = (0..stimulus.len() / self.slot).collect();
        for (k, sense) in SENSES[..2].iter().enumerate() {
            if senses == 1 - k {
                continue;
            }
            stream.shuffle(&mut slots);
            for slot in &slots[..n] {
                let start = stimulus.start + slot * self.slot;
                trial.show(&self.shape.group(sense), start..start + self.event, self.event_hz);
            }
        }
        trial.respond(&self.shape, self.go_hz, self.noise_hz);
        trial
    }
}
