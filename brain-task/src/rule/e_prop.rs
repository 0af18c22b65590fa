//! This rule, e-prop, is D-RTRL whose errors come back to the neurons by weights of their own.

use super::{FeedbackWeights, Form, LearningRule, Online, Recurrent, both_forms, horizon};
use brain_core::family::{SettingError, Settings, SettingsReader};
use kernels::network::online::{self, OnlineRule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Eligibility propagation (Bellec et al. 2020, <https://doi.org/10.1038/s41467-020-17236-y>) has these settings.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EPropSettings {
    /// Traces are carried forward with the run in the form `online`; in the form `batched` the same sums are made backwards.
    pub form: Form,
    /// Errors come back to the neurons by these weights: `symmetric` ones are the readout's own, `random` ones do not change.
    pub feedback: FeedbackWeights,
    /// In the online form a loss gives credit to the spikes of its own step alone, as in the reference code, where this is
    /// true, and else to all that the readout still remembers.
    pub instant: bool,
}

impl Settings<dyn LearningRule> for EPropSettings {
    const NAME: &'static str = "e-prop";

    fn build(&self, _: &SettingsReader) -> Result<Box<dyn LearningRule>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl LearningRule for EPropSettings {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn recurrent(&self) -> Recurrent {
        Recurrent::Cut
    }

    fn feedback(&self) -> FeedbackWeights {
        self.feedback
    }

    fn online(&self, random: Option<Vec<f64>>) -> Option<Online> {
        if self.form != Form::Online {
            return None;
        }
        let rule: Box<dyn OnlineRule> = match random {
            Some(feedback) => Box::new(online::EProp { feedback }),
            None => Box::new(online::DRtrl),
        };
        Some(Online { rule, horizon: horizon(self.instant) })
    }

    fn equal_forms(&self) -> Option<[(&'static str, Box<dyn LearningRule>); 2]> {
        (!self.instant).then(|| both_forms(|form| Self { form, ..*self }))
    }

    fn is_exact_for_readout(&self) -> bool {
        self.feedback == FeedbackWeights::Symmetric && !self.instant
    }
}
