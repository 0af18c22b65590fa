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

use crate::{
    device::{Number, on_device},
    model::Model,
};
use candle_core::{
    CpuStorage, CustomOp3, D, DType, Error, Layout, Result, Shape, Tensor, backend::BackendStorage, bail,
};
use kernels::{Cell, Spread};
#[cfg(feature = "cuda")]
use {crate::device::Cuda, candle_core::CudaStorage};
#[cfg(feature = "metal")]
use {crate::device::Metal, candle_core::MetalStorage};

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

/// The scan as an operation, for `start.apply_op3(&drive, &params, scan)`; [`scan()`] is its everyday form.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The compiled model.
    pub cell: &'static Cell,
    /// Step, ms.
    pub dt: f64,
    /// The outputs to record, by [`Cell::output`].
    pub record: Vec<usize>,
}

/// The sizes of a run, read from the shapes of its tensors.
struct Sizes {
    steps: usize,
    batch: usize,
    neurons: usize,
    spread: Spread,
}

impl Sizes {
    /// Returns the shape of the gradient w.r.t. each input that needs one. The gradient w.r.t. a drive that the batch
    /// shares has a dimension for the batch, too.
    fn gradients(&self, inputs: [&Tensor; 3]) -> [Option<Shape>; 3] {
        let mut shapes = inputs.map(|t| t.track_op().then(|| t.shape().clone()));
        if let (Some(drive), Spread::Shared) = (&mut shapes[1], self.spread) {
            *drive = Shape::from([drive.dims(), &[self.batch]].concat());
        }
        shapes
    }
}

impl Scan {
    /// Checks types; no other place does.
    fn numbers(&self, found: [(&str, DType); 3]) -> Result<DType> {
        let (name, model) = (CustomOp3::name(self), self.cell.name);
        for (what, dtype) in found {
            if !matches!(dtype, DType::F32 | DType::F64) {
                bail!("{name} of {model}: {what} is of type {dtype:?}; convert it to F32 or F64 with `to_dtype`")
            }
            if dtype != found[0].1 {
                let first = found[0].1;
                bail!(
                    "{name} of {model}: {what} is of type {dtype:?} and start of {first:?}; convert one with `to_dtype`"
                )
            }
        }
        Ok(found[0].1)
    }

    /// Checks shapes; no other place does.
    fn sizes(&self, start: &Shape, drive: &Shape, params: &Shape) -> Result<Sizes> {
        let model = self.cell;
        let (states, inputs, parameters) = (model.state.len(), model.input.len(), model.param.len());
        let fail = |what: &str, found: &Shape, want: String| -> Result<Sizes> {
            bail!("scan of {}: {what} has shape {found:?}; {want}", model.name)
        };
        if self.record.is_empty() {
            bail!("scan of {}: no output is asked for; name at least one, such as \"v\"", model.name)
        }
        let (batch, neurons) = match *start.dims() {
            [s, b, n] if s == states => (b, n),
            _ => return fail("start", start, format!("it must be [{states} states, batch, neurons]")),
        };
        match *params.dims() {
            [p, n] if p == parameters && n == neurons => {}
            _ => {
                let want = format!("it must be [{parameters} parameters, {neurons} neurons] for a start of {start:?}");
                return fail("params", params, want);
            }
        }
        let (steps, spread) = match *drive.dims() {
            [t, i] if i == inputs => (t, Spread::Shared),
            [t, i, b] if i == inputs && b == batch => (t, Spread::Batch),
            [t, i, b, n] if i == inputs && b == batch && n == neurons => (t, Spread::Neuron),
            _ => {
                let want = format!(
                    "it must be [time, {inputs}], [time, {inputs}, {batch}] or [time, {inputs}, {batch}, {neurons}] \
                     (inputs, batch, neurons) for a start of {start:?}"
                );
                return fail("drive", drive, want);
            }
        };
        Ok(Sizes { steps, batch, neurons, spread })
    }

    /// Returns the shape of the result.
    fn rows(&self, sizes: &Sizes) -> Shape {
        Shape::from((sizes.steps, self.record.len(), sizes.batch, sizes.neurons))
    }

