//! This module adds the members of this crate to the lists of the workspace, one line each.

use crate::{DifferentialEvolution, LogCosh, MagnitudeEstimation, Rflo, SmallWorld, cells};
use brain_core::Models;
use brain_net::rule::RuleEntry;

/// Returns the models that can be fitted, the strategies that fit them, and the losses that these take.
pub fn fit() -> brain_fit::fit::Registry {
    let mut registry = brain_fit::fit::Registry { models: Models::of(&cells()), ..brain_fit::fit::Registry::default() };
    registry.strategies.push(&DifferentialEvolution);
    registry.losses = registry.losses.with::<LogCosh>();
    registry
}

/// Returns the cells and connection rules that networks are made of.
pub fn net() -> brain_net::Registry {
    let mut registry = brain_net::Registry { cells: cells(), ..brain_net::Registry::default() };
    registry.rules.push(RuleEntry::of::<SmallWorld>());
    registry
}

/// Returns the networks, tasks, losses and learning rules that trainings choose from.
pub fn task() -> brain_task::Registry {
    let mut registry = brain_task::Registry { network: net(), ..brain_task::Registry::default() };
    registry.tasks = registry.tasks.with::<MagnitudeEstimation>();
    registry.losses = registry.losses.with::<LogCosh>();
    registry.rules = registry.rules.with::<Rflo>();
    registry
}
