//! The differentiable scan: a population over all its time steps as one operation of candle.
//!
//! | tensor | shape | |
//! |---|---|---|
//! | start | `[S, B, N]` | state before the first step |
//! | drive | `[T, I]`, `[T, I, B]` or `[T, I, B, N]` | one for all, one per batch element, one per neuron; never copied |
//! | params | `[P, N]` | one set per neuron, shared by the batch |
//! | result | `[T, R, B, N]` | the R outputs asked for, after every step |
//!
//! S states, I inputs and P parameters of the model, in its order and units; B batch elements, N neurons, T steps.
//!
//! candle's `backward` recurses over a graph and keeps every tensor of it, so a step is never a chain of tensor
//! operations: a run of any length is one node, and its backward one fused adjoint, which recomputes states from
//! checkpoints instead of keeping them. Gradients go to those of start, drive and params that need one.
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

use crate::model::Model;
use candle_core::{CpuStorage, CustomOp3, DType, Error, Layout, Result, Shape, Storage, Tensor, WithDType, bail};
use kernels::{Adjoint, Forward, Kernel, Level, Precision, Run, Seed, Series, Spread};

/// Runs a population and returns the outputs named, `[T, R, B, N]` in the order of `outputs`; see the [module](self).
///
/// `dt` is the step, ms. An output is a state variable or `spike`. Tensors that are not contiguous are copied.
/// Fails, naming both sides, if an output is unknown, if shapes do not fit the model or each other, if types differ or
/// are neither f32 nor f64, or if tensors are on different devices.
pub fn scan(
    kernel: &'static Kernel,
    dt: f64,
    start: &Tensor,
    drive: &Tensor,
    params: &Tensor,
    outputs: &[&str],
) -> Result<Tensor> {
    let model = Model::from(kernel);
    let record = outputs.iter().map(|name| model.output(name)).collect::<std::result::Result<_, _>>();
    let op = Scan { kernel, dt, record: record.map_err(Error::wrap)? };
    let tensors = [("start", start), ("drive", drive), ("params", params)];
    op.numbers(tensors.map(|(name, t)| (name, t.dtype())))?;
    op.sizes(start.shape(), drive.shape(), params.shape())?;
    for (name, tensor) in &tensors[1..] {
        if !tensor.device().same_device(start.device()) {
            bail!(
                "scan of {}: {name} is on {:?} and start on {:?}; move them to one device with `to_device`",
                kernel.name,
                tensor.device().location(),
                start.device().location()
            )
        }
    }
    start.contiguous()?.apply_op3(&drive.contiguous()?, &params.contiguous()?, op)
}

/// The operation itself, for `start.apply_op3(&drive, &params, scan)`; [`scan()`] is its everyday form.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Model.
    pub kernel: &'static Kernel,
    /// Step, ms.
    pub dt: f64,
    /// Outputs, by [`Kernel::output`].
    pub record: Vec<usize>,
}

/// What the shapes say.
struct Sizes {
    steps: usize,
    batch: usize,
    neurons: usize,
    spread: Spread,
}

impl Scan {
    /// The one place where types are checked.
    fn numbers(&self, found: [(&str, DType); 3]) -> Result<DType> {
        let (name, model) = (CustomOp3::name(self), self.kernel.name);
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

    /// The one place where shapes are checked.
    fn sizes(&self, start: &Shape, drive: &Shape, params: &Shape) -> Result<Sizes> {
        let model = self.kernel;
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

    fn run<'a, F: Number>(&self, sizes: &Sizes, start: &'a [F], drive: &'a [F], params: &'a [F]) -> Run<'a, F> {
        Run {
            dt: self.dt,
            steps: sizes.steps,
            batch: sizes.batch,
            neurons: sizes.neurons,
            start,
            drive: Series { data: drive, spread: sizes.spread },
            params,
            level: Level::best(),
        }
    }

