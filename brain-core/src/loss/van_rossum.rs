//! This loss is the distance of spike trains behind an exponential filter.

use super::{
    Loss, TargetKind, Targets,
    operations::{like, map},
};
use crate::config::Quantity;
use crate::family::{SettingError, Settings, SettingsReader};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// These settings make [`van_rossum`] a loss of spike trains.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VanRossum {
    /// Time constant of the filter.
    pub tau: Quantity,
}

impl Default for VanRossum {
    fn default() -> Self {
        Self { tau: "10 ms".into() }
    }
}

/// The loss, in the units of a run.
#[derive(Clone, Copy, Debug)]
struct Distance {
    tau_ms: f64,
    dt_ms: f64,
}

impl Settings<dyn Loss> for VanRossum {
    const NAME: &'static str = "van-rossum";

    fn build(&self, reader: &SettingsReader) -> std::result::Result<Box<dyn Loss>, SettingError> {
        let tau_ms = reader.quantity("tau", &self.tau, "ms", f64::MIN_POSITIVE, f64::MAX)?;
        Ok(Box::new(Distance { tau_ms, dt_ms: reader.dt_ms() }))
    }
}

impl Loss for Distance {
    fn name(&self) -> &'static str {
        VanRossum::NAME
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, outputs: &Tensor, targets: &Targets) -> Result<Tensor> {
        self.per_neuron(outputs, targets, None)?.mean_all()
    }

    fn per_neuron(&self, traces: &Tensor, targets: &Targets, mask: Option<&Tensor>) -> Result<Tensor> {
        if mask.is_some() {
            bail!("{}: a spike that is masked would still be remembered; leave the mask out", self.name())
        }
        van_rossum(traces, targets.values(self.name(), traces)?, self.tau_ms, self.dt_ms)
    }
}

/// Computes the distance of two spike trains, `[neuron]`, summed over the batch (van Rossum 2001,
/// <https://doi.org/10.1162/089976601300014321>):
///
/// ```text
/// D^2 = 1/tau  integral_0^inf (f - g)^2 dt,    f(t) = sum_i H(t - t_i) exp(-(t - t_i) / tau)
/// ```
///
/// `spikes` and `target` count spikes per step, `[time, batch, neuron]`; `tau` and `dt` are ms. A spike that has no
/// counterpart adds one half. Between steps, and after the last, the exponentials are integrated exactly.
pub fn van_rossum(spikes: &Tensor, target: &Tensor, tau: f64, dt: f64) -> Result<Tensor> {
    if !(tau > 0.0 && dt > 0.0) {
        bail!("van_rossum: tau is {tau} ms and dt {dt} ms; both must be positive")
    }
    let away = filtered(&spikes.sub(&like("van_rossum", "target", target, spikes)?)?, tau, dt)?;
    let steps = away.dim(0)?;
    if steps == 0 {
        return away.sum((0, 1));
    }
    // (f - g)^2 decays over a step exactly by the square of the filter's factor, and so does the rest after the last.
    let decay = (-2.0 * dt / tau).exp();
    let square = away.sqr()?;
    let tail = square.narrow(0, steps - 1, 1)?.sum((0, 1))?.affine(decay / 2.0, 0.0)?;
    square.sum((0, 1))?.affine((1.0 - decay) / 2.0, 0.0)?.add(&tail)
}

/// Filters spikes by a causal exponential along the first dimension: `f[t] = exp(-dt / tau) f[t-1] + s[t]`.
///
/// `tau` and `dt` are ms. It is one operation, whatever the number of steps; gradients flow.
pub fn filtered(spikes: &Tensor, tau: f64, dt: f64) -> Result<Tensor> {
    spikes.contiguous()?.apply_op1(Filter { decay: (-dt / tau).exp(), backwards: false })
}

/// The exponential filter along the first dimension; its adjoint runs against time.
#[derive(Clone, Copy)]
struct Filter {
    decay: f64,
    backwards: bool,
}

impl CustomOp1 for Filter {
    fn name(&self) -> &'static str {
        "exponential-filter"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let width = layout.shape().dims().iter().skip(1).product();
        let run = |x: &mut dyn FnMut(usize, usize)| {
            let steps = layout.shape().dims().first().copied().unwrap_or(0);
            for k in 1..steps {
                let (from, to) = if self.backwards { (steps - k, steps - k - 1) } else { (k - 1, k) };
                (0..width).for_each(|n| x(from * width + n, to * width + n));
            }
        };
        map(self.name(), storage, layout, |y: &mut [f64]| run(&mut |from, to| y[to] += self.decay * y[from]))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, bar: &Tensor) -> Result<Option<Tensor>> {
        let adjoint = Filter { backwards: !self.backwards, ..*self };
        bar.contiguous()?.apply_op1_no_bwd(&adjoint).map(Some)
    }
}
