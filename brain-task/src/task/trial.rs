//! One trial: rates, and the answer.

use super::Shape;
use std::ops::Range;

/// Channels that fire at one rate for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Which.
    pub channels: Range<usize>,
    /// When.
    pub steps: Range<usize>,
    /// Rate of each, Hz.
    pub hz: f64,
}

/// A moment that differs between trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happens.
    pub name: &'static str,
    /// At the start of which step.
    pub step: usize,
}

/// The right answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Number of the output that should be the largest.
    Class(usize),
    /// `[window, output]`.
    Values(Vec<f32>),
}

/// What is shown in one trial, and what should be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Rates; no channel is in two stretches at once, and is silent where it is in none.
    pub input: Vec<Stretch>,
    /// The right answer.
    pub target: Target,
    /// How much speaks for which answer; see [`Shape::psychometric`].
    pub psychometric: f64,
    /// The kind of trial, where a task has several.
    pub condition: &'static str,
    /// Moments that are not the start of a phase.
    pub events: Vec<Event>,
}

impl Trial {
    /// A trial in which nothing is shown yet.
    pub(super) fn new(target: Target, psychometric: f64, condition: &'static str) -> Self {
        Self { input: vec![], target, psychometric, condition, events: vec![] }
    }

    /// Adds a stretch, unless it is silent or empty.
    pub(super) fn show(&mut self, channels: &Range<usize>, steps: Range<usize>, hz: f64) {
        if !channels.is_empty() && !steps.is_empty() && hz > 0.0 {
            self.input.push(Stretch { channels: channels.clone(), steps, hz });
        }
    }

    /// Adds what all choices end with: a cue, the group before the last, in the last phase, and noise, the last group,
    /// at all times.
    pub(super) fn respond(&mut self, shape: &Shape, cue_hz: f64, noise_hz: f64) {
        if let [.., cue, noise] = &shape.groups[..] {
            self.show(&cue.range, shape.window.clone(), cue_hz);
            self.show(&noise.range, 0..shape.steps, noise_hz);
        }
    }
}
