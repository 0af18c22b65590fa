//! A workload runs on the processor or on a device ([`brain_core::device::ScanDevice`]), with buffers that are made
//! before the clock starts, so that only the pass is timed.

use kernels::{Adjoint, AdjointSeed, Cell, Forward, Level, Precision, Run, Series, SquaredDistance, Tangent, device};
use std::cell::RefCell;
#[cfg(any(feature = "cuda", feature = "metal"))]
use {brain_core::device::DeviceError, kernels::device::Queue};

/// The memory of a place, and the passes that run there.
pub trait Runner<F: Precision> {
    /// Numbers in its memory.
    type Buffer;
    /// Copies `from` to that memory.
    fn upload(&self, from: &[F]) -> anyhow::Result<Self::Buffer>;
    /// Makes room for `length` numbers of any value.
    fn allocate(&self, length: usize) -> anyhow::Result<Self::Buffer>;
    /// Copies the numbers back after everything before is done.
    fn numbers(&self, from: &Self::Buffer, length: usize) -> anyhow::Result<Vec<F>>;
    /// Returns when everything before is done.
    fn wait(&self) -> anyhow::Result<()>;
    /// Records the potential.
    fn forward(&self, cell: Ref, run: &device::Run<Self::Buffer>, rows: &Self::Buffer) -> anyhow::Result<()>;
    /// Computes gradients of a distance.
    fn adjoint(
        &self,
        cell: Ref,
        run: &device::Run<Self::Buffer>,
        objective: device::SquaredDistance<Self::Buffer>,
        by: &device::AdjointBuffers<Self::Buffer>,
    ) -> anyhow::Result<()>;
    /// Computes the sums of a distance.
    fn tangent(
        &self,
        cell: Ref,
        run: &device::Run<Self::Buffer>,
        out: &device::Tangent<Self::Buffer>,
    ) -> anyhow::Result<()>;
}

type Ref = &'static Cell;

/// The processor.
pub struct Processor;

type Numbers<F> = RefCell<Vec<F>>;

/// Borrows buffers as the scans of the processor take them.
macro_rules! borrow {
    ($run:expr => $view:ident, $($name:ident: $buffer:expr),*) => {
        let (start, drive, params) = ($run.start.borrow(), $run.drive.data.borrow(), $run.params.borrow());
        let $view = Run {
            dt: $run.dt,
            steps: $run.steps,
            batch: $run.batch,
            neurons: $run.neurons,
            start: &start,
            drive: Series { data: &drive, spread: $run.drive.spread },
            params: &params,
            level: Level::best(),
        };
        $( let $name = $buffer.borrow(); )*
    };
}

fn compare<'a, F>(o: &device::SquaredDistance<Numbers<F>>, target: &'a [F], weight: &'a [F]) -> SquaredDistance<'a, F> {
    let (target, weight) =
        (Series { data: target, spread: o.target.spread }, Series { data: weight, spread: o.weight.spread });
    SquaredDistance { row: o.row, target, weight }
}

impl<F: Precision> Runner<F> for Processor {
    type Buffer = Numbers<F>;

    fn upload(&self, from: &[F]) -> anyhow::Result<Numbers<F>> {
        Ok(RefCell::new(from.to_vec()))
    }

    fn allocate(&self, length: usize) -> anyhow::Result<Numbers<F>> {
        Ok(RefCell::new(super::cells::zeros(length, 1)?))
    }

    fn numbers(&self, from: &Numbers<F>, _: usize) -> anyhow::Result<Vec<F>> {
        Ok(from.borrow().clone())
    }

    fn wait(&self) -> anyhow::Result<()> {
        Ok(())
    }

    fn forward(&self, cell: Ref, run: &device::Run<Numbers<F>>, rows: &Numbers<F>) -> anyhow::Result<()> {
        borrow!(run => run,);
        Ok(cell.forward(&run, Forward { record: &[0], rows: &mut rows.borrow_mut(), end: &mut [] })?)
    }

