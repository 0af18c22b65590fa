//! Losses on traces, from ordinary operations of candle.
//!
//! Traces are `[time, batch, neuron]`, what [`scan`](crate::scan()) records of one output. Every loss is a sum or mean
//! over time and batch and has the shape `[neuron]`: neurons that are candidates of one fit are told apart, and
//! `mean_all` makes one number of them. Targets and masks may have any shape that broadcasts to the trace's, such as
//! `[time, 1, 1]`.
//!
//! | loss | of |
//! |---|---|
//! | [`mse`] | potentials |
//! | [`van_rossum`] | spikes of a deterministic model, through their surrogate derivative |
//! | [`escape_log_likelihood`] | recorded spikes under a potential and a threshold (to be maximised) |
//!
//! ```
//! use brain_core::loss;
//! use candle_core::{Device, Tensor};
//!
//! # fn main() -> candle_core::Result<()> {
//! let spikes = |at: usize| {
//!     let train: Vec<f64> = (0..1000).map(|t| if t == at { 1.0 } else { 0.0 }).collect();
//!     Tensor::from_vec(train, (1000, 1, 1), &Device::Cpu)
//! };
//! let distance = |at| loss::van_rossum(&spikes(200)?, &spikes(at)?, 10.0, 0.1)?.to_vec1::<f64>();
//! assert_eq!(distance(200)?, [0.0]);
//! // Two spikes apart by much more than the time constant count one half each.
//! assert!((distance(900)?[0] - 1.0).abs() < 1e-3);
//! # Ok(())
//! # }
//! ```

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, bail};

/// Mean square difference where the mask is not zero, `[neuron]`, in the trace's unit squared:
///
/// ```text
/// sum_tb m (y - target)^2 / sum_tb m
/// ```
///
/// `m` is one everywhere without a mask; it may be any weight. What the target says where the mask is zero has no
/// effect, even if it is not a number. A neuron without any weight has loss zero.
pub fn mse(trace: &Tensor, target: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let away = trace.sub(&like("mse", "target", target, trace)?)?;
    let Some(mask) = mask else { return away.sqr()?.mean((0, 1)) };
    let mask = like("mse", "mask", mask, trace)?;
    let away = where_given(&mask, &away)?;
    let weights = mask.sum((0, 1))?;
    let none = weights.eq(0.0)?.to_dtype(weights.dtype())?;
    away.sqr()?.mul(&mask)?.sum((0, 1))?.div(&weights.add(&none)?)
}

/// Distance of two spike trains, `[neuron]`, summed over the batch (van Rossum 2001,
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
    // Over a step (f - g)^2 falls by a^2 exactly, and so does what is left after the last.
    let decay = (-2.0 * dt / tau).exp();
    let square = away.sqr()?;
    let tail = square.narrow(0, steps - 1, 1)?.sum((0, 1))?.affine(decay / 2.0, 0.0)?;
    square.sum((0, 1))?.affine((1.0 - decay) / 2.0, 0.0)?.add(&tail)
}

/// Spikes behind a causal exponential filter along the first dimension: `f[t] = exp(-dt / tau) f[t-1] + s[t]`.
///
/// `tau` and `dt` are ms. One operation, whatever the number of steps; gradients flow.
pub fn filtered(spikes: &Tensor, tau: f64, dt: f64) -> Result<Tensor> {
    spikes.contiguous()?.apply_op1(Filter { decay: (-dt / tau).exp(), backwards: false })
}

/// Logarithm of the escape rate, in 1/ms, `ln rho = ln rho_0 + (u - theta) / delta_u` (Pfister et al. 2006,
/// <https://doi.org/10.1162/neco.2006.18.8.1318>), of any shape.
///
/// `gap` is the potential above threshold `u - theta` at the end of the step but before a reset, mV; `rho_0` the rate at threshold, 1/ms; `delta_u` how sharp the
/// threshold is, mV.
pub fn escape_log_rate(gap: &Tensor, rho_0: f64, delta_u: f64) -> Result<Tensor> {
    if !(rho_0 > 0.0 && delta_u > 0.0) {
        bail!("escape_log_rate: rho_0 is {rho_0} 1/ms and delta_u {delta_u} mV; both must be positive")
    }
    gap.affine(1.0 / delta_u, rho_0.ln())
}

