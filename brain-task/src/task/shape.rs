//! What all trials of a task have in common.

use std::ops::Range;

/// A group of input channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels {
    /// What it stands for.
    pub name: &'static str,
    /// Which channels.
    pub range: Range<usize>,
}

/// A part of every trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: &'static str,
    /// Its steps.
    pub steps: Range<usize>,
}

/// What the network's outputs are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// One output for each class; cross-entropy with the trial's class at every step of the window.
    Classes(Vec<&'static str>),
    /// Outputs with a value at every step of the window; mean square error.
    Values(Vec<&'static str>),
}

impl Goal {
    /// Names of the outputs.
    pub fn outputs(&self) -> &[&'static str] {
        match self {
            Self::Classes(names) | Self::Values(names) => names,
        }
    }
}

/// Length, channels, phases and goal of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Steps of a trial.
    pub steps: usize,
    /// Length of a step, ms.
    pub dt_ms: f64,
    /// Groups of input channels, one after the other.
    pub groups: Vec<Channels>,
    /// Parts of a trial, one after the other.
    pub phases: Vec<Phase>,
    /// Steps in which the outputs are compared with the goal.
    pub window: Range<usize>,
    /// What they are compared with.
    pub goal: Goal,
    /// Fraction of trials that the best answer independent of the input gets right.
    pub chance: f64,
    /// What [`Trial::psychometric`](super::Trial::psychometric) measures, and its unit.
    pub psychometric: (&'static str, &'static str),
}

impl Shape {
    /// Of a choice between classes in the last phase.
    pub(super) fn choice(
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

    /// Number of input channels.
    pub fn channels(&self) -> usize {
        self.groups.last().map_or(0, |g| g.range.end)
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.goal.outputs().len()
    }

    /// The steps of a phase; none if it has no such phase.
    pub fn phase(&self, name: &str) -> Range<usize> {
        self.phases.iter().find(|p| p.name == name).map_or(0..0, |p| p.steps.clone())
    }

    /// The channels of a group; none if it has no such group.
    pub fn group(&self, name: &str) -> Range<usize> {
        self.groups.iter().find(|g| g.name == name).map_or(0..0, |g| g.range.clone())
    }
}

/// Groups of channels, one after the other.
pub(super) fn groups(sizes: &[(&'static str, usize)]) -> Vec<Channels> {
    let ranges = follow(sizes);
    ranges.into_iter().map(|(name, range)| Channels { name, range }).collect()
}

/// Phases, one after the other.
pub(super) fn phases(steps: &[(&'static str, usize)]) -> Vec<Phase> {
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
