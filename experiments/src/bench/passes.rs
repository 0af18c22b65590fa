//! What is timed: buffers are made before.

use super::{
    Mode,
    backend::Backend,
    cells::{Cells, zeros},
    measure::repeat,
};
use kernels::{
    Precision, Spread,
    device::{Gradients, Objective, Run, Series, Tangent},
};

/// Results to compare with other simulators'.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// Mean squared distance to the target, mV2.
    pub loss: Option<f64>,
    /// Spikes of the first cell.
    pub spikes_0: Option<usize>,
    /// Derivative of the loss by each parameter of the first cell, with the parameter's first field.
    pub gradient_0: Option<Vec<(&'static str, f64)>>,
    /// Mean rate of a network, Hz.
    pub rate_hz: Option<f64>,
    /// Synapses of a network.
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
    fn new<F: Precision>(backend: &impl Backend<F, Buffer = B>, cells: &Cells<F>) -> anyhow::Result<Self> {
        let upload = |x: &[F]| backend.upload(x);
        Ok(Placed { start: upload(&cells.start)?, drive: upload(&cells.drive)?, params: upload(&cells.params)? })
    }

    fn run<F>(&self, cells: &Cells<F>) -> Run<'_, B> {
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
pub fn forward<F: Precision, B: Backend<F>>(
    backend: &B,
    cells: &Cells<F>,
    repeats: usize,
) -> anyhow::Result<(Vec<f64>, Checks)> {
    let width = cells.batch * cells.n;
    let placed = Placed::new(backend, cells)?;
    let rows = backend.allocate(cells.steps * width)?;
    let run = placed.run(cells);
    let seconds = repeat(repeats, || {
        backend.forward(cells.kernel, &run, &rows)?;
        backend.wait()
    })?;
    let rows = backend.numbers(&rows, cells.steps * width)?;
    let first: Vec<f64> = rows.iter().step_by(width).map(|v| v.to()).collect();
    let spikes = first.windows(2).filter(|w| (cells.spec.spike)(w[0], w[1])).count();
    Ok((seconds, Checks { spikes_0: Some(spikes), ..Checks::default() }))
}

/// The distance of the voltage to the target and its gradient, with or without the matrix of Levenberg-Marquardt.
pub fn gradient<F: Precision, B: Backend<F>>(
    backend: &B,
    cells: &Cells<F>,
    mode: Mode,
    curvature: bool,
    repeats: usize,
) -> anyhow::Result<(Vec<f64>, Checks)> {
    let (kernel, n) = (cells.kernel, cells.n);
    let width = cells.batch * n;
    let fields: Vec<&str> = cells.spec.parameters.iter().flat_map(|p| p.fields).copied().collect();
    let which: Vec<usize> = fields.iter().filter_map(|f| kernel.parameter(f)).collect();
    let k = which.len();
    let rest = cells.spec.parameters[..cells.spec.rest].iter().map(|p| p.fields.len()).sum::<usize>();
    let placed = Placed::new(backend, cells)?;
    let run = placed.run(cells);
    let (target, weight) = (backend.upload(&cells.target)?, backend.upload(&vec![F::of(1.0); cells.steps])?);
    let shared = |data| Series { data, spread: Spread::Shared };
    let objective = || Objective { row: 0, target: shared(&target), weight: shared(&weight) };
    let loss = backend.allocate(n)?;
    // Half the gradient of the sum of squares, by field.
    let mut by_field = vec![0.0; k];
    let seconds = match mode {
        Mode::Tangent => {
            let size = kernel.state.len() * width;
            let mut moving = zeros(k, size)?;
            moving[rest * size..][..width].fill(F::of(1.0));
            let moving = backend.upload(&moving)?;
            let half = backend.allocate(k * n)?;
            let matrix = if curvature { Some(backend.allocate(k * (k + 1) / 2 * n)?) } else { None };
            let out = Tangent {
                objective: objective(),
                which: &which,
                start: Some(&moving),
                loss: &loss,
                gradient: &half,
                curvature: matrix.as_ref(),
            };
            let seconds = repeat(repeats, || {
                backend.tangent(kernel, &run, &out)?;
                backend.wait()
            })?;
            let half = backend.numbers(&half, k * n)?;
            by_field.iter_mut().zip(half.chunks(n)).for_each(|(to, row)| *to = row[0].to());
            seconds
        }
        Mode::Adjoint => {
            let (size, parameters) = (kernel.state.len() * width, kernel.param.len() * n);
            let (start, params) = (backend.allocate(size)?, backend.allocate(parameters)?);
            let by = Gradients { start: Some(&start), drive: None, params: Some(&params), loss: Some(&loss) };
            let seconds = repeat(repeats, || {
                backend.adjoint(kernel, &run, objective(), &by)?;
                backend.wait()
            })?;
            let (start, params) = (backend.numbers(&start, size)?, backend.numbers(&params, parameters)?);
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
        loss: Some(backend.numbers(&loss, n)?.iter().map(|x: &F| x.to()).sum::<f64>() / samples),
        gradient_0: Some(by_parameter.collect()),
        ..Checks::default()
    };
    Ok((seconds, checks))
}
