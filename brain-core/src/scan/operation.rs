//! [`Scan`] is the scan as an operation of candle.

use super::cpu;
#[cfg(any(feature = "cuda", feature = "metal"))]
use super::device;
use crate::device::{Number, on_device};
use candle_core::{CpuStorage, CustomOp3, D, DType, Layout, Result, Shape, Tensor, backend::BackendStorage, bail};
use kernels::{Cell, Spread};
#[cfg(feature = "cuda")]
use {crate::device::Cuda, candle_core::CudaStorage};
#[cfg(feature = "metal")]
use {crate::device::Metal, candle_core::MetalStorage};

/// The scan as an operation, for `start.apply_op3(&drive, &params, scan)`; [`scan`](super::scan()) is its everyday form.
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
pub(super) struct Sizes {
    pub steps: usize,
    pub batch: usize,
    pub neurons: usize,
    pub spread: Spread,
}

impl Sizes {
    /// Returns the shape of the gradient w.r.t. each input that needs one. The gradient w.r.t. a drive that the batch
    /// shares has a dimension for the batch, too.
    pub(super) fn gradients(&self, inputs: [&Tensor; 3]) -> [Option<Shape>; 3] {
        let mut shapes = inputs.map(|t| t.track_op().then(|| t.shape().clone()));
        if let (Some(drive), Spread::Shared) = (&mut shapes[1], self.spread) {
            *drive = Shape::from([drive.dims(), &[self.batch]].concat());
        }
        shapes
    }
}

impl Scan {
    /// Checks types; no other place does.
    pub(super) fn numbers(&self, found: [(&str, DType); 3]) -> Result<DType> {
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
    pub(super) fn sizes(&self, start: &Shape, drive: &Shape, params: &Shape) -> Result<Sizes> {
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
    pub(super) fn rows(&self, sizes: &Sizes) -> Shape {
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
    pub(super) fn advance<F: Number>(&self, sizes: &Sizes, inputs: [&Tensor; 3]) -> Result<(Tensor, Tensor)> {
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
