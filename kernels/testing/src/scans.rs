//! This module runs the scans of a population in one precision.

use crate::{DrawnPopulation, Engine, to};
use kernels::{Adjoint, AdjointSeed, Cell, Forward, Level, Precision, Run, Series, Spread, SquaredDistance, Tangent};

/// The arrays of a population in one precision.
#[derive(Clone, Debug)]
pub struct Buffers<F> {
    /// The population.
    pub p: DrawnPopulation,
    start: Vec<F>,
    drive: Vec<F>,
    params: Vec<F>,
    target: Vec<F>,
    weight: Vec<F>,
}

/// The gradients of a reverse scan.
#[derive(Clone, Debug)]
pub struct ScanGradients<F> {
    /// Gradient w.r.t. the initial state.
    pub start: Vec<F>,
    /// Gradient w.r.t. the drive.
    pub drive: Vec<F>,
    /// Gradient w.r.t. the parameters.
    pub params: Vec<F>,
    /// Value of the objective.
    pub loss: Vec<F>,
}

/// The sums of a tangent scan.
#[derive(Clone, Debug)]
pub struct Sums<F> {
    /// Value of the objective.
    pub loss: Vec<F>,
    /// Gradient `J^T W r`.
    pub gradient: Vec<F>,
    /// Curvature `J^T W J`.
    pub curvature: Vec<F>,
}

impl<F: Precision> Buffers<F> {
    /// Rounds a population to `F`.
    pub fn new(p: &DrawnPopulation) -> Self {
        let [start, drive, params, target, weight] =
            [&p.start, &p.drive, &p.params, &p.target, &p.weight].map(|x| to::<F>(x));
        Buffers { p: p.clone(), start, drive, params, target, weight }
    }

    /// Returns the arguments of the scans.
    pub fn run(&self) -> Run<'_, F> {
        let p = &self.p;
        Run {
            dt: p.dt,
            steps: p.steps,
            batch: p.batch,
            neurons: p.neurons,
            start: &self.start,
            drive: Series { data: &self.drive, spread: p.spread },
            params: &self.params,
            level: Level::best(),
        }
    }

    /// Returns the objective: the distance of the first state variable from the target.
    pub fn objective(&self) -> SquaredDistance<'_, F> {
        SquaredDistance {
            row: 0,
            target: Series { data: &self.target, spread: Spread::Neuron },
            weight: Series { data: &self.weight, spread: Spread::Shared },
        }
    }

    /// Computes every output over time, and the final state.
    pub fn forward(&self, kernel: &'static Cell, engine: impl Engine<F>) -> Result<(Vec<F>, Vec<F>), String> {
        let record: Vec<usize> = (0..=kernel.state.len()).collect();
        let mut rows = vec![F::default(); self.p.steps * record.len() * self.p.width()];
        let mut end = vec![F::default(); kernel.state.len() * self.p.width()];
        engine.forward(kernel, &self.run(), Forward { record: &record, rows: &mut rows, end: &mut end })?;
        Ok((rows, end))
    }

    /// Computes every gradient, of seeds or of the objective, given the gradient w.r.t. the final state.
    pub fn adjoint(
        &self,
        kernel: &'static Cell,
        engine: impl Engine<F>,
        seed: AdjointSeed<F>,
        end: &[F],
    ) -> Result<ScanGradients<F>, String> {
        let (p, zeros) = (&self.p, |n: usize| vec![F::default(); n]);
        let columns = if p.spread == Spread::Neuron { p.width() } else { p.batch };
        let mut g = ScanGradients {
            start: zeros(kernel.state.len() * p.width()),
            drive: zeros(p.steps * kernel.input.len() * columns),
            params: zeros(kernel.param.len() * p.neurons),
            loss: zeros(p.neurons),
        };
        let ScanGradients { start, drive, params, loss } = &mut g;
        engine.adjoint(kernel, &self.run(), Adjoint { seed, end, start, drive, params, loss })?;
        Ok(g)
    }

    /// Computes the sums of the objective w.r.t. the parameters `which`.
    pub fn tangent(&self, kernel: &'static Cell, engine: impl Engine<F>, which: &[usize]) -> Result<Sums<F>, String> {
        let (n, k) = (self.p.neurons, which.len());
        let zeros = |n: usize| vec![F::default(); n];
        let mut s = Sums { loss: zeros(n), gradient: zeros(k * n), curvature: zeros(k * (k + 1) / 2 * n) };
        let Sums { loss, gradient, curvature } = &mut s;
        let out = Tangent { objective: self.objective(), which, start: &[], loss, gradient, curvature };
        engine.tangent(kernel, &self.run(), out)?;
        Ok(s)
    }
}
