//! The list of fit strategies, and what a program knows of models, strategies, losses and optimisers.

use super::FitConfig;
use super::config::ranges::repeated;
use super::strategies::STRATEGIES;
use super::strategy::{Strategy, Subject};
use crate::objective::{RunObjective, objectives};
use brain_core::config::{Config, ConfigError};
use brain_core::loss::{Loss, losses};
use brain_core::optim::search::{Optimiser, optimisers};
use brain_core::{Family, Models};

/// The models that `auto` compares: from one time constant and a constant threshold to after-spike currents and a moving
/// threshold. Each is fitted to a cell under step currents in seconds, whatever the cell.
pub static AUTOMATIC: &[&str] = &["lif", "glif3", "glif5", "gif"];

/// The name in place of which the models of [`Registry::automatic`] stand.
pub const AUTO: &str = "auto";

/// The models, strategies, losses, objectives and optimisers that a program knows: what can be fitted, and how.
///
/// A crate outside this workspace adds its own and hands the registry to
/// [`Cli::execute_with`](crate::commands::Cli::execute_with).
#[derive(Clone)]
pub struct Registry {
    /// The models, by name.
    pub models: Models,
    /// The strategies in the order in which they are tried.
    pub strategies: Vec<&'static dyn Strategy>,
    /// The names of the models that `auto` compares.
    pub automatic: Vec<&'static str>,
    /// The losses, by name.
    pub losses: Family<dyn Loss>,
    /// The objectives of free runs, by name.
    pub objectives: Family<dyn RunObjective>,
    /// The optimisers, by name.
    pub optimisers: Family<dyn Optimiser>,
}

impl Default for Registry {
    fn default() -> Self {
        let (models, strategies) = (Models::default(), STRATEGIES.to_vec());
        Self {
            models,
            strategies,
            automatic: AUTOMATIC.to_vec(),
            losses: losses(),
            objectives: objectives(),
            optimisers: optimisers(),
        }
    }
}

impl Registry {
    /// Finds the first strategy that suits a model.
    pub fn strategy_for(&self, subject: &Subject) -> Option<&'static dyn Strategy> {
        self.strategies.iter().copied().find(|strategy| strategy.suits(subject))
    }

    /// Gives the names of the models that a config asks for, of which there is at least one.
    ///
    /// # Errors
    /// It fails if there is no model of a name, or if one is named twice.
    pub fn asked_for(&self, config: &Config<FitConfig>) -> Result<Vec<String>, ConfigError> {
        let asked = config.value.model.split(',').map(str::trim);
        let all = |name| if name == AUTO { self.automatic.clone() } else { vec![name] };
        let names: Vec<String> = asked.flat_map(all).map(str::to_owned).collect();
        let known: Vec<&str> =
            self.models.iter().filter(|m| !m.follows_recording()).map(|m| m.cell().name).chain([AUTO]).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(config.unknown("model", name, known));
        }
        match repeated(&names) {
            Some(name) => Err(config.error("model", format!("`{name}` is named twice; name it once"))),
            None => Ok(names),
        }
    }
}
