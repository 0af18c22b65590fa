//! This rule is backpropagation through time.

use super::LearningRule;
use brain_core::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rule is backpropagation through time along every synapse; it has no settings.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BpttSettings {}

impl Settings<dyn LearningRule> for BpttSettings {
    const NAME: &'static str = "bptt";

    fn build(&self, _: &SettingsReader) -> Result<Box<dyn LearningRule>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl LearningRule for BpttSettings {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn is_exact(&self) -> bool {
        true
    }
}
