//! The scan on the processor reads the rows of tensors where they are.

use super::{Scan, Sizes};
use crate::device::{Number, in_order};
use candle_core::{CpuStorage, Device, Error, InplaceOp1, Layout, Result, Shape, Storage, Tensor, WithDType, bail};
use kernels::{Adjoint, AdjointSeed, Forward, Level, Run, Series};
use std::cell::RefCell;

fn run<'a, F: Number>(op: &Scan, sizes: &Sizes, [start, drive, params]: [&'a [F]; 3]) -> Run<'a, F> {
    Run {
        dt: op.dt,
        steps: sizes.steps,
        batch: sizes.batch,
        neurons: sizes.neurons,
        start,
        drive: Series { data: drive, spread: sizes.spread },
        params,
        level: Level::best(),
    }
}

/// Returns the numbers of a tensor, in order.
fn floats<'a, F: WithDType>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [F]> {
    let (from, to) = in_order(layout)?;
    Ok(&storage.as_slice::<F>()?[from..to])
}

pub(super) fn forward<F: Number>(op: &Scan, sizes: &Sizes, inputs: [(&CpuStorage, &Layout); 3]) -> Result<CpuStorage> {
    let [start, drive, params] = inputs.map(|(storage, layout)| floats::<F>(storage, layout));
    let mut rows = vec![F::default(); op.rows(sizes).elem_count()];
    let out = Forward { record: &op.record, rows: &mut rows, end: &mut [] };
    op.cell.forward(&run(op, sizes, [start?, drive?, params?]), out).map_err(Error::wrap)?;
    Ok(F::to_cpu_storage_owned(rows))
}

/// Runs a population from tensors into rows `[time, output, batch, neuron]`, and returns the state at the end.
fn fill<F: Number>(op: &Scan, sizes: &Sizes, inputs: [&Tensor; 3], rows: &mut [F]) -> Result<Tensor> {
    let held = inputs.map(|t| t.storage_and_layout());
    let [x, i, p] = held.each_ref().map(|(storage, layout)| match &**storage {
        Storage::Cpu(storage) => floats::<F>(storage, layout),
        _ => bail!("scan of {}: tensors are on several devices; move them to one with `to_device`", op.cell.name),
    });
    let mut end = vec![F::default(); inputs[0].elem_count()];
    let out = Forward { record: &op.record, rows, end: &mut end };
    op.cell.forward(&run(op, sizes, [x?, i?, p?]), out).map_err(Error::wrap)?;
    Tensor::from_vec(end, inputs[0].shape(), &Device::Cpu)
}

pub(super) fn advance<F: Number>(op: &Scan, sizes: &Sizes, inputs: [&Tensor; 3]) -> Result<(Tensor, Tensor)> {
    let mut rows = vec![F::default(); op.rows(sizes).elem_count()];
    let end = fill(op, sizes, inputs, &mut rows)?;
    Ok((Tensor::from_vec(rows, op.rows(sizes), &Device::Cpu)?, end))
}

/// Runs a population into the memory of `rows`, and returns the state at the end.
pub(super) fn advance_into(op: &Scan, sizes: &Sizes, inputs: [&Tensor; 3], rows: &Tensor) -> Result<Tensor> {
    let filling = Fill { op, sizes, inputs, end: RefCell::new(None) };
    rows.inplace_op1(&filling)?;
    match filling.end.into_inner() {
        Some(end) => Ok(end),
        None => bail!("scan of {}: the rows are not on the device of the tensors", op.cell.name),
    }
}

/// The operation that writes into rows which exist already.
struct Fill<'a> {
    op: &'a Scan,
    sizes: &'a Sizes,
    inputs: [&'a Tensor; 3],
    /// State at the end, once it is known.
    end: RefCell<Option<Tensor>>,
}

impl InplaceOp1 for Fill<'_> {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn cpu_fwd(&self, rows: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (from, to) = in_order(layout)?;
        let end = match rows {
            CpuStorage::F32(rows) => fill(self.op, self.sizes, self.inputs, &mut rows[from..to])?,
            CpuStorage::F64(rows) => fill(self.op, self.sizes, self.inputs, &mut rows[from..to])?,
            _ => bail!("scan of {}: rows are of type F32 or F64", self.op.cell.name),
        };
        self.end.replace(Some(end));
        Ok(())
    }
}

pub(super) fn backward<F: Number>(
    op: &Scan,
    sizes: &Sizes,
    inputs: [&Tensor; 3],
    bar: &Tensor,
) -> Result<[Option<Tensor>; 3]> {
    let [start, drive, params] = inputs;
    let held = [start, drive, params, bar].map(|t| t.storage_and_layout());
    let [x, i, p, values] = held.each_ref().map(|(storage, layout)| match &**storage {
        Storage::Cpu(storage) => floats::<F>(storage, layout),
        _ => bail!("scan of {}: the gradient is not on the device of the tensors", op.cell.name),
    });
    let shapes = sizes.gradients(inputs);
    let mut by = shapes.each_ref().map(|shape| vec![F::default(); shape.as_ref().map_or(0, Shape::elem_count)]);
    let [by_start, by_drive, by_params] = &mut by;
    let out = Adjoint {
        seed: AdjointSeed::Rows(&op.record, values?),
        end: &[],
        start: by_start,
        drive: by_drive,
        params: by_params,
        loss: &mut [],
    };
    op.cell.adjoint(&run(op, sizes, [x?, i?, p?]), out).map_err(Error::wrap)?;
    let mut gradients = [None, None, None];
    for ((to, by), shape) in gradients.iter_mut().zip(by).zip(shapes) {
        *to = shape.map(|shape| Tensor::from_vec(by, shape, &Device::Cpu)).transpose()?;
    }
    Ok(gradients)
}
