//! The spike loss of the paper's code.

use super::{Answer, RunObjective};
use brain_core::family::{SettingError, Settings, SettingsReader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The loss by which the reference code of the paper compares spikes, offered so that its results can be compared with:
///
/// ```text
/// G = (N_c - 2 delta N_d r_d) / ((1 - 2 r_d delta) (N_m + N_d) / 2)
/// loss = max(0, 1 + 2 |r_d - r_m| / r_d - G)
/// ```
///
/// with `N_d` recorded spikes and `N_m` of the model, their rates `r`, 1/ms, and `N_c` recorded spikes that have one of the
/// model within `delta`. `G` is 1 where both are silent and 0 where the cell alone is; the rates of a silent cell differ by 1.
/// Counts have no derivative: its gradient is zero by construction.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PaperSpikes {
    /// Two spikes coincide within this time, ms.
    pub delta: f64,
}

impl Default for PaperSpikes {
    fn default() -> Self {
        Self { delta: 0.01 }
    }
}

impl Settings<dyn RunObjective> for PaperSpikes {
    const NAME: &'static str = "paper-spikes";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn RunObjective>, SettingError> {
        reader.within("delta", self.delta, f64::MIN_POSITIVE, 1e6)?;
        Ok(Box::new(*self))
    }
}

impl RunObjective for PaperSpikes {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn value(&self, recorded: &Answer, model: &Answer) -> f64 {
        let (data, own) = (recorded.spikes_ms, model.spikes_ms);
        let (n_d, n_m, delta) = (data.len() as f64, own.len() as f64, self.delta);
        let (r_d, r_m) = (n_d / recorded.duration_ms(), n_m / recorded.duration_ms());
        let near = |s: &&f64| own.iter().any(|t| (t - **s).abs() <= delta);
        let factor = match (data.is_empty(), own.is_empty()) {
            (true, true) => 1.0,
            (true, false) => 0.0,
            _ => {
                let coincident = data.iter().filter(near).count() as f64;
                (coincident - 2.0 * delta * n_d * r_d) / (0.5 * (1.0 - 2.0 * r_d * delta) * (n_m + n_d))
            }
        };
        let rates = match data.is_empty() {
            true => f64::from(u8::from(!own.is_empty())),
            false => 2.0 * (r_d - r_m).abs() / r_d,
        };
        (1.0 + rates - factor).max(0.0)
    }

    fn no_gradient(&self) -> Option<String> {
        Some("it counts spikes, so that its gradient is zero by construction and a gradient method stays at its starts, as in the paper's code".into())
    }
}
