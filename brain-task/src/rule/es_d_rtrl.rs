//! This rule, ES-D-RTRL or pp-prop, is D-RTRL with smoothed traces of neurons in place of traces of synapses.

use super::{LearningRule, Online, Recurrent, horizon};
use brain_core::family::{SettingError, Settings, SettingsReader};
use kernels::network::online::{self, Correction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// ES-D-RTRL (Wang et al. 2026, Nat. Commun. 17:1745), which always goes forward with the run, has these settings.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EsDRtrlSettings {
    /// The traces decay by this factor in each step, at least 0 and below 1.
    pub alpha: f64,
    /// The bias of the first steps is corrected as in the reference code, by `1 - (1 - alpha)^(t+1)`, where this is true, and
    /// else as is usual, by `1 - alpha^(t+1)`.
    pub reference_correction: bool,
    /// A loss gives credit to the spikes of its own step alone, as in the reference code, where this is true, and else to all
    /// that the readout still remembers.
    pub instant: bool,
}

impl Default for EsDRtrlSettings {
    fn default() -> Self {
        Self { alpha: 0.98, reference_correction: false, instant: false }
    }
}

impl Settings<dyn LearningRule> for EsDRtrlSettings {
    const NAME: &'static str = "es-d-rtrl";
    const ALIASES: &'static [&'static str] = &["pp-prop"];

    fn build(&self, _: &SettingsReader) -> Result<Box<dyn LearningRule>, SettingError> {
        match (0.0..1.0).contains(&self.alpha) {
            true => Ok(Box::new(*self)),
            false => Err(SettingError::new("alpha", format!("{} must be at least 0 and below 1", self.alpha))),
        }
    }
}

impl LearningRule for EsDRtrlSettings {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn recurrent(&self) -> Recurrent {
        Recurrent::Cut
    }

    fn online(&self, _: Option<Vec<f64>>) -> Option<Online> {
        let correction = if self.reference_correction { Correction::Reference } else { Correction::Usual };
        let rule = online::EsDRtrl { alpha: self.alpha, correction };
        Some(Online { rule: Box::new(rule), horizon: horizon(self.instant) })
    }

    fn is_exact_for_readout(&self) -> bool {
        !self.instant
    }
}
