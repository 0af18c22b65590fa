//! The operation on a device: one launch that leaves the losses and their gradient there.

use super::Losses;
use crate::{
    device::{Number, Tensors},
    objective::Method,
};
use candle_core::{Layout, Result, Shape, Tensor, bail, op::BackpropOp};
use kernels::device::{self, Gradients, Objective, Run, Seed, Series, Tangent};

pub(super) fn forward<F: Number, Q: Tensors<F>>(
    op: &Losses<F>,
    queue: &Q,
    params: &Q::Storage,
    layout: &Layout,
) -> Result<(Q::Storage, Shape)> {
    let (objective, n) = (&op.resident.objective, layout.dims()[1]);
    let view = |tensor: &Tensor| {
        let (storage, layout) = tensor.storage_and_layout();
        match Q::find(&storage) {
            Some(storage) => Ok(queue.view(storage, layout)?),
            None => bail!("objective on {}: the candidates are on another device", objective.kernel.name),
        }
    };
    let [drive, target, weight] = op.resident.series.each_ref().map(view);
    let (start, drive, target, weight) = (view(&op.start)?, drive?, target?, weight?);
    let params = queue.view(params, layout)?;
    let run = Run {
        dt: objective.dt,
        steps: objective.steps,
        batch: objective.batch,
        neurons: n,
        start: &start,
        drive: Series { data: &drive, spread: objective.drive.spread },
        params: &params,
    };
    let distance = Objective {
        row: objective.output,
        target: Series { data: &target, spread: objective.target.spread },
        weight: Series { data: &weight, spread: objective.weight.spread },
    };
    let loss = queue.allocate(n)?;
    if op.tracked && op.method() == Method::Adjoint {
        let by_params = queue.allocate(objective.params.len() * n)?;
        let by = Gradients { start: None, drive: None, params: Some(&by_params), loss: Some(&loss) };
        device::adjoint(queue, objective.kernel, &run, &Seed::Objective(distance), None, &by)?;
        let all = tensor::<F, Q>(queue, by_params, (objective.params.len(), n))?;
        let rows = objective.free.iter().map(|&p| all.narrow(0, p, 1));
        let _ = op.gradient.set(Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)?);
    } else {
        let which = if op.tracked { &objective.free[..] } else { &[] };
        let gradient = queue.allocate(which.len() * n)?;
        let out =
            Tangent { objective: distance, which, start: None, loss: &loss, gradient: &gradient, curvature: None };
        device::tangent(queue, objective.kernel, &run, &out)?;
        if op.tracked {
            let _ = op.gradient.set(tensor::<F, Q>(queue, gradient, (which.len(), n))?);
        }
    }
    Ok((queue.own(loss)?, Shape::from(n)))
}

fn tensor<F: Number, Q: Tensors<F>>(queue: &Q, buffer: Q::Buffer, shape: (usize, usize)) -> Result<Tensor> {
    Ok(Tensor::from_storage(Q::wrap(queue.own(buffer)?), shape, BackpropOp::none(), false))
}
