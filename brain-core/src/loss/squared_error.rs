//! This loss is the mean squared error.

use super::{
    Loss, StepLoss, StepTarget, TargetKind, Targets,
    operations::{like, mean, where_given},
};
use crate::family::{SettingError, Settings, SettingsReader};
use candle_core::{Result, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The loss is the mean over steps, trials and outputs of `(y - target)^2`; it has no settings.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SquaredError {}

impl Settings<dyn Loss> for SquaredError {
    const NAME: &'static str = "squared-error";

    fn build(&self, _: &SettingsReader) -> std::result::Result<Box<dyn Loss>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl Loss for SquaredError {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, outputs: &Tensor, targets: &Targets) -> Result<Tensor> {
        outputs.broadcast_sub(targets.values(self.name(), outputs)?)?.sqr()?.mean_all()
    }

    fn per_neuron(&self, traces: &Tensor, targets: &Targets, mask: Option<&Tensor>) -> Result<Tensor> {
        mse(traces, targets.values(self.name(), traces)?, mask)
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(self)
    }

    fn is_squared_error(&self) -> bool {
        true
    }
}

impl StepLoss for SquaredError {
    fn step(&self, outputs: &[f64], target: StepTarget, gradient: &mut [f64]) -> f64 {
        let StepTarget::Values(values) = target else { return 0.0 };
        let (mut sum, count) = (0.0, outputs.len() as f64);
        for ((g, y), target) in gradient.iter_mut().zip(outputs).zip(values) {
            let away = y - target;
            *g = 2.0 * away / count;
            sum += away * away;
        }
        sum / count
    }
}

/// Computes the mean squared difference where the mask is not zero, `[neuron]`, in the trace's unit squared:
///
/// ```text
/// sum_tb m (y - target)^2 / sum_tb m
/// ```
///
/// The mask `m` is one everywhere if there is none; it may be any weight. The target has no effect where the mask is
/// zero, even if it is not a number. A neuron without any weight has loss zero.
pub fn mse(trace: &Tensor, target: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let away = trace.sub(&like("mse", "target", target, trace)?)?;
    let Some(mask) = mask else { return mean(&away.sqr()?, None) };
    let mask = like("mse", "mask", mask, trace)?;
    mean(&where_given(&mask, &away)?.sqr()?, Some(&mask))
}
