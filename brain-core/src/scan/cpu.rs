//! The scan on the processor reads the rows of tensors where they are.

use super::{Scan, Sizes};
use crate::device::{Number, in_order};
use candle_core::{CpuStorage, Device, Error, Layout, Result, Shape, Storage, Tensor, WithDType, bail};
use kernels::{Adjoint, Forward, Level, Run, Seed, Series};

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

/// Looks at the numbers of a tensor, in order.
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

pub(super) fn advance<F: Number>(op: &Scan, sizes: &Sizes, inputs: [&Tensor; 3]) -> Result<(Tensor, Tensor)> {
    let held = inputs.map(|t| t.storage_and_layout());
    let [x, i, p] = held.each_ref().map(|(storage, layout)| match &**storage {
        Storage::Cpu(storage) => floats::<F>(storage, layout),
        _ => bail!("scan of {}: tensors are on several devices; move them to one with `to_device`", op.cell.name),
    });
    let mut rows = vec![F::default(); op.rows(sizes).elem_count()];
    let mut end = vec![F::default(); inputs[0].elem_count()];
    let out = Forward { record: &op.record, rows: &mut rows, end: &mut end };
    op.cell.forward(&run(op, sizes, [x?, i?, p?]), out).map_err(Error::wrap)?;
    let end = Tensor::from_vec(end, inputs[0].shape(), &Device::Cpu)?;
    Ok((Tensor::from_vec(rows, op.rows(sizes), &Device::Cpu)?, end))
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
        seed: Seed::Rows(&op.record, values?),
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
