//! The list of fit strategies, and what a program knows of models, strategies, losses and optimisers.

use super::strategies::{CoupledFeatures, MovingThreshold, SpikeForced, SpikeTiming, VoltageWindows};
use super::strategy::{Strategy, Subject};
use brain_core::loss::{Loss, losses};
use brain_core::optim::search::{Optimiser, optimisers};
use brain_core::{Family, Models};

/// Every strategy of this crate; a model gets the first that suits it.
pub static STRATEGIES: &[&dyn Strategy] =
    &[&MovingThreshold, &SpikeForced, &CoupledFeatures, &VoltageWindows, &SpikeTiming];

/// The models, strategies, losses and optimisers that a program knows: what can be fitted, and how.
///
/// A crate outside this workspace adds its own and hands the registry to
/// [`Cli::execute_with`](crate::commands::Cli::execute_with).
#[derive(Clone)]
pub struct Registry {
    /// The models, by name.
    pub models: Models,
    /// The strategies in the order in which they are tried.
    pub strategies: Vec<&'static dyn Strategy>,
    /// The losses, by name.
    pub losses: Family<dyn Loss>,
    /// The optimisers, by name.
    pub optimisers: Family<dyn Optimiser>,
}

impl Default for Registry {
    fn default() -> Self {
        let (models, strategies) = (Models::default(), STRATEGIES.to_vec());
        Self { models, strategies, losses: losses(), optimisers: optimisers() }
    }
}

impl Registry {
    /// Finds the first strategy that suits a model.
    pub fn strategy_for(&self, subject: &Subject) -> Option<&'static dyn Strategy> {
        self.strategies.iter().copied().find(|strategy| strategy.suits(subject))
    }
}
