//! The scan on a device launches on tensors where they are.

use super::{Scan, Sizes};
use crate::device::{Number, Tensors};
use candle_core::{Layout, Result, Shape, Storage, Tensor, bail, op::BackpropOp};
use kernels::device::{self, AdjointBuffers, AdjointSeed, Run, Series};

fn run<'a, B>(op: &Scan, sizes: &Sizes, [start, drive, params]: [&'a B; 3]) -> Run<'a, B> {
    Run {
        dt: op.dt,
        steps: sizes.steps,
        batch: sizes.batch,
        neurons: sizes.neurons,
        start,
        drive: Series { data: drive, spread: sizes.spread },
        params,
    }
}

pub(super) fn forward<F: Number, Q: Tensors<F>>(
    op: &Scan,
    queue: &Q,
    sizes: &Sizes,
    inputs: [(&Q::Storage, &Layout); 3],
) -> Result<Q::Storage> {
    let [start, drive, params] = inputs.map(|(storage, layout)| queue.view(storage, layout));
    let length = op.rows(sizes).elem_count();
    queue.room(length * size_of::<F>(), sizes.batch)?;
    let rows = queue.allocate(length)?;
    device::forward(queue, op.cell, &run(op, sizes, [&start?, &drive?, &params?]), &op.record, &rows, None)?;
    Ok(queue.own(rows)?)
}

pub(super) fn advance<F: Number, Q: Tensors<F>>(
    op: &Scan,
    queue: &Q,
    sizes: &Sizes,
    inputs: [&Tensor; 3],
) -> Result<(Tensor, Tensor)> {
    let held = inputs.map(|t| t.storage_and_layout());
    let [x, i, p] = held.each_ref().map(|(storage, layout)| match Q::find(storage) {
        Some(storage) => Ok(queue.view(storage, layout)?),
        None => bail!("scan of {}: tensors are on several devices; move them to one with `to_device`", op.cell.name),
    });
    let (shape, state) = (op.rows(sizes), inputs[0].shape().clone());
    queue.room((shape.elem_count() + state.elem_count()) * size_of::<F>(), sizes.batch)?;
    let (rows, end) = (queue.allocate(shape.elem_count())?, queue.allocate(state.elem_count())?);
    device::forward(queue, op.cell, &run(op, sizes, [&x?, &i?, &p?]), &op.record, &rows, Some(&end))?;
    let tensor = |buffer, shape| -> Result<Tensor> {
        Ok(Tensor::from_storage(Q::wrap(queue.own(buffer)?), shape, BackpropOp::none(), false))
    };
    Ok((tensor(rows, shape)?, tensor(end, state)?))
}

pub(super) fn backward<F: Number, Q: Tensors<F>>(
    op: &Scan,
    queue: &Q,
    sizes: &Sizes,
    inputs: [&Tensor; 3],
    bar: &Tensor,
) -> Result<[Option<Tensor>; 3]> {
    let shapes = sizes.gradients(inputs);
    let device = bar.device();
    if sizes.batch * sizes.neurons == 0 {
        // Nothing is launched without neurons or batch; gradients w.r.t. the parameters are zero.
        return each(shapes, |shape| Tensor::zeros(shape, F::DTYPE, device));
    }
    let [start, drive, params] = inputs;
    let held = [start, drive, params, bar].map(|t| t.storage_and_layout());
    let [x, i, p, values] = held.each_ref().map(|(storage, layout)| match Q::find(storage) {
        Some(storage) => Ok(queue.view(storage, layout)?),
        None => bail!("scan of {}: the gradient is not on the device of the tensors", op.cell.name),
    });
    let (x, i, p, values) = (x?, i?, p?, values?);
    let lengths = shapes.each_ref().map(|shape| shape.as_ref().map(Shape::elem_count));
    queue.room(lengths.iter().flatten().sum::<usize>() * size_of::<F>(), sizes.batch)?;
    let [start, drive, params] = lengths.map(|length| length.map(|length| queue.allocate(length)).transpose());
    let by = [start?, drive?, params?];
    let wanted = AdjointBuffers { start: by[0].as_ref(), drive: by[1].as_ref(), params: by[2].as_ref(), loss: None };
    device::adjoint(
        queue,
        op.cell,
        &run(op, sizes, [&x, &i, &p]),
        &AdjointSeed::Rows(&op.record, &values),
        None,
        &wanted,
    )?;
    let mut buffers = by.into_iter().flatten();
    each(shapes, |shape| {
        let Some(buffer) = buffers.next() else { bail!("a gradient without a buffer") };
        let storage: Storage = Q::wrap(queue.own(buffer)?);
        Ok(Tensor::from_storage(storage, shape, BackpropOp::none(), false))
    })
}

fn each(shapes: [Option<Shape>; 3], mut tensor: impl FnMut(Shape) -> Result<Tensor>) -> Result<[Option<Tensor>; 3]> {
    let [start, drive, params] = shapes.map(|shape| shape.map(&mut tensor).transpose());
    Ok([start?, drive?, params?])
}
