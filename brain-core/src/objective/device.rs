//! An objective on a device is one launch, which leaves the losses and their derivatives on the device.

use super::{Candidates, Found, Method, Objective, Wanted};
use crate::device::{Number, Tensors};
use candle_core::{Result, Tensor, bail, op::BackpropOp};
use kernels::device::{self, AdjointBuffers, AdjointSeed, Run, Series, SquaredDistance, Tangent};

/// Evaluates the candidates.
pub(super) fn evaluate<F: Number, Q: Tensors<F>>(
    objective: &Objective,
    queue: &Q,
    candidates: &Candidates,
    wanted: Wanted,
) -> Result<Found> {
    let (cell, n) = (objective.model.cell(), candidates.count);
    let [drive, target, weight] =
        [&objective.drive, &objective.target, &objective.weight].map(|series| series.contiguous());
    let (drive, target, weight) = (drive?, target?, weight?);
    let view = |tensor: &Tensor| {
        let (storage, layout) = tensor.storage_and_layout();
        match Q::find(&storage) {
            Some(storage) => Ok(queue.view(storage, layout)?),
            None => {
                bail!("objective on {}: tensors are on several devices; move them to one with `to_device`", cell.name)
            }
        }
    };
    let (start, params) = (view(&candidates.start)?, view(&candidates.params)?);
    let (drive, target, weight) = (view(&drive)?, view(&target)?, view(&weight)?);
    let run = Run {
        dt: objective.dt,
        steps: objective.steps(),
        batch: objective.batch(),
        neurons: n,
        start: &start,
        drive: Series { data: &drive, spread: Objective::spread(&objective.drive, 3) },
        params: &params,
    };
    let distance = SquaredDistance {
        row: objective.output,
        target: Series { data: &target, spread: Objective::spread(&objective.target, 2) },
        weight: Series { data: &weight, spread: Objective::spread(&objective.weight, 2) },
    };
    let loss = queue.allocate(n)?;
    let tensor = |buffer, rows: usize| -> Result<Tensor> {
        Ok(Tensor::from_storage(Q::wrap(queue.own(buffer)?), (rows, n), BackpropOp::none(), false))
    };
    let (gradient, jtj) = if wanted == Wanted::Gradient(Method::Adjoint) {
        let by_params = queue.allocate(cell.param.len() * n)?;
        let by = AdjointBuffers { start: None, drive: None, params: Some(&by_params), loss: Some(&loss) };
        device::adjoint(queue, cell, &run, &AdjointSeed::Distance(distance), None, &by)?;
        let all = tensor(by_params, cell.param.len())?;
        let rows = objective.free.iter().map(|&p| all.narrow(0, p, 1));
        (Some(Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)?), None)
    } else {
        let which = if wanted == Wanted::Loss { &[][..] } else { &objective.free };
        let k = which.len();
        let pairs = if wanted == Wanted::Normal { k * (k + 1) / 2 } else { 0 };
        let (gradient, curvature) = (queue.allocate(k * n)?, queue.allocate(pairs * n)?);
        let curvature_out = (pairs > 0).then_some(&curvature);
        let out = Tangent {
            objective: distance,
            which,
            start: None,
            loss: &loss,
            gradient: &gradient,
            curvature: curvature_out,
        };
        device::tangent(queue, cell, &run, &out)?;
        let gradient = (wanted != Wanted::Loss).then(|| tensor(gradient, k)).transpose()?;
        (gradient, (wanted == Wanted::Normal).then(|| tensor(curvature, pairs)).transpose()?)
    };
    Ok(Found { loss: tensor(loss, 1)?.squeeze(0)?, gradient, jtj })
}
