//! The differentiable scan runs a population over all its time steps as one operation of candle.
//!
//! | tensor | shape | |
//! |---|---|---|
//! | start | `[S, B, N]` | state before the first step |
//! | drive | `[T, I]`, `[T, I, B]` or `[T, I, B, N]` | one for all, one per batch element, one per neuron; never copied |
//! | params | `[P, N]` | one set per neuron, shared by the batch |
//! | result | `[T, R, B, N]` | the R outputs asked for, after every step |
//!
//! The model has S states, I inputs and P parameters, in its order and units; a run has B batch elements, N neurons and
//! T steps.
//!
//! candle's `backward` recurses over a graph and keeps every tensor of it, so a step is never a chain of tensor
//! operations: a run of any length is one node, and its backward pass is one fused adjoint, which recomputes states
//! from checkpoints instead of keeping them. Gradients go to those of start, drive and params that need one.
//!
//! ```
//! use brain_core::scan;
//! use candle_core::{Device, Tensor, Var};
//!
//! # fn main() -> candle_core::Result<()> {
//! let lif = kernels::find("lif").unwrap();
//! let row = |x: &[f64]| Tensor::from_slice(x, (x.len(), 1), &Device::Cpu);
//! let start = row(&[-70.0, 0.0])?.unsqueeze(1)?;
//! let params = Var::from_tensor(&row(&[250.0, -70.0, 10.0, -40.0, -70.0, 2.0])?)?;
//! let drive = Tensor::full(100.0, (500, 1), &Device::Cpu)?;
//!
//! let v = scan(lif, 0.1, &start, &drive, &params, &["v"])?;
//! let grads = v.narrow(0, 499, 1)?.sum_all()?.backward()?;
//! // Far below threshold the resting potential moves the steady state one to one.
//! let by_rest = grads.get(&params).unwrap().to_vec2::<f64>()?[1][0];
//! assert!((by_rest - 1.0).abs() < 0.01);
//! # Ok(())
//! # }
//! ```

mod cpu;
#[cfg(any(feature = "cuda", feature = "metal"))]
mod device;
mod operation;

pub use operation::Scan;

use crate::model::Model;
use candle_core::{DType, Error, Result, Tensor, bail};
use kernels::Cell;
use operation::Sizes;

/// Runs a population and returns the outputs named, `[T, R, B, N]` in the order of `outputs`; see the [module](self).
///
/// `dt` is the step, ms. An output is a state variable or `spike`. Tensors that are not contiguous are copied.
///
/// # Errors
/// It fails, naming both sides, if an output is unknown, if shapes do not fit the model or each other, if types differ or
/// are neither f32 nor f64, or if tensors are on different devices.
pub fn scan(
    cell: &'static Cell,
    dt: f64,
    start: &Tensor,
    drive: &Tensor,
    params: &Tensor,
    outputs: &[&str],
) -> Result<Tensor> {
    let model = Model::from(cell);
    let record = outputs.iter().map(|name| model.output(name)).collect::<std::result::Result<_, _>>();
    let op = Scan { cell, dt, record: record.map_err(Error::wrap)? };
    let tensors = [("start", start), ("drive", drive), ("params", params)];
    op.numbers(tensors.map(|(name, t)| (name, t.dtype())))?;
    op.sizes(start.shape(), drive.shape(), params.shape())?;
    for (name, tensor) in &tensors[1..] {
        if !tensor.device().same_device(start.device()) {
            bail!(
                "scan of {}: {name} is on {:?} and start on {:?}; move them to one device with `to_device`",
                cell.name,
                tensor.device().location(),
                start.device().location()
            )
        }
    }
    start.contiguous()?.apply_op3(&drive.contiguous()?, &params.contiguous()?, op)
}

/// Runs a population and returns the outputs by number ([`Cell::output`]), `[T, R, B, N]`, and the state after the last
/// step, `[S, B, N]`. No gradients flow: it serves runs that are too long to be kept and go on from their end.
///
/// # Errors
/// It fails as [`scan()`] does.
pub fn advance(
    cell: &'static Cell,
    dt: f64,
    start: &Tensor,
    drive: &Tensor,
    params: &Tensor,
    record: &[usize],
) -> Result<(Tensor, Tensor)> {
    let op = Scan { cell, dt, record: record.to_vec() };
    let tensors = [("start", start), ("drive", drive), ("params", params)];
    let dtype = op.numbers(tensors.map(|(name, t)| (name, t.dtype())))?;
    let sizes = op.sizes(start.shape(), drive.shape(), params.shape())?;
    let tensors = [start.contiguous()?, drive.contiguous()?, params.contiguous()?];
    match dtype {
        DType::F32 => op.advance::<f32>(&sizes, tensors.each_ref()),
        _ => op.advance::<f64>(&sizes, tensors.each_ref()),
    }
}

/// Runs a population as [`advance`] does, and writes the outputs into `rows`, `[T, R, B, N]`, so that a run in many
/// pieces takes the same memory for each of them. It returns the state after the last step, `[S, B, N]`.
///
/// # Errors
/// It fails as [`scan()`] does, and if `rows` is not of the shape and type of the outputs.
pub fn advance_into(
    cell: &'static Cell,
    dt: f64,
    start: &Tensor,
    drive: &Tensor,
    params: &Tensor,
    record: &[usize],
    rows: &Tensor,
) -> Result<Tensor> {
    let op = Scan { cell, dt, record: record.to_vec() };
    let dtype = op.numbers([("start", start), ("drive", drive), ("params", params)].map(|(n, t)| (n, t.dtype())))?;
    let sizes = op.sizes(start.shape(), drive.shape(), params.shape())?;
    if rows.dtype() != dtype || rows.shape() != &op.rows(&sizes) {
        let (found, of, want) = (rows.shape(), rows.dtype(), op.rows(&sizes));
        bail!("scan of {}: rows have shape {found:?} and type {of:?}; give {want:?} of {dtype:?}", cell.name)
    }
    let tensors = [start.contiguous()?, drive.contiguous()?, params.contiguous()?];
    if start.device().is_cpu() {
        return cpu::advance_into(&op, &sizes, tensors.each_ref(), rows);
    }
    let (found, end) = advance(cell, dt, start, drive, params, record)?;
    rows.slice_set(&found, 0, 0)?;
    Ok(end)
}
