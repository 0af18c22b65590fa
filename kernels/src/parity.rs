//! Populations that spike, and what every backend computes of them: for tests, and for checks of a device.
//!
//! Numbers are drawn from their position and rounded to single precision, so that both precisions have them and a
//! smaller population is part of a larger one.

use crate::{
    Adjoint, Cell, Forward, Level, Objective, Precision, Run, Seed, Series, Spread, Tangent,
    device::{Queue, host},
};
use std::fmt::Debug;

/// Where a population is run. Fails with words.
pub trait Engine<F: Precision> {
    /// [`Cell::forward`].
    fn forward(&self, kernel: &'static Cell, run: &Run<F>, out: Forward<F>) -> Result<(), String>;
    /// [`Cell::adjoint`].
    fn adjoint(&self, kernel: &'static Cell, run: &Run<F>, out: Adjoint<F>) -> Result<(), String>;
    /// [`Cell::tangent`].
    fn tangent(&self, kernel: &'static Cell, run: &Run<F>, out: Tangent<F>) -> Result<(), String>;
}

impl<F: Precision> Engine<F> for Level {
    fn forward(&self, kernel: &'static Cell, run: &Run<F>, out: Forward<F>) -> Result<(), String> {
        kernel.forward(&Run { level: *self, ..*run }, out).map_err(|e| e.to_string())
    }
    fn adjoint(&self, kernel: &'static Cell, run: &Run<F>, out: Adjoint<F>) -> Result<(), String> {
        kernel.adjoint(&Run { level: *self, ..*run }, out).map_err(|e| e.to_string())
    }
    fn tangent(&self, kernel: &'static Cell, run: &Run<F>, out: Tangent<F>) -> Result<(), String> {
        kernel.tangent(&Run { level: *self, ..*run }, out).map_err(|e| e.to_string())
    }
}

/// A device, by its queue.
#[derive(Debug)]
pub struct On<'q, Q>(pub &'q Q);

impl<Q> Clone for On<'_, Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for On<'_, Q> {}

impl<F: Precision, Q: Queue<F, Error: Debug>> Engine<F> for On<'_, Q> {
    fn forward(&self, kernel: &'static Cell, run: &Run<F>, out: Forward<F>) -> Result<(), String> {
        host::forward(self.0, kernel, run, out).map_err(|e| format!("{e:?}"))
    }
    fn adjoint(&self, kernel: &'static Cell, run: &Run<F>, out: Adjoint<F>) -> Result<(), String> {
        host::adjoint(self.0, kernel, run, out).map_err(|e| format!("{e:?}"))
    }
    fn tangent(&self, kernel: &'static Cell, run: &Run<F>, out: Tangent<F>) -> Result<(), String> {
        host::tangent(self.0, kernel, run, out).map_err(|e| format!("{e:?}"))
    }
}

/// A population and a distance from it.
#[derive(Clone, Debug)]
pub struct Population {
    /// Step length, ms.
    pub dt: f64,
    /// Number of steps.
    pub steps: usize,
    /// Number of drives.
    pub batch: usize,
    /// Number of neurons.
    pub neurons: usize,
    /// `[state, batch, neuron]`
    pub start: Vec<f64>,
    /// Inputs.
    pub drive: Vec<f64>,
    /// How far they are shared.
    pub spread: Spread,
    /// `[parameter, neuron]`
    pub params: Vec<f64>,
    /// `[time, batch, neuron]`
    pub target: Vec<f64>,
    /// `[time]`
    pub weight: Vec<f64>,
}

/// Between minus one and one, from a position.
fn noise(key: [usize; 4]) -> f64 {
    let mix = |h: u64, k: usize| (h ^ k as u64).wrapping_mul(0x9E3779B97F4A7C15).rotate_left(29);
    let h = key.into_iter().fold(0x2545F4914F6CDD1D, mix).wrapping_mul(0xBF58476D1CE4E5B9);
    f64::from(((h >> 40) as f32 / (1u64 << 23) as f32) - 1.0)
}

impl Population {
    /// Neurons that spike, of parameters, drives and targets of their own.
    pub fn new(kernel: &Cell, size: [usize; 3], spread: Spread) -> Population {
        Population::seeded(kernel, size, spread, 0)
    }

    /// As [`Population::new`], with other numbers for every seed.
    pub fn seeded(kernel: &Cell, [neurons, steps, batch]: [usize; 3], spread: Spread, seed: usize) -> Population {
        let noise = |[a, b, c, what]: [usize; 4]| noise([a, b, c, what + 16 * seed]);
        let single = |x: f64| f64::from(x as f32);
        let drive = kernel.reference_drive;
        let current = drive.current.unwrap_or(0.1 * kernel.input[0].bounds.1);
        let mut p = Population {
            dt: drive.dt,
            steps,
            batch,
            neurons,
            start: vec![],
            drive: vec![],
            spread,
            params: vec![],
            target: vec![],
            weight: (0..steps).map(|t| single(0.01 + 0.005 * noise([t, 0, 0, 5]))).collect(),
        };
        for (r, f) in kernel.param.iter().enumerate() {
            let size = if f.name == "t_ref" { 0.0 } else { 0.05 };
            p.params.extend((0..neurons).map(|n| single(f.default * (1.0 + size * noise([r, n, 0, 1])))));
        }
        for (s, f) in kernel.state.iter().enumerate() {
            let size = if f.unit == "mV" { 0.02 } else { 0.0 };
            for b in 0..batch {
                p.start.extend((0..neurons).map(|n| single(f.default * (1.0 + size * noise([s, n, b, 2])))));
            }
        }
        let (batches, columns) = match spread {
            Spread::Shared => (1, 1),
            Spread::Batch => (batch, 1),
            Spread::Neuron => (batch, neurons),
        };
        for t in 0..steps {
            for f in kernel.input {
                for b in 0..batches {
                    p.drive.extend((0..columns).map(|n| match &*f.name {
                        "z" => f64::from(noise([t, n, b, 3]) > 0.96),
                        _ => single(current * (1.0 + 0.3 * noise([t / 8, n, b, 4]))),
                    }));
                }
            }
        }
        for t in 0..steps {
            for b in 0..batch {
                p.target.extend((0..neurons).map(|n| single(kernel.state[0].default + 5.0 * noise([t / 4, n, b, 6]))));
            }
        }
        p
    }