    /// Checks what the three forward passes share.
    fn check<S: BackendStorage>(&self, inputs: [(&S, &Layout); 3]) -> Result<(DType, Sizes)> {
        let names = ["start", "drive", "params"];
        let mut named = names.into_iter().zip(inputs.map(|(storage, _)| storage.dtype()));
        let dtype = self.numbers(std::array::from_fn(|_| named.next().expect("three of both")))?;
        let [start, drive, params] = inputs.map(|(_, layout)| layout.shape());
        Ok((dtype, self.sizes(start, drive, params)?))
    }
}

impl CustomOp3 for Scan {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn cpu_fwd(
        &self,
        start: &CpuStorage,
        start_layout: &Layout,
        drive: &CpuStorage,
        drive_layout: &Layout,
        params: &CpuStorage,
        params_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let inputs = [(start, start_layout), (drive, drive_layout), (params, params_layout)];
        let (dtype, sizes) = self.check(inputs)?;
        let rows = match dtype {
            DType::F32 => cpu::forward::<f32>(self, &sizes, inputs)?,
            _ => cpu::forward::<f64>(self, &sizes, inputs)?,
        };
        Ok((rows, self.rows(&sizes)))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        start: &CudaStorage,
        start_layout: &Layout,
        drive: &CudaStorage,
        drive_layout: &Layout,
        params: &CudaStorage,
        params_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let inputs = [(start, start_layout), (drive, drive_layout), (params, params_layout)];
        let (dtype, sizes) = self.check(inputs)?;
        let queue = Cuda::new(start.device());
        let rows = match dtype {
            DType::F32 => device::forward::<f32, _>(self, &queue, &sizes, inputs)?,
            _ => device::forward::<f64, _>(self, &queue, &sizes, inputs)?,
        };
        Ok((rows, self.rows(&sizes)))
    }

    #[cfg(feature = "metal")]
    fn metal_fwd(
        &self,
        start: &MetalStorage,
        start_layout: &Layout,
        drive: &MetalStorage,
        drive_layout: &Layout,
        params: &MetalStorage,
        params_layout: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        let inputs = [(start, start_layout), (drive, drive_layout), (params, params_layout)];
        let (dtype, sizes) = self.check(inputs)?;
        let queue = Metal::new(start.device());
        let rows = match dtype {
            DType::F32 => device::forward::<f32, _>(self, &queue, &sizes, inputs)?,
            _ => return Err(crate::device::DeviceError::Precision.into()),
        };
        Ok((rows, self.rows(&sizes)))
    }

    fn bwd(
        &self,
        start: &Tensor,
        drive: &Tensor,
        params: &Tensor,
        _: &Tensor,
        bar: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let sizes = self.sizes(start.shape(), drive.shape(), params.shape())?;
        let (inputs, bar) = ([start, drive, params], bar.contiguous()?);
        let [start, drive, params] = match bar.dtype() {
            DType::F32 => self.backward::<f32>(&sizes, inputs, &bar)?,
            _ => self.backward::<f64>(&sizes, inputs, &bar)?,
        };
        let drive = match sizes.spread {
            Spread::Shared => drive.map(|by| by.sum(D::Minus1)).transpose()?,
            _ => drive,
        };
        Ok((start, drive, params))
    }
}

impl Scan {
    fn advance<F: Number>(&self, sizes: &Sizes, inputs: [&Tensor; 3]) -> Result<(Tensor, Tensor)> {
        on_device!(
            inputs[0].device(),
            queue => device::advance::<F, _>(self, queue, sizes, inputs),
            cpu => cpu::advance::<F>(self, sizes, inputs)
        )
    }

    fn backward<F: Number>(&self, sizes: &Sizes, inputs: [&Tensor; 3], bar: &Tensor) -> Result<[Option<Tensor>; 3]> {
        on_device!(
            inputs[0].device(),
            queue => device::backward::<F, _>(self, queue, sizes, inputs, bar),
            cpu => cpu::backward::<F>(self, sizes, inputs, bar)
        )
    }
}
