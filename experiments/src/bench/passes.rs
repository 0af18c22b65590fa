//! What is timed: buffers are made before.

use super::{
    Mode,
    cells::{Cells, zeros},
    measure::repeat,
};
use kernels::{Adjoint, Forward, Objective, Precision, Seed, Series, Spread, Tangent};

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

/// Records every cell's voltage.
pub fn forward<F: Precision>(cells: &Cells<F>, repeats: usize) -> anyhow::Result<(Vec<f64>, Checks)> {
    let width = cells.batch * cells.n;
    let mut rows = zeros(cells.steps, width)?;
    let run = cells.run();
    let seconds =
        repeat(repeats, || Ok(cells.kernel.forward(&run, Forward { record: &[0], rows: &mut rows, end: &mut [] })?))?;
    let first: Vec<f64> = rows.iter().step_by(width).map(|v| v.to()).collect();
    let spikes = first.windows(2).filter(|w| (cells.spec.spike)(w[0], w[1])).count();
    Ok((seconds, Checks { spikes_0: Some(spikes), ..Checks::default() }))
}

/// The distance of the voltage to the target and its gradient, with or without the matrix of Levenberg-Marquardt.
pub fn gradient<F: Precision>(
    cells: &Cells<F>,
    mode: Mode,
    curvature: bool,
    repeats: usize,
) -> anyhow::Result<(Vec<f64>, Checks)> {
    let (kernel, n, run) = (cells.kernel, cells.n, cells.run());
    let width = cells.batch * n;
    let fields: Vec<&str> = cells.spec.parameters.iter().flat_map(|p| p.fields).copied().collect();
    let which: Vec<usize> = fields.iter().filter_map(|f| kernel.parameter(f)).collect();
    let k = which.len();
    let rest = cells.spec.parameters[..cells.spec.rest].iter().map(|p| p.fields.len()).sum::<usize>();
    let weight = vec![F::of(1.0); cells.steps];
    let objective = Objective {
        row: 0,
        target: Series { data: &cells.target, spread: Spread::Shared },
        weight: Series { data: &weight, spread: Spread::Shared },
    };
    let mut loss = zeros(n, 1)?;
    // Half the gradient of the sum of squares, by field.
    let mut by_field = vec![0.0; k];
    let seconds = match mode {
        Mode::Tangent => {
            let size = kernel.state.len() * width;
            let mut start = zeros(k, size)?;
            start[rest * size..][..width].fill(F::of(1.0));
            let mut half = zeros(k, n)?;
            let mut matrix = zeros(if curvature { k * (k + 1) / 2 } else { 0 }, n)?;
            let seconds = repeat(repeats, || {
                let out = Tangent {
                    objective,
                    which: &which,
                    start: &start,
                    loss: &mut loss,
                    gradient: &mut half,
                    curvature: &mut matrix,
                };
                Ok(kernel.tangent(&run, out)?)
            })?;
            by_field.iter_mut().zip(half.chunks(n)).for_each(|(to, row)| *to = row[0].to());
            seconds
        }
        Mode::Adjoint => {
            let (mut start, mut params) = (zeros(kernel.state.len(), width)?, zeros(kernel.param.len(), n)?);
            let seconds = repeat(repeats, || {
                let out = Adjoint {
                    seed: Seed::Objective(objective),
                    end: &[],
                    start: &mut start,
                    drive: &mut [],
                    params: &mut params,
                    loss: &mut loss,
                };
                Ok(kernel.adjoint(&run, out)?)
            })?;
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
        loss: Some(loss.iter().map(|x: &F| x.to()).sum::<f64>() / samples),
        gradient_0: Some(by_parameter.collect()),
        ..Checks::default()
    };
    Ok((seconds, checks))
}
