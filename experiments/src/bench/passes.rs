//! This module has the passes that are timed; their buffers are made before.

use super::{
    Mode,
    cells::{BenchCells, zeros},
    measure::repeat,
    runner::Runner,
};
use kernels::{
    Precision, Spread,
    device::{AdjointBuffers, Run, Series, SquaredDistance, Tangent},
};

/// Results that can be compared with those of other simulators.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// Mean squared distance to the target, mV^2.
    pub loss: Option<f64>,
    /// Number of spikes of the first cell.
    pub spikes_0: Option<usize>,
    /// Derivative of the loss w.r.t. each parameter of the first cell, with the parameter's first field.
    pub gradient_0: Option<Vec<(&'static str, f64)>>,
    /// Mean rate of a network, Hz.
    pub rate_hz: Option<f64>,
    /// Number of synapses of a network.
    pub synapses: Option<usize>,
    /// Time in which it was built, s.
    pub seconds_build: Option<f64>,
}

/// A population's numbers where it runs.
struct Placed<B> {
    start: B,
    drive: B,
    params: B,
}

impl<B> Placed<B> {
    fn new<F: Precision>(runner: &impl Runner<F, Buffer = B>, cells: &BenchCells<F>) -> anyhow::Result<Self> {
        let upload = |x: &[F]| runner.upload(x);
        Ok(Placed { start: upload(&cells.start)?, drive: upload(&cells.drive)?, params: upload(&cells.params)? })
    }

    fn run<F>(&self, cells: &BenchCells<F>) -> Run<'_, B> {
        Run {
            dt: cells.spec.dt,
            steps: cells.steps,
            batch: cells.batch,
            neurons: cells.n,
            start: &self.start,
            drive: Series { data: &self.drive, spread: Spread::Shared },
            params: &self.params,
        }
    }
}

/// Records every cell's voltage.
pub fn forward<F: Precision, B: Runner<F>>(
    runner: &B,
    cells: &BenchCells<F>,
    repeats: usize,
) -> anyhow::Result<(Vec<f64>, Checks)> {
    let width = cells.batch * cells.n;
    let placed = Placed::new(runner, cells)?;
    let rows = runner.allocate(cells.steps * width)?;
    let run = placed.run(cells);
    let seconds = repeat(repeats, || {
        runner.forward(cells.cell, &run, &rows)?;
        runner.wait()
    })?;
    let rows = runner.numbers(&rows, cells.steps * width)?;
    let first: Vec<f64> = rows.iter().step_by(width).map(|v| v.to()).collect();
    let spikes = first.windows(2).filter(|w| (cells.spec.spike)(w[0], w[1])).count();
    Ok((seconds, Checks { spikes_0: Some(spikes), ..Checks::default() }))
}

/// Computes the distance of the voltage to the target and its gradient, with or without the matrix of
/// Levenberg-Marquardt.
pub fn gradient<F: Precision, B: Runner<F>>(
    runner: &B,
    cells: &BenchCells<F>,
    mode: Mode,
    curvature: bool,
    repeats: usize,
) -> anyhow::Result<(Vec<f64>, Checks)> {
    let (cell, n) = (cells.cell, cells.n);
    let width = cells.batch * n;
    let fields: Vec<&str> = cells.spec.parameters.iter().flat_map(|p| p.fields).copied().collect();
    let which: Vec<usize> = fields.iter().filter_map(|f| cell.parameter(f)).collect();
    let k = which.len();
    let rest = cells.spec.parameters[..cells.spec.rest].iter().map(|p| p.fields.len()).sum::<usize>();
    let placed = Placed::new(runner, cells)?;
    let run = placed.run(cells);
    let (target, weight) = (runner.upload(&cells.target)?, runner.upload(&vec![F::of(1.0); cells.steps])?);
    let shared = |data| Series { data, spread: Spread::Shared };
    let objective = || SquaredDistance { row: 0, target: shared(&target), weight: shared(&weight) };
    let loss = runner.allocate(n)?;
    // These are half the gradients of the sum of squares, by field.
    let mut by_field = vec![0.0; k];
    let seconds = match mode {
        Mode::Tangent => {
            let size = cell.state.len() * width;
            let mut moving = zeros(k, size)?;
            moving[rest * size..][..width].fill(F::of(1.0));
            let moving = runner.upload(&moving)?;
            let half = runner.allocate(k * n)?;
            let matrix = if curvature { Some(runner.allocate(k * (k + 1) / 2 * n)?) } else { None };
            let out = Tangent {
                objective: objective(),
                which: &which,
                start: Some(&moving),
                loss: &loss,
                gradient: &half,
                curvature: matrix.as_ref(),
            };
            let seconds = repeat(repeats, || {
                runner.tangent(cell, &run, &out)?;
                runner.wait()
            })?;
            let half = runner.numbers(&half, k * n)?;
            by_field.iter_mut().zip(half.chunks(n)).for_each(|(to, row)| *to = row[0].to());
            seconds
        }
        Mode::Adjoint => {
            let (size, parameters) = (cell.state.len() * width, cell.param.len() * n);
            let (start, params) = (runner.allocate(size)?, runner.allocate(parameters)?);
            let by = AdjointBuffers { start: Some(&start), drive: None, params: Some(&params), loss: Some(&loss) };
            let seconds = repeat(repeats, || {
                runner.adjoint(cell, &run, objective(), &by)?;
                runner.wait()
            })?;
            let (start, params) = (runner.numbers(&start, size)?, runner.numbers(&params, parameters)?);
            by_field.iter_mut().zip(&which).for_each(|(to, p)| *to = params[p * n].to());
            by_field[rest] += start[..width].iter().step_by(n).map(|x| x.to()).sum::<f64>();
            seconds
        }
    };
    let samples = (cells.steps * width) as f64;
    let mut by_field = by_field.into_iter();
    let by_parameter = cells.spec.parameters.iter().map(|p| {
        let half: f64 = by_field.by_ref().take(p.fields.len()).sum();
        (p.fields[0], 2.0 * half / samples)
    });
    let checks = Checks {
        loss: Some(runner.numbers(&loss, n)?.iter().map(|x: &F| x.to()).sum::<f64>() / samples),
        gradient_0: Some(by_parameter.collect()),
        ..Checks::default()
    };
    Ok((seconds, checks))
}
