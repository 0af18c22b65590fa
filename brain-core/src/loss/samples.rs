//! Losses of single steps on traces whose samples stand alone: every number is a step of one output.

use super::{
    StepLoss, StepTarget,
    operations::{like, mean, where_given},
};
use crate::{device::to_host, known_gradient::KnownGradient};
use candle_core::{Device, Result, Tensor, bail};

/// Distance from its target, relative to the target, below which the curvature of a loss is taken at the target.
const NEAR: f64 = 1e-6;

/// Computes the mean of the losses of all samples where the mask is not zero, `[neuron]`, weighted by the mask.
pub(super) fn mean_of_samples(
    loss: &str,
    step: &dyn StepLoss,
    traces: &Tensor,
    target: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let target = like(loss, "target", target, traces)?;
    let Some(mask) = mask else { return mean(&each_sample(step, traces, &target)?.at(traces)?, None) };
    let mask = like(loss, "mask", mask, traces)?;
    let (traces, target) = (where_given(&mask, traces)?, where_given(&mask, &target)?);
    mean(&each_sample(step, &traces, &target)?.at(&traces)?, Some(&mask))
}

/// Computes the loss of every sample with half its derivative, both of the shape of the traces; `target` is of that
/// shape, too.
pub(crate) fn each_sample(step: &dyn StepLoss, traces: &Tensor, target: &Tensor) -> Result<KnownGradient> {
    let (value, half_gradient) = map(step, traces, target, |_, _, half| Ok(half))?;
    Ok(KnownGradient { value, half_gradient })
}

/// Computes the loss of every sample, and the weight of the squared error that has the loss's derivative there: `weight
/// (y - target)` is half of it. Where the loss is least at its target, as it must be, no weight is negative, and a step
/// of weighted least squares lowers the loss (Holland and Welsch 1977, <https://doi.org/10.1080/03610927708827533>).
pub(crate) fn squares_of_samples(
    loss: &str,
    step: &dyn StepLoss,
    traces: &Tensor,
    target: &Tensor,
) -> Result<(Tensor, Tensor)> {
    map(step, traces, target, |y, target, half| {
        let near = NEAR * target.abs().max(1.0);
        let weight = if (y - target).abs() < near {
            let y = target + near;
            half_slope(step, y, target).1 / (y - target)
        } else {
            half / (y - target)
        };
        if weight < 0.0 {
            bail!("{loss}: it falls away from the target {target}, at {y}; least squares cannot follow it")
        }
        Ok(weight)
    })
}

/// Computes the loss of one sample, and half its derivative.
fn half_slope(step: &dyn StepLoss, y: f64, target: f64) -> (f64, f64) {
    let mut slope = [0.0];
    let value = step.step(&[y], StepTarget::Values(&[target]), &mut slope);
    (value, 0.5 * slope[0])
}

/// Computes the loss of every sample, and what `f` makes of the sample, its target and half its derivative.
fn map(
    step: &dyn StepLoss,
    traces: &Tensor,
    target: &Tensor,
    f: impl Fn(f64, f64, f64) -> Result<f64>,
) -> Result<(Tensor, Tensor)> {
    let (mut values, mut other) = (to_host(traces)?, to_host(target)?);
    for (y, target) in values.iter_mut().zip(&mut other) {
        let (value, half) = half_slope(step, *y, *target);
        (*y, *target) = (value, f(*y, *target, half)?);
    }
    let tensor = |numbers| {
        Tensor::from_vec(numbers, traces.shape(), &Device::Cpu)?.to_dtype(traces.dtype())?.to_device(traces.device())
    };
    Ok((tensor(values)?, tensor(other)?))
}
