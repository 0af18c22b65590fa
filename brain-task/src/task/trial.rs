//! A [`Trial`] is what is shown in one trial, and the answer.

use super::TaskShape;
use std::ops::Range;

/// Channels that fire at one rate for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The channels that fire.
    pub channels: Range<usize>,
    /// The steps in which they fire.
    pub steps: Range<usize>,
    /// The rate of each channel, Hz.
    pub hz: f64,
}

/// A moment that differs between trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The name of what happens.
    pub name: &'static str,
    /// The step at whose start it happens.
    pub step: usize,
}

/// The right answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The output of this number should be the largest.
    Class(usize),
    /// The outputs should have these values, `[window, output]`.
    Values(Vec<f32>),
}

/// One trial: what is shown, and what should be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The rates of channels. No channel is in two stretches at once; it is silent where it is in none.
    pub input: Vec<Stretch>,
    /// The right answer.
    pub target: Target,
    /// The evidence, and the answer that it speaks for; see [`TaskShape::psychometric`].
    pub psychometric: f64,
    /// The kind of trial, where a task has several.
    pub condition: &'static str,
    /// The moments that are not the start of a phase.
    pub events: Vec<Event>,
}

impl Trial {
    /// Makes a trial in which nothing is shown yet.
    pub fn new(target: Target, psychometric: f64, condition: &'static str) -> Self {
        Self { input: vec![], target, psychometric, condition, events: vec![] }
    }

    /// Adds a stretch, unless it is silent or empty.
    pub fn show(&mut self, channels: &Range<usize>, steps: Range<usize>, hz: f64) {
        if !channels.is_empty() && !steps.is_empty() && hz > 0.0 {
            self.input.push(Stretch { channels: channels.clone(), steps, hz });
        }
    }

    /// Adds what all choices have: the cue, which is the group before the last, in the last phase, and noise, which is
    /// the last group, at all times.
    pub fn respond(&mut self, shape: &TaskShape, cue_hz: f64, noise_hz: f64) {
        if let [.., cue, noise] = &shape.groups[..] {
            self.show(&cue.range, shape.window.clone(), cue_hz);
            self.show(&noise.range, 0..shape.steps, noise_hz);
        }
    }
}