/// Log-likelihood of recorded spikes under an escape rate, `[neuron]`, summed over time and batch (Pfister et al. 2006,
/// <https://doi.org/10.1162/neco.2006.18.8.1318>, equation 2.4, for steps in which at most one spike falls):
///
/// ```text
/// L = sum_tb [ s ln(1 - exp(-rho dt)) - (1 - s) rho dt ]
/// ```
///
/// As `dt` goes to zero this is `sum_i ln(rho(t_i) dt) - integral rho dt`. `log_rate` is `ln rho`, 1/ms, from
/// [`escape_log_rate`]; `spikes` is one where a spike was recorded and zero elsewhere, `[time, batch, neuron]`; `dt` is
/// ms. Where a mask is zero nothing is counted, as in refractory steps.
///
/// Both terms are computed from `ln(rho dt)` without loss of digits. Beyond 20, a rate of half a billion spikes a step,
/// `rho dt` goes on linearly, so that a bad start of a fit has a finite likelihood and a gradient.
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

/// `other` broadcast to the shape and type of a trace.
fn like(op: &str, what: &str, other: &Tensor, trace: &Tensor) -> Result<Tensor> {
    if trace.rank() != 3 {
        bail!("{op}: the trace has shape {:?}; it must be [time, batch, neuron]", trace.shape())
    }
    if other.dtype() != trace.dtype() {
        let (a, b) = (other.dtype(), trace.dtype());
        bail!("{op}: the {what} is of type {a:?} and the trace of {b:?}; convert one with `to_dtype`")
    }
    match other.broadcast_as(trace.shape()) {
        Ok(other) => Ok(other),
        Err(_) => bail!(
            "{op}: the {what} of shape {:?} does not broadcast to the trace's {:?}; give it [time, 1, 1] or all of it",
            other.shape(),
            trace.shape()
        ),
    }
}

/// `x` where the mask is not zero, and zero, without a gradient, elsewhere.
fn where_given(mask: &Tensor, x: &Tensor) -> Result<Tensor> {
    mask.ne(0.0)?.where_cond(x, &x.zeros_like()?)
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

/// A function of every element, with its derivative.
#[derive(Clone, Copy)]
struct Elementwise {
    name: &'static str,
    value: fn(f64) -> f64,
    slope: fn(f64) -> f64,
}

/// From here on `exp` is continued linearly.
const LARGEST: f64 = 20.0;

/// `exp(x)`: expected spikes in a step.
const EXPECTED: Elementwise = Elementwise { name: "expected-spikes", value: expected, slope: |x| x.min(LARGEST).exp() };

/// `ln(1 - exp(-exp(x)))`: logarithm of the probability of a spike.
const LOG_SPIKE: Elementwise = Elementwise {
    name: "log-spike",
    value: |x| match expected(x) {
        // ln(1 - exp(-y)) = x - y/2 + y^2/24 - .. : where y is tiny, or zero because x is far below.
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

/// Changes a copy of the numbers, in f64.
fn map(op: &str, storage: &CpuStorage, layout: &Layout, f: impl FnOnce(&mut [f64])) -> Result<(CpuStorage, Shape)> {
    let shape = layout.shape().clone();
    let Some((from, to)) = layout.contiguous_offsets() else {
        bail!("{op}: a tensor of shape {shape:?} is not contiguous; call `contiguous` on it first")
    };
    let storage = match storage {
        CpuStorage::F32(x) => {
            let mut y: Vec<f64> = x[from..to].iter().map(|&x| x.into()).collect();
            f(&mut y);
            CpuStorage::F32(y.into_iter().map(|y| y as f32).collect())
        }
        CpuStorage::F64(x) => {
            let mut y = x[from..to].to_vec();
            f(&mut y);
            CpuStorage::F64(y)
        }
        other => {
            let dtype: DType = candle_core::backend::BackendStorage::dtype(other);
            bail!("{op}: the tensor is of type {dtype:?}; convert it to F32 or F64 with `to_dtype`")
        }
    };
    Ok((storage, shape))
}
