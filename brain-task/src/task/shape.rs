//! A [`TaskShape`] is what all trials of a task have in common.

use brain_core::loss::TargetKind;
use std::ops::Range;

/// Input channels of one meaning are a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels {
    /// The group means this.
    pub name: &'static str,
    /// These channels belong to it.
    pub range: Range<usize>,
}

/// A phase is a part of every trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The phase has this name.
    pub name: &'static str,
    /// It takes these steps.
    pub steps: Range<usize>,
}

/// The network's outputs are compared with this goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// There is one output for each class; the output of the trial's class should be the largest at every step of the
    /// window.
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

/// All trials of a task have this in common: length, channels, phases and goal.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskShape {
    /// A trial has this many steps.
    pub steps: usize,
    /// A step is this long, ms.
    pub dt_ms: f64,
    /// The input channels are in these groups, which follow one another.
    pub groups: Vec<Channels>,
    /// A trial has these parts, which follow one another.
    pub phases: Vec<Phase>,
    /// The outputs are compared with the goal in these steps.
    pub window: Range<usize>,
    /// The outputs are compared with this goal.
    pub goal: Goal,
    /// Chance is the share of trials that the best answer without regard of the input gets right.
    pub chance: f64,
    /// [`Trial::psychometric`](super::Trial::psychometric) measures what has this name and this unit.
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
