//! A [`Registry`] has the families that a training chooses from.

use crate::rule::{LearningRule, rules};
use crate::task::{Task, tasks};
use brain_core::Family;
use brain_core::loss::{Loss, losses};

/// Configs choose from these lists. The program takes those of this workspace; a crate outside extends them and hands
/// them to the same entry points.
///
/// ```
/// use brain_core::family::{SettingError, Settings, SettingsReader};
/// use brain_task::registry::Registry;
/// use brain_task::rule::{BpttSettings, LearningRule};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Default, Serialize, Deserialize, JsonSchema)]
/// struct Mine {}
///
/// impl Settings<dyn LearningRule> for Mine {
///     const NAME: &'static str = "mine";
///     fn build(&self, reader: &SettingsReader) -> Result<Box<dyn LearningRule>, SettingError> {
///         BpttSettings::default().build(reader)
///     }
/// }
///
/// let mut registry = Registry::default();
/// registry.rules = registry.rules.with::<Mine>();
/// assert_eq!(registry.rules.names().last(), Some("mine"));
/// ```
#[derive(Clone, Debug)]
pub struct Registry {
    /// Networks are made of these parts: cells, connectomes and connection rules.
    pub network: brain_net::Registry,
    /// A config can name these tasks.
    pub tasks: Family<dyn Task>,
    /// A config can name these losses.
    pub losses: Family<dyn Loss>,
    /// A config can name these learning rules.
    pub rules: Family<dyn LearningRule>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { network: brain_net::Registry::default(), tasks: tasks(), losses: losses(), rules: rules() }
    }
}
