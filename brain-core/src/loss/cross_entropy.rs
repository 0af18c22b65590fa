//! This loss is the cross-entropy of classes.

use super::{Loss, StepLoss, StepTarget, TargetKind, Targets};
use crate::family::{SettingError, Settings, SettingsReader};
use candle_core::{D, Result, Tensor};
use candle_nn::ops::log_softmax;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The loss is the mean over steps and trials of `-log softmax(y)[class]`; it has no settings.
///
/// The softmax joins the outputs, so there is no loss of each neuron. The gradient w.r.t. output `k` at one step of one
/// trial is `softmax(y)[k] - (1 if k is the class, else 0)`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CrossEntropy {}

impl Settings<dyn Loss> for CrossEntropy {
    const NAME: &'static str = "cross-entropy";

    fn build(&self, _: &SettingsReader) -> std::result::Result<Box<dyn Loss>, SettingError> {
        Ok(Box::new(*self))
    }
}

impl Loss for CrossEntropy {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Classes
    }

    fn value(&self, outputs: &Tensor, targets: &Targets) -> Result<Tensor> {
        let (steps, batch, _) = outputs.dims3()?;
        let index = targets.classes(self.name(), batch)?.reshape((1, batch, 1))?;
        let index = index.broadcast_as((steps, batch, 1))?.contiguous()?;
        log_softmax(outputs, D::Minus1)?.gather(&index, 2)?.mean_all()?.neg()
    }

    fn per_step(&self) -> Option<&dyn StepLoss> {
        Some(self)
    }
}

impl StepLoss for CrossEntropy {
    fn step(&self, outputs: &[f64], target: StepTarget, gradient: &mut [f64]) -> f64 {
        let StepTarget::Class(class) = target else { return 0.0 };
        // The largest output is subtracted, so that no exponential overflows.
        let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = outputs.iter().map(|y| (y - most).exp()).sum();
        for (k, (g, y)) in gradient.iter_mut().zip(outputs).enumerate() {
            let p = (y - most).exp() / sum;
            *g = p - if k == class { 1.0 } else { 0.0 };
        }
        sum.ln() + most - outputs[class]
    }
}
