//! This loss is the negative log-likelihood of recorded spikes under an escape rate.

use super::{
    Loss, TargetKind, Targets,
    operations::{like, map, where_given},
};
use crate::family::{SettingError, Settings, SettingsReader};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// These settings make the negative [`escape_log_likelihood`] a loss of potentials above threshold, mV.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EscapeRate {
    /// Rate at threshold, 1/ms.
    pub rho_0: f64,
    /// Sharpness of the threshold, mV: the rate grows e-fold over it.
    pub delta_u: f64,
}

impl Default for EscapeRate {
    fn default() -> Self {
        Self { rho_0: 0.1, delta_u: 2.0 }
    }
}

/// The loss, in the units of a run.
#[derive(Clone, Copy, Debug)]
struct Likelihood {
    rate: EscapeRate,
    dt_ms: f64,
}

impl Settings<dyn Loss> for EscapeRate {
    const NAME: &'static str = "escape-rate";

    fn build(&self, reader: &SettingsReader) -> std::result::Result<Box<dyn Loss>, SettingError> {
        for (key, x) in [("rho_0", self.rho_0), ("delta_u", self.delta_u)] {
            reader.within(key, x, f64::MIN_POSITIVE, f64::MAX)?;
        }
        Ok(Box::new(Likelihood { rate: *self, dt_ms: reader.dt_ms() }))
    }
}

impl Loss for Likelihood {
    fn name(&self) -> &'static str {
        EscapeRate::NAME
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values
    }

    fn value(&self, outputs: &Tensor, targets: &Targets) -> Result<Tensor> {
        self.per_neuron(outputs, targets, None)?.mean_all()
    }

    fn per_neuron(&self, traces: &Tensor, targets: &Targets, mask: Option<&Tensor>) -> Result<Tensor> {
        let log_rate = escape_log_rate(traces, self.rate.rho_0, self.rate.delta_u)?;
        escape_log_likelihood(&log_rate, targets.values(self.name(), traces)?, mask, self.dt_ms)?.neg()
    }
}

/// Computes the logarithm of the escape rate in 1/ms, `ln rho = ln rho_0 + (u - theta) / delta_u` (Pfister et al. 2006,
/// <https://doi.org/10.1162/neco.2006.18.8.1318>), in the shape of `gap`.
///
/// `gap` is the potential above threshold `u - theta` at the end of the step but before a reset, mV; `rho_0` is the
/// rate at threshold, 1/ms; `delta_u` is the sharpness of the threshold, mV.
pub fn escape_log_rate(gap: &Tensor, rho_0: f64, delta_u: f64) -> Result<Tensor> {
    if !(rho_0 > 0.0 && delta_u > 0.0) {
        bail!("escape_log_rate: rho_0 is {rho_0} 1/ms and delta_u {delta_u} mV; both must be positive")
    }
    gap.affine(1.0 / delta_u, rho_0.ln())
}

/// Computes the log-likelihood of recorded spikes under an escape rate, `[neuron]`, summed over time and batch (Pfister
/// et al. 2006, <https://doi.org/10.1162/neco.2006.18.8.1318>, equation 2.4, for at most one spike per step):
///
/// ```text
/// L = sum_tb [ s ln(1 - exp(-rho dt)) - (1 - s) rho dt ]
/// ```
///
/// As `dt` goes to zero this is `sum_i ln(rho(t_i) dt) - integral rho dt`. `log_rate` is `ln rho`, 1/ms, from
/// [`escape_log_rate`]; `spikes` is one where a spike was recorded and zero elsewhere, `[time, batch, neuron]`; `dt` is
/// ms. Steps where the mask is zero, such as refractory ones, are not counted.
///
/// Both terms are computed from `ln(rho dt)` without loss of digits. Where that is above 20, a rate of half a billion
/// spikes per step, `rho dt` goes on linearly, so that a bad start of a fit has a finite likelihood and a gradient.
pub fn escape_log_likelihood(log_rate: &Tensor, spikes: &Tensor, mask: Option<&Tensor>, dt: f64) -> Result<Tensor> {
    if dt.is_nan() || dt <= 0.0 {
        bail!("escape_log_likelihood: dt is {dt} ms; it must be positive")
    }
    let spikes = like("escape_log_likelihood", "spikes", spikes, log_rate)?;
    let mut x = log_rate.affine(1.0, dt.ln())?;
    let mask = mask.map(|m| like("escape_log_likelihood", "mask", m, log_rate)).transpose()?;
    if let Some(mask) = &mask {
        x = where_given(mask, &x)?;
    }
    let (hit, expected) = (x.contiguous()?.apply_op1(LOG_SPIKE)?, x.contiguous()?.apply_op1(EXPECTED)?);
    let silent = spikes.affine(-1.0, 1.0)?;
    let terms = hit.mul(&spikes)?.sub(&expected.mul(&silent)?)?;
    match mask {
        Some(mask) => terms.mul(&mask)?.sum((0, 1)),
        None => terms.sum((0, 1)),
    }
}

/// A function that is applied to every element, with its derivative.
#[derive(Clone, Copy)]
struct Elementwise {
    name: &'static str,
    value: fn(f64) -> f64,
    slope: fn(f64) -> f64,
}

/// Argument from which on `exp` is continued linearly.
const LARGEST: f64 = 20.0;

/// `exp(x)`, the expected number of spikes in a step.
const EXPECTED: Elementwise = Elementwise { name: "expected-spikes", value: expected, slope: |x| x.min(LARGEST).exp() };

/// `ln(1 - exp(-exp(x)))`, the logarithm of the probability of a spike in a step.
const LOG_SPIKE: Elementwise = Elementwise {
    name: "log-spike",
    value: |x| match expected(x) {
        // The series is ln(1 - exp(-y)) = x - y/2 + y^2/24 - .., also where y is zero because x is far below.
        y if y < 1e-5 => x - y / 2.0,
        y => (-(-y).exp_m1()).ln(),
    },
    slope: |x| match expected(x) {
        y if y < 1e-5 => 1.0 - y / 2.0,
        y => x.min(LARGEST).exp() / y.exp_m1(),
    },
};

fn expected(x: f64) -> f64 {
    x.min(LARGEST).exp() * (1.0 + (x - LARGEST).max(0.0))
}

impl CustomOp1 for Elementwise {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        map(self.name, storage, layout, |x| x.iter_mut().for_each(|x| *x = (self.value)(*x)))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, bar: &Tensor) -> Result<Option<Tensor>> {
        let slope = Elementwise { value: self.slope, ..*self };
        bar.mul(&x.contiguous()?.apply_op1_no_bwd(&slope)?).map(Some)
    }
}
