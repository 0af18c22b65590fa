//! This module runs the network scan on a device, on the tensors where they are.

use super::{FeedbackPath, scan_data::NetworkScan};
use crate::device::{Number, Tensors, in_order};
use candle_core::{Layout, Result, Shape, Storage, Tensor, bail, op::BackpropOp};
use kernels::device::network::{self, Gradients, History, RunBuffers, Wired};
use std::sync::Arc;

/// The state on the device that the forward run keeps for the backward run.
struct Kept<B, W> {
    wired: Wired<W>,
    history: History<B, W>,
}

/// The recorded numbers, their count, and what is kept for the backward run.
type Made<B, W> = (B, usize, Kept<B, W>);

/// The buffers of the start, the parameters, the weights and the drive, in this order.
type Given<B> = [B; 4];

/// Returns views of the inputs' buffers; those of the parameters and of the weights share one tensor.
fn views<F: Number, Q: Tensors<F>>(
    op: &NetworkScan,
    queue: &Q,
    [start, values, drive]: [(&Q::Storage, &Layout); 3],
) -> Result<Given<Q::Buffer>> {
    let (from, to) = in_order(values.1)?;
    let params = Layout::contiguous_with_offset(op.split, from);
    let weights = Layout::contiguous_with_offset(to - from - op.split, from + op.split);
    Ok([
        queue.view(start.0, start.1)?,
        queue.view(values.0, &params)?,
        queue.view(values.0, &weights)?,
        queue.view(drive.0, drive.1)?,
    ])
}

/// Returns the run as the device's launches take it.
fn run_of<'a, B>(
    op: &'a NetworkScan,
    [start, params, weights, drive]: &'a Given<B>,
    paths: &'a [network::Path],
    fixed: Option<&'a B>,
) -> RunBuffers<'a, B> {
    let (drives, spikes, record) = (&op.drives, &op.spikes, &op.record);
    let (steps, batch) = (op.steps, op.batch);
    RunBuffers { steps, batch, start, params, weights, drive, drives, spikes, record, paths, fixed }
}

/// Returns the feedback paths, and the numbers of those that have their own.
fn paths_of(op: &NetworkScan) -> Result<(Vec<network::Path>, Option<Tensor>)> {
    let (mut kinds, mut numbers) = (vec![], vec![]);
    for path in &op.paths {
        kinds.push(match path {
            FeedbackPath::Weights => network::Path::Weights,
            FeedbackPath::Cut => network::Path::Cut,
            FeedbackPath::Fixed(t) => {
                numbers.push(t);
                network::Path::Fixed
            }
        });
    }
    Ok((kinds, if numbers.is_empty() { None } else { Some(Tensor::cat(&numbers, 0)?) }))
}

/// Runs forward, and returns the recorded numbers with what a backward run needs.
fn ahead<F: Number, Q: Tensors<F>>(
    op: &NetworkScan,
    queue: &Q,
    given: &Given<Q::Buffer>,
) -> Result<Made<Q::Buffer, Q::Words>> {
    let (paths, _) = paths_of(op)?;
    let wired = Wired::new(queue, &op.circuit)?;
    let run = run_of(op, given, &paths, None);
    let count = run.rows(&op.circuit);
    queue.room(count * size_of::<F>(), op.batch)?;
    let rows = queue.allocate(count)?;
    let history = network::forward(queue, &op.circuit, &wired, &run, &rows)?;
    Ok((rows, count, Kept { wired, history }))
}

/// Runs forward; what the run keeps stays with the operation where there will be a backward pass.
pub(super) fn forward<F: Number, Q: Tensors<F>>(
    op: &NetworkScan,
    queue: &Q,
    inputs: [(&Q::Storage, &Layout); 3],
) -> Result<(Q::Storage, Shape)>
where
    Q::Buffer: Send + Sync + 'static,
    Q::Words: Send + Sync + 'static,
{
    let (rows, count, kept) = ahead(op, queue, &views(op, queue, inputs)?)?;
    if op.kept {
        *op.history.lock().unwrap_or_else(|e| e.into_inner()) = Some(Arc::new(kept));
    }
    Ok((queue.own(rows)?, Shape::from(count)))
}

/// Runs backward: it returns the gradients w.r.t. those inputs that are variables.
pub(super) fn backward<F: Number, Q: Tensors<F>>(
    op: &NetworkScan,
    queue: &Q,
    inputs: [&Tensor; 3],
    bar: &Tensor,
) -> Result<[Option<Tensor>; 3]>
where
    Q::Buffer: Send + Sync + 'static,
    Q::Words: Send + Sync + 'static,
{
    let find = |storage: &'_ Storage| match Q::find(storage) {
        Some(_) => Ok(()),
        None => bail!("network scan: the gradient is not on the device of the tensors"),
    };
    let (paths, fixed) = paths_of(op)?;
    let bar = bar.contiguous()?;
    let held = [inputs[0], inputs[1], inputs[2], &bar].map(|t| t.storage_and_layout());
    held.iter().try_for_each(|(storage, _)| find(storage))?;
    let place = |k: usize| Q::find(&held[k].0).map(|storage| (storage, held[k].1));
    let (Some(start), Some(values), Some(drive), Some(bars)) = (place(0), place(1), place(2), place(3)) else {
        bail!("network scan: the gradient is not on the device of the tensors")
    };
    let given = views(op, queue, [start, values, drive])?;
    let bars = queue.view(bars.0, bars.1)?;
    let numbers = fixed.as_ref().map(|t| t.storage_and_layout());
    let numbers = match &numbers {
        Some((storage, layout)) => Q::find(storage).map(|storage| queue.view(storage, layout)).transpose()?,
        None => None,
    };
    let kept = op.history.lock().unwrap_or_else(|e| e.into_inner()).clone();
    let kept = match kept.and_then(|k| k.downcast::<Kept<Q::Buffer, Q::Words>>().ok()) {
        Some(kept) => kept,
        None => Arc::new(ahead(op, queue, &given)?.2),
    };
    let lengths = [inputs[0].elem_count(), op.split, inputs[1].elem_count() - op.split, inputs[2].elem_count()];
    let wanted = [inputs[0], inputs[1], inputs[1], inputs[2]].map(Tensor::track_op);
    let total: usize = lengths.iter().zip(wanted).map(|(n, wanted)| if wanted { *n } else { 0 }).sum();
    queue.room(total * size_of::<F>(), op.batch)?;
    let buffer = |k: usize| wanted[k].then(|| queue.allocate(lengths[k])).transpose();
    let by = [buffer(0)?, buffer(1)?, buffer(2)?, buffer(3)?];
    let [start, params, weights, drive] = by.each_ref().map(Option::as_ref);
    let run = run_of(op, &given, &paths, numbers.as_ref());
    let into = Gradients { start, params, weights, drive };
    network::backward(queue, &op.circuit, &kept.wired, &run, &kept.history, &bars, &into)?;
    let tensor = |buffer: Option<Q::Buffer>, length: usize| {
        let made = |buffer| Ok::<_, candle_core::Error>(Q::wrap(queue.own(buffer)?));
        let storage: Option<Storage> = buffer.map(made).transpose()?;
        Ok::<_, candle_core::Error>(storage.map(|s| Tensor::from_storage(s, length, BackpropOp::none(), false)))
    };
    let [start, params, weights, drive] = by;
    let values = match (tensor(params, lengths[1])?, tensor(weights, lengths[2])?) {
        (Some(params), Some(weights)) => Some(Tensor::cat(&[params, weights], 0)?),
        _ => None,
    };
    Ok([tensor(start, lengths[0])?, values, tensor(drive, lengths[3])?])
}
