//! The coincidence factor and the number of spikes.

use super::{Answer, RunObjective};
use crate::score::{COINCIDENCE_MS, gamma_factor};
use brain_core::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `1 - Gamma + w ln((n_model + 1) / (n_data + 1))^2`, with a mean of the coincidence factor
/// ([`gamma_factor`](crate::score::gamma_factor)) over some precisions: the finer ones reward spikes that are near, the
/// coarser ones show the way there.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Coincidence {
    /// Two spikes coincide within each of these times, ms.
    pub precisions: Vec<f64>,
    /// Weight of the numbers of spikes.
    pub count_weight: f64,
}

impl Default for Coincidence {
    fn default() -> Self {
        Self { precisions: [0.5, 1.0, 2.0].map(|part| part * COINCIDENCE_MS).to_vec(), count_weight: 1.0 }
    }
}

impl Settings<dyn RunObjective> for Coincidence {
    const NAME: &'static str = "coincidence";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn RunObjective>, SettingError> {
        for &x in reader.some("precisions", &self.precisions)? {
            reader.within("precisions", x, f64::MIN_POSITIVE, 1e6)?;
        }
        reader.within("count_weight", self.count_weight, 0.0, 1e6)?;
        Ok(Box::new(self.clone()))
    }
}

impl RunObjective for Coincidence {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn value(&self, recorded: &Answer, model: &Answer) -> f64 {
        let (s, t) = (recorded.spikes_ms, model.spikes_ms);
        if s.is_empty() && t.is_empty() {
            return 0.0;
        }
        // A model that fires so fast that chance alone matches everything is as bad as can be.
        let gamma = |&precision: &f64| gamma_factor(s, t, recorded.duration_ms(), precision).unwrap_or(-1.0);
        let gamma = self.precisions.iter().map(gamma).sum::<f64>() / self.precisions.len() as f64;
        let ratio = ((t.len() as f64 + 1.0) / (s.len() as f64 + 1.0)).ln();
        1.0 - gamma + self.count_weight * ratio * ratio
    }

    fn no_gradient(&self) -> Option<String> {
        Some("it counts spikes, and counts change in steps".into())
    }
}