    /// Columns of a row.
    pub fn width(&self) -> usize {
        self.batch * self.neurons
    }
}

/// A population in one precision, ready for the scans.
#[derive(Clone, Debug)]
pub struct Buffers<F> {
    /// The population.
    pub p: Population,
    start: Vec<F>,
    drive: Vec<F>,
    params: Vec<F>,
    target: Vec<F>,
    weight: Vec<F>,
}

/// Rounded to `F`.
pub fn to<F: Precision>(x: &[f64]) -> Vec<F> {
    x.iter().map(|&x| F::of(x)).collect()
}

/// Gradients of a reverse scan.
#[derive(Clone, Debug)]
pub struct Gradients<F> {
    /// By the initial state.
    pub start: Vec<F>,
    /// By the drive.
    pub drive: Vec<F>,
    /// By the parameters.
    pub params: Vec<F>,
    /// Value of the objective.
    pub loss: Vec<F>,
}

/// Sums of a tangent scan.
#[derive(Clone, Debug)]
pub struct Sums<F> {
    /// Value of the objective.
    pub loss: Vec<F>,
    /// `J^T W r`
    pub gradient: Vec<F>,
    /// `J^T W J`
    pub curvature: Vec<F>,
}

impl<F: Precision> Buffers<F> {
    /// The population rounded to `F`.
    pub fn new(p: &Population) -> Self {
        let [start, drive, params, target, weight] =
            [&p.start, &p.drive, &p.params, &p.target, &p.weight].map(|x| to::<F>(x));
        Buffers { p: p.clone(), start, drive, params, target, weight }
    }

    /// What the scans take.
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

    /// The distance of the first state variable from the target.
    pub fn objective(&self) -> Objective<'_, F> {
        Objective {
            row: 0,
            target: Series { data: &self.target, spread: Spread::Neuron },
            weight: Series { data: &self.weight, spread: Spread::Shared },
        }
    }

    /// Every output over time, and the final state.
    pub fn forward(&self, kernel: &'static Cell, engine: impl Engine<F>) -> Result<(Vec<F>, Vec<F>), String> {
        let record: Vec<usize> = (0..=kernel.state.len()).collect();
        let mut rows = vec![F::default(); self.p.steps * record.len() * self.p.width()];
        let mut end = vec![F::default(); kernel.state.len() * self.p.width()];
        engine.forward(kernel, &self.run(), Forward { record: &record, rows: &mut rows, end: &mut end })?;
        Ok((rows, end))
    }

    /// Every gradient, of seeds or of the objective, given that by the final state.
    pub fn adjoint(
        &self,
        kernel: &'static Cell,
        engine: impl Engine<F>,
        seed: Seed<F>,
        end: &[F],
    ) -> Result<Gradients<F>, String> {
        let (p, zeros) = (&self.p, |n: usize| vec![F::default(); n]);
        let columns = if p.spread == Spread::Neuron { p.width() } else { p.batch };
        let mut g = Gradients {
            start: zeros(kernel.state.len() * p.width()),
            drive: zeros(p.steps * kernel.input.len() * columns),
            params: zeros(kernel.param.len() * p.neurons),
            loss: zeros(p.neurons),
        };
        let Gradients { start, drive, params, loss } = &mut g;
        engine.adjoint(kernel, &self.run(), Adjoint { seed, end, start, drive, params, loss })?;
        Ok(g)
    }

    /// The sums of the objective by the parameters `which`.
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

/// Whether `got` is `want`, row by row, within `tolerance` of the row's largest value; the largest error, or where.
pub fn compare(tensor: &str, got: &[f64], want: &[f64], width: usize, tolerance: f64) -> Result<f64, String> {
    if got.len() != want.len() {
        return Err(format!("{tensor}: {} numbers for {}", got.len(), want.len()));
    }
    let mut worst = 0.0f64;
    for (row, (g, w)) in got.chunks(width.max(1)).zip(want.chunks(width.max(1))).enumerate() {
        let size = w.iter().fold(0.0, |m: f64, x| m.max(x.abs())).max(f64::MIN_POSITIVE);
        for (k, (g, w)) in g.iter().zip(w).enumerate() {
            let error = (g - w).abs() / size;
            if error.is_nan() || error > tolerance {
                return Err(format!("{tensor}: row {row}, column {k}: {g} for {w}"));
            }
            worst = worst.max(error);
        }
    }
    Ok(worst)
}
