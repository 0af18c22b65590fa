//! This module runs the scans of a device for arrays in the host's memory, with the signatures of [`Cell`]'s own scans.

use super::{AdjointBuffers, AdjointSeed, Queue, Run, Series, SquaredDistance};
use crate::{Adjoint, Cell, Forward, Precision, Tangent};

/// Does the same as [`Cell::forward`] on the device of `queue`.
pub fn forward<F: Precision, Q: Queue<F>>(
    queue: &Q,
    kernel: &'static Cell,
    run: &crate::Run<F>,
    out: Forward<F>,
) -> Result<(), Q::Error> {
    kernel.check_forward(run, &out)?;
    if run.batch * run.neurons == 0 {
        return Ok(());
    }
    let uploaded = Uploaded::new(queue, run, out.rows.len() + out.end.len())?;
    let rows = queue.allocate(out.rows.len())?;
    let end = optional(queue, out.end.len())?;
    super::forward(queue, kernel, &uploaded.run(run), out.record, &rows, end.as_ref())?;
    queue.download(&rows, out.rows)?;
    fetch(queue, end, out.end)
}

/// Does the same as [`Cell::adjoint`] on the device of `queue`.
pub fn adjoint<F: Precision, Q: Queue<F>>(
    queue: &Q,
    kernel: &'static Cell,
    run: &crate::Run<F>,
    out: Adjoint<F>,
) -> Result<(), Q::Error> {
    kernel.check_adjoint(run, &out)?;
    if run.batch * run.neurons == 0 {
        return Ok(());
    }
    let results = [out.start.len(), out.drive.len(), out.params.len(), out.loss.len()];
    let uploaded = Uploaded::new(queue, run, out.end.len() + results.iter().sum::<usize>())?;
    let given = match &out.seed {
        crate::AdjointSeed::Rows(_, values) => [queue.upload(values)?, queue.allocate(0)?],
        crate::AdjointSeed::Distance(o) => [queue.upload(o.target.data)?, queue.upload(o.weight.data)?],
    };
    let seed = match &out.seed {
        crate::AdjointSeed::Rows(rows, _) => AdjointSeed::Rows(rows, &given[0]),
        crate::AdjointSeed::Distance(o) => AdjointSeed::Distance(compare(o, &given)),
    };
    let end = (!out.end.is_empty()).then(|| queue.upload(out.end)).transpose()?;
    let [start, drive, params, loss] = results.map(|length| optional(queue, length));
    let (start, drive, params, loss) = (start?, drive?, params?, loss?);
    let by =
        AdjointBuffers { start: start.as_ref(), drive: drive.as_ref(), params: params.as_ref(), loss: loss.as_ref() };
    super::adjoint(queue, kernel, &uploaded.run(run), &seed, end.as_ref(), &by)?;
    fetch(queue, start, out.start)?;
    fetch(queue, drive, out.drive)?;
    fetch(queue, params, out.params)?;
    fetch(queue, loss, out.loss)
}

/// Does the same as [`Cell::tangent`] on the device of `queue`.
pub fn tangent<F: Precision, Q: Queue<F>>(
    queue: &Q,
    kernel: &'static Cell,
    run: &crate::Run<F>,
    out: Tangent<F>,
) -> Result<(), Q::Error> {
    kernel.check_tangent(run, &out)?;
    if run.batch * run.neurons == 0 {
        return Ok(());
    }
    let results = out.loss.len() + out.gradient.len() + out.curvature.len();
    let uploaded = Uploaded::new(queue, run, out.start.len() + results)?;
    let given = [queue.upload(out.objective.target.data)?, queue.upload(out.objective.weight.data)?];
    let start = (!out.start.is_empty()).then(|| queue.upload(out.start)).transpose()?;
    let (loss, gradient) = (queue.allocate(out.loss.len())?, queue.allocate(out.gradient.len())?);
    let curvature = optional(queue, out.curvature.len())?;
    let scan = super::Tangent {
        objective: compare(&out.objective, &given),
        which: out.which,
        start: start.as_ref(),
        loss: &loss,
        gradient: &gradient,
        curvature: curvature.as_ref(),
    };
    super::tangent(queue, kernel, &uploaded.run(run), &scan)?;
    queue.download(&loss, out.loss)?;
    queue.download(&gradient, out.gradient)?;
    fetch(queue, curvature, out.curvature)
}

/// The arrays of a run on the device.
struct Uploaded<B> {
    start: B,
    drive: B,
    params: B,
}

impl<B> Uploaded<B> {
    /// Uploads the arrays of a run. Fails where there is no room for them and `others`.
    fn new<F: Precision, Q: Queue<F, Buffer = B>>(
        queue: &Q,
        run: &crate::Run<F>,
        others: usize,
    ) -> Result<Self, Q::Error> {
        let length = run.start.len() + run.drive.data.len() + run.params.len() + others;
        queue.room(length * size_of::<F>(), run.batch)?;
        let (start, drive, params) =
            (queue.upload(run.start)?, queue.upload(run.drive.data)?, queue.upload(run.params)?);
        Ok(Uploaded { start, drive, params })
    }

    fn run<F>(&self, run: &crate::Run<F>) -> Run<'_, B> {
        Run {
            dt: run.dt,
            steps: run.steps,
            batch: run.batch,
            neurons: run.neurons,
            start: &self.start,
            drive: Series { data: &self.drive, spread: run.drive.spread },
            params: &self.params,
        }
    }
}

fn compare<'a, F, B>(objective: &crate::SquaredDistance<F>, [target, weight]: &'a [B; 2]) -> SquaredDistance<'a, B> {
    SquaredDistance {
        row: objective.row,
        target: Series { data: target, spread: objective.target.spread },
        weight: Series { data: weight, spread: objective.weight.spread },
    }
}

fn optional<F: Precision, Q: Queue<F>>(queue: &Q, length: usize) -> Result<Option<Q::Buffer>, Q::Error> {
    (length > 0).then(|| queue.allocate(length)).transpose()
}

fn fetch<F: Precision, Q: Queue<F>>(queue: &Q, from: Option<Q::Buffer>, to: &mut [F]) -> Result<(), Q::Error> {
    from.map_or(Ok(()), |from| queue.download(&from, to))
}