    fn forward<F: Number>(&self, sizes: &Sizes, inputs: [(&CpuStorage, &Layout); 3]) -> Result<CpuStorage> {
        let [start, drive, params] = inputs.map(|(s, l)| floats::<F>(self, s, l));
        let run = self.run(sizes, start?, drive?, params?);
        let mut rows = vec![F::default(); sizes.steps * self.record.len() * sizes.batch * sizes.neurons];
        let out = Forward { record: &self.record, rows: &mut rows, end: &mut [] };
        self.kernel.forward(&run, out).map_err(Error::wrap)?;
        Ok(F::to_cpu_storage_owned(rows))
    }

    fn backward<F: Number>(&self, inputs: [&Tensor; 3], bar: &Tensor) -> Result<[Option<Tensor>; 3]> {
        let [start, drive, params] = inputs;
        let sizes = self.sizes(start.shape(), drive.shape(), params.shape())?;
        let bar = bar.contiguous()?;
        let held = [start, drive, params, &bar].map(|t| t.storage_and_layout());
        let [x, i, p, values] = held.each_ref().map(|(storage, layout)| match &**storage {
            Storage::Cpu(storage) => floats::<F>(self, storage, layout),
            _ => bail!("scan of {}: the gradient is not on the CPU", self.kernel.name),
        });
        let run = self.run(&sizes, x?, i?, p?);
        let wanted = |t: &Tensor, size: usize| vec![F::default(); if t.track_op() { size } else { 0 }];
        let batches = if sizes.spread == Spread::Shared { sizes.batch } else { 1 };
        let mut by = [
            wanted(start, start.elem_count()),
            wanted(drive, drive.elem_count() * batches),
            wanted(params, params.elem_count()),
        ];
        let [by_start, by_drive, by_params] = &mut by;
        let out = Adjoint {
            seed: Seed::Rows(&self.record, values?),
            end: &[],
            start: by_start,
            drive: by_drive,
            params: by_params,
            loss: &mut [],
        };
        self.kernel.adjoint(&run, out).map_err(Error::wrap)?;
        if batches > 1 {
            // The scan leaves one sum per batch element.
            by[1] = by[1].chunks(batches).map(|c| F::of(c.iter().map(|x| x.to()).sum())).collect();
        }
        let mut out = [None, None, None];
        for ((to, by), input) in out.iter_mut().zip(by).zip(inputs) {
            if input.track_op() {
                *to = Some(Tensor::from_vec(by, input.shape(), input.device())?);
            }
        }
        Ok(out)
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
        let types = [("start", start), ("drive", drive), ("params", params)].map(|(name, s)| (name, dtype(s)));
        let dtype = self.numbers(types)?;
        let sizes = self.sizes(start_layout.shape(), drive_layout.shape(), params_layout.shape())?;
        let inputs = [(start, start_layout), (drive, drive_layout), (params, params_layout)];
        let rows = match dtype {
            DType::F32 => self.forward::<f32>(&sizes, inputs)?,
            _ => self.forward::<f64>(&sizes, inputs)?,
        };
        Ok((rows, Shape::from((sizes.steps, self.record.len(), sizes.batch, sizes.neurons))))
    }

    fn bwd(
        &self,
        start: &Tensor,
        drive: &Tensor,
        params: &Tensor,
        _: &Tensor,
        bar: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let inputs = [start, drive, params];
        let [start, drive, params] = match bar.dtype() {
            DType::F32 => self.backward::<f32>(inputs, bar)?,
            _ => self.backward::<f64>(inputs, bar)?,
        };
        Ok((start, drive, params))
    }
}

/// A floating-point type of both the kernels and candle.
trait Number: Precision + WithDType {}

impl<F: Precision + WithDType> Number for F {}

fn dtype(storage: &CpuStorage) -> DType {
    candle_core::backend::BackendStorage::dtype(storage)
}

/// The numbers of a tensor, in order.
fn floats<'a, F: WithDType>(op: &Scan, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [F]> {
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&storage.as_slice::<F>()?[from..to]),
        None => bail!(
            "scan of {}: a tensor of shape {:?} has strides {:?}; call `contiguous` on it first",
            op.kernel.name,
            layout.shape(),
            layout.stride()
        ),
    }
}
