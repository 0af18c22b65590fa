//! A [`Trial`] is what is shown in one trial, and the answer.

use super::TaskShape;
use std::ops::Range;

/// In a stretch, channels fire at one rate for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// These channels fire.
    pub channels: Range<usize>,
    /// They fire in these steps.
    pub steps: Range<usize>,
    /// Each channel fires at this rate, Hz.
    pub hz: f64,
}

/// An event is a moment that differs between trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happens has this name.
    pub name: &'static str,
    /// It happens at the start of this step.
    pub step: usize,
}

/// A trial has this right answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The output of this number should be the largest.
    Class(usize),
    /// The outputs should have these values, `[window, output]`.
    Values(Vec<f32>),
}

/// A trial says what is shown, and what should be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Channels fire at these rates. No channel is in two stretches at once; it is silent where it is in none.
    pub input: Vec<Stretch>,
    /// This answer is right.
    pub target: Target,
    /// This is the evidence, and the answer that it speaks for; [`TaskShape::psychometric`] names it.
    pub psychometric: f64,
    /// The trial is of this kind, where a task has several; it is empty where it has one.
    pub condition: &'static str,
    /// These moments are not the start of a phase.
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
