//! A [`TaskShape`] is what all trials of a task have in common.

use brain_core::loss::TargetKind;
use std::ops::Range;

/// A group of input channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels {
    /// The meaning of the group.
    pub name: &'static str,
    /// The channels that belong to it.
    pub range: Range<usize>,
}

/// A part of every trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The name of the phase.
    pub name: &'static str,
    /// The steps that it takes.
    pub steps: Range<usize>,
}

/// The goal that the network's outputs are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// One output for each class; the output of the trial's class should be the largest at every step of the window.
    Classes(Vec<&'static str>),
    /// The outputs should have a value at every step of the window.
    Values(Vec<&'static str>),
}

impl Goal {
    /// Returns which targets a loss of the outputs needs.
    pub fn targets(&self) -> TargetKind {
        match self {
            Self::Classes(_) => TargetKind::Classes,
            Self::Values(_) => TargetKind::Values,
        }
    }

    /// Returns the names of the outputs.
    pub fn outputs(&self) -> &[&'static str] {
        match self {
            Self::Classes(names) | Self::Values(names) => names,
        }
    }
}

/// The properties that all trials of a task have in common: length, channels, phases and goal.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskShape {
    /// How many steps a trial has.
    pub steps: usize,
    /// How long a step is, ms.
    pub dt_ms: f64,
    /// The groups of input channels, which follow one another.
    pub groups: Vec<Channels>,
    /// The parts of a trial, which follow one another.
    pub phases: Vec<Phase>,
    /// The steps in which the outputs are compared with the goal.
    pub window: Range<usize>,
    /// The goal that the outputs are compared with.
    pub goal: Goal,
    /// The chance level: the share of trials that the best answer without regard of the input gets right.
    pub chance: f64,
    /// The name of what [`Trial::psychometric`](super::Trial::psychometric) measures, and its unit.
    pub psychometric: (&'static str, &'static str),
}

impl TaskShape {
    /// Makes the shape of a choice between classes; the answer is given in the last phase.
    pub fn choice(
        dt_ms: f64,
        groups: Vec<Channels>,
        phases: Vec<Phase>,
        classes: [&'static str; 2],
        chance: f64,
        psychometric: (&'static str, &'static str),
    ) -> Self {
        let window = phases.last().map_or(0..0, |p| p.steps.clone());
        let goal = Goal::Classes(classes.into());
        Self { steps: window.end, dt_ms, groups, phases, window, goal, chance, psychometric }
    }

    /// Returns how many input channels there are.
    pub fn channels(&self) -> usize {
        self.groups.last().map_or(0, |g| g.range.end)
    }

    /// Returns how many outputs there are.
    pub fn outputs(&self) -> usize {
        self.goal.outputs().len()
    }

    /// Returns the steps of a phase, or none if there is no such phase.
    pub fn phase(&self, name: &str) -> Range<usize> {
        self.phases.iter().find(|p| p.name == name).map_or(0..0, |p| p.steps.clone())
    }

    /// Returns the channels of a group, or none if there is no such group.
    pub fn group(&self, name: &str) -> Range<usize> {
        self.groups.iter().find(|g| g.name == name).map_or(0..0, |g| g.range.clone())
    }
}

/// Makes groups of channels of these sizes, one after the other.
pub fn groups(sizes: &[(&'static str, usize)]) -> Vec<Channels> {
    let ranges = follow(sizes);
    ranges.into_iter().map(|(name, range)| Channels { name, range }).collect()
}

/// Makes phases of these lengths in steps, one after the other.
pub fn phases(steps: &[(&'static str, usize)]) -> Vec<Phase> {
    follow(steps).into_iter().map(|(name, steps)| Phase { name, steps }).collect()
}

fn follow(sizes: &[(&'static str, usize)]) -> Vec<(&'static str, Range<usize>)> {
    let mut end = 0;
    let next = |&(name, size): &(&'static str, usize)| {
        let start = end;
        end += size;
        (name, start..end)
    };
    sizes.iter().map(next).collect()
}
