//! This loss is the mean of `ln cosh(y - target)`, which grows with the square of small errors and linearly with large
//! ones.

use brain_core::family::{SettingError, Settings, SettingsReader};
use brain_core::loss::{Loss, StepLoss, StepTarget, TargetKind, Targets};
use candle_core::{Result, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// The loss is the mean over steps, trials and outputs of `ln cosh(y - target)`; it has no settings.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogCosh {}

impl Settings<dyn Loss> for LogCosh {
    const NAME: &'static str = "log-cosh";

    fn build(&self, _: &SettingsReader) -> std::result::Result<Box<dyn Loss>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl Loss for LogCosh {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, outputs: &Tensor, targets: &Targets) -> Result<Tensor> {
        // `|x| + ln(1 + exp(-2 |x|)) - ln 2` is the same, and finite for any error.
        let away = outputs.broadcast_sub(targets.values(self.name(), outputs)?)?.abs()?;
        let bend = away.affine(-2.0, 0.0)?.exp()?.affine(1.0, 1.0)?.log()?;
        (away + bend)?.affine(1.0, -LN_2)?.mean_all()
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(self)
    }
}

impl StepLoss for LogCosh {
    fn step(&self, outputs: &[f64], target: StepTarget, gradient: &mut [f64]) -> f64 {
        let StepTarget::Values(values) = target else { return 0.0 };
        let (mut sum, count) = (0.0, outputs.len() as f64);
        for ((g, y), value) in gradient.iter_mut().zip(outputs).zip(values) {
            let away = y - value;
            *g = away.tanh() / count;
            sum += away.abs() + (-2.0 * away.abs()).exp().ln_1p() - LN_2;
        }
        sum / count
    }
}
