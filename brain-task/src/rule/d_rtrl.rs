//! This rule, D-RTRL, is real-time recurrent learning without the paths through other neurons' spikes.

use super::{Form, LearningRule, Online, Recurrent, both_forms, horizon};
use brain_core::family::{SettingError, Settings, SettingsReader};
use kernels::network::online;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// D-RTRL (Murray 2019, <https://doi.org/10.7554/eLife.43299>) has these settings.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DRtrlSettings {
    /// Traces are carried forward with the run in the form `online`; in the form `batched` the same sums are made backwards.
    pub form: Form,
    /// In the online form a loss gives credit to the spikes of its own step alone, as in the reference code, where this is
    /// true, and else to all that the readout still remembers.
    pub instant: bool,
}

impl Settings<dyn LearningRule> for DRtrlSettings {
    const NAME: &'static str = "d-rtrl";

    fn build(&self, _: &SettingsReader) -> Result<Box<dyn LearningRule>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl LearningRule for DRtrlSettings {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn recurrent(&self) -> Recurrent {
        Recurrent::Cut
    }

    fn online(&self, _: Option<Vec<f64>>) -> Option<Online> {
        let online = || Online { rule: Box::new(online::DRtrl), horizon: horizon(self.instant) };
        (self.form == Form::Online).then(online)
    }

    fn equal_forms(&self) -> Option<[(&'static str, Box<dyn LearningRule>); 2]> {
        (!self.instant).then(|| both_forms(|form| Self { form, ..*self }))
    }

    fn is_exact_for_readout(&self) -> bool {
        !self.instant
    }
}
