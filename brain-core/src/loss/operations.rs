//! The losses share this module: masks and targets that broadcast, and operations on a copy of the numbers in `f64`.

use candle_core::{CpuStorage, DType, Layout, Result, Shape, Tensor, bail};

/// Broadcasts `other` to the shape of a trace, and checks that both have one type.
pub(super) fn like(op: &str, what: &str, other: &Tensor, trace: &Tensor) -> Result<Tensor> {
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

/// Returns `x` where the mask is not zero; elsewhere the value is zero and has no gradient.
pub(super) fn where_given(mask: &Tensor, x: &Tensor) -> Result<Tensor> {
    mask.ne(0.0)?.where_cond(x, &x.zeros_like()?)
}

/// Computes the mean of numbers along time and batch, `[neuron]`, weighted by the mask where there is one.
pub(super) fn mean(each: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let Some(mask) = mask else { return each.mean((0, 1)) };
    let weights = mask.sum((0, 1))?;
    let none = weights.eq(0.0)?.to_dtype(weights.dtype())?;
    each.mul(mask)?.sum((0, 1))?.div(&weights.add(&none)?)
}

/// Lets `f` change a copy of the numbers in `f64`; `op` names the operation in errors.
pub(super) fn map(
    op: &str,
    storage: &CpuStorage,
    layout: &Layout,
    f: impl FnOnce(&mut [f64]),
) -> Result<(CpuStorage, Shape)> {
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