    fn adjoint(
        &self,
        cell: Ref,
        run: &device::Run<Numbers<F>>,
        objective: device::SquaredDistance<Numbers<F>>,
        by: &device::AdjointBuffers<Numbers<F>>,
    ) -> anyhow::Result<()> {
        borrow!(run => run, target: objective.target.data, weight: objective.weight.data);
        let none = || RefCell::new(vec![]);
        let spare = [none(), none(), none(), none()];
        let mut buffers = [by.start, by.drive, by.params, by.loss].into_iter().zip(&spare).map(|(b, s)| b.unwrap_or(s));
        let mut next = || buffers.next().map(RefCell::borrow_mut);
        let (Some(mut start), Some(mut drive), Some(mut params), Some(mut loss)) = (next(), next(), next(), next())
        else {
            unreachable!("four buffers")
        };
        let out = Adjoint {
            seed: AdjointSeed::Distance(compare(&objective, &target, &weight)),
            end: &[],
            start: &mut start,
            drive: &mut drive,
            params: &mut params,
            loss: &mut loss,
        };
        Ok(cell.adjoint(&run, out)?)
    }

    fn tangent(
        &self,
        cell: Ref,
        run: &device::Run<Numbers<F>>,
        out: &device::Tangent<Numbers<F>>,
    ) -> anyhow::Result<()> {
        borrow!(run => run, target: out.objective.target.data, weight: out.objective.weight.data);
        let spare = RefCell::new(vec![]);
        let moving = out.start.unwrap_or(&spare).borrow().clone();
        let out = Tangent {
            objective: compare(&out.objective, &target, &weight),
            which: out.which,
            start: &moving,
            loss: &mut out.loss.borrow_mut(),
            gradient: &mut out.gradient.borrow_mut(),
            curvature: &mut out.curvature.unwrap_or(&spare).borrow_mut(),
        };
        Ok(cell.tangent(&run, out)?)
    }
}

#[cfg(any(feature = "cuda", feature = "metal"))]
/// A device, by its queue.
pub struct QueueRunner<'q, Q>(pub &'q Q);

#[cfg(any(feature = "cuda", feature = "metal"))]
impl<F: Precision, Q: Queue<F, Error = DeviceError>> Runner<F> for QueueRunner<'_, Q> {
    type Buffer = Q::Buffer;

    fn upload(&self, from: &[F]) -> anyhow::Result<Q::Buffer> {
        Ok(self.0.upload(from)?)
    }

    fn allocate(&self, length: usize) -> anyhow::Result<Q::Buffer> {
        // There is room for one set of results at a time; a run asks for what it needs beside them when it starts.
        self.0.room(length * size_of::<F>(), 1)?;
        Ok(self.0.allocate(length)?)
    }

    fn numbers(&self, from: &Q::Buffer, length: usize) -> anyhow::Result<Vec<F>> {
        let mut numbers = vec![F::default(); length];
        self.0.download(from, &mut numbers)?;
        Ok(numbers)
    }

    fn wait(&self) -> anyhow::Result<()> {
        Ok(self.0.wait()?)
    }

    fn forward(&self, cell: Ref, run: &device::Run<Q::Buffer>, rows: &Q::Buffer) -> anyhow::Result<()> {
        Ok(device::forward(self.0, cell, run, &[0], rows, None)?)
    }

    fn adjoint(
        &self,
        cell: Ref,
        run: &device::Run<Q::Buffer>,
        objective: device::SquaredDistance<Q::Buffer>,
        by: &device::AdjointBuffers<Q::Buffer>,
    ) -> anyhow::Result<()> {
        Ok(device::adjoint(self.0, cell, run, &device::AdjointSeed::Distance(objective), None, by)?)
    }

    fn tangent(&self, cell: Ref, run: &device::Run<Q::Buffer>, out: &device::Tangent<Q::Buffer>) -> anyhow::Result<()> {
        Ok(device::tangent(self.0, cell, run, out)?)
    }
}
