//! An objective on the processor reads its tensors where they are.

use super::{Candidates, Found, Method, Objective, Wanted};
use crate::device::{Number, in_order};
use candle_core::{Device, Error, Result, Storage, Tensor, bail};
use kernels::{Adjoint, AdjointSeed, Level, Run, Series, SquaredDistance, Tangent};

/// Evaluates the candidates.
pub(super) fn evaluate<F: Number>(objective: &Objective, candidates: &Candidates, wanted: Wanted) -> Result<Found> {
    let (cell, n) = (objective.model.cell(), candidates.count);
    let tensors = [
        &candidates.start,
        &objective.drive.contiguous()?,
        &objective.target.contiguous()?,
        &objective.weight.contiguous()?,
        &candidates.params,
    ];
    let held = tensors.map(|t| t.storage_and_layout());
    let [start, drive, target, weight, params] = held.each_ref().map(|(storage, layout)| match &**storage {
        Storage::Cpu(storage) => {
            let (from, to) = in_order(layout)?;
            storage.as_slice::<F>().map(|x| &x[from..to])
        }
        _ => bail!("objective on {}: tensors are on several devices; move them to one with `to_device`", cell.name),
    });
    let (start, drive, target, weight, params) = (start?, drive?, target?, weight?, params?);
    let run = Run {
        dt: objective.dt,
        steps: objective.steps(),
        batch: objective.batch(),
        neurons: n,
        start,
        drive: Series { data: drive, spread: Objective::spread(&objective.drive, 3) },
        params,
        level: Level::best(),
    };
    let distance = SquaredDistance {
        row: objective.output,
        target: Series { data: target, spread: Objective::spread(&objective.target, 2) },
        weight: Series { data: weight, spread: Objective::spread(&objective.weight, 2) },
    };
    let zeros = |rows: usize| vec![F::default(); rows * n];
    let tensor = |numbers: Vec<F>, rows: usize| Tensor::from_vec(numbers, (rows, n), &Device::Cpu);
    let mut loss = zeros(1);
    let (gradient, jtj) = if wanted == Wanted::Gradient(Method::Adjoint) {
        let mut by_params = zeros(cell.param.len());
        let out = Adjoint {
            seed: AdjointSeed::Distance(distance),
            end: &[],
            start: &mut [],
            drive: &mut [],
            params: &mut by_params,
            loss: &mut loss,
        };
        cell.adjoint(&run, out).map_err(Error::wrap)?;
        let free = objective.free.iter().flat_map(|&p| by_params[p * n..][..n].iter().copied()).collect();
        (Some(tensor(free, objective.free.len())?), None)
    } else {
        let which = if wanted == Wanted::Loss { &[][..] } else { &objective.free };
        let k = which.len();
        let pairs = if wanted == Wanted::Normal { k * (k + 1) / 2 } else { 0 };
        let (mut gradient, mut curvature) = (zeros(k), zeros(pairs));
        let out = Tangent {
            objective: distance,
            which,
            start: &[],
            loss: &mut loss,
            gradient: &mut gradient,
            curvature: &mut curvature,
        };
        cell.tangent(&run, out).map_err(Error::wrap)?;
        let gradient = (wanted != Wanted::Loss).then(|| tensor(gradient, k)).transpose()?;
        (gradient, (wanted == Wanted::Normal).then(|| tensor(curvature, pairs)).transpose()?)
    };
    Ok(Found { loss: Tensor::from_vec(loss, n, &Device::Cpu)?, gradient, jtj })
}
