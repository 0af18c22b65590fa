//! Populations that spike, in numbers that both precisions have.

use kernels::{
    Adjoint, Forward, Kernel, Level, Objective, Precision, Run, Seed, Series, Spread, Tangent,
    equations::{Forced, Integrator, Step, models::*, trace},
};

macro_rules! models {
    ($($name:literal $marker:ident: $neuron:ty,)*) => {
        /// The equations of a kernel.
        pub fn step(kernel: &Kernel) -> Step {
            match kernel.name {
                $($name => trace::<$neuron>(Integrator::ExpEuler),)*
                name => panic!("no equations of {name}"),
            }
        }
    };
}
include!("../../models.rs");

/// The levels of this machine.
pub fn levels() -> impl Iterator<Item = Level> {
    [Level::Baseline, Level::Avx2, Level::Avx512].into_iter().filter(|&l| l <= Level::best())
}

/// A population and a distance from it.
#[derive(Clone)]
pub struct Population {
    pub dt: f64,
    pub steps: usize,
    pub batch: usize,
    pub neurons: usize,
    pub start: Vec<f64>,
    pub drive: Vec<f64>,
    pub spread: Spread,
    pub params: Vec<f64>,
    pub target: Vec<f64>,
    pub weight: Vec<f64>,
}

/// Between minus one and one, from a position: a smaller population is part of a larger one.
fn noise(key: [usize; 4]) -> f64 {
    let mix = |h: u64, k: usize| (h ^ k as u64).wrapping_mul(0x9E3779B97F4A7C15).rotate_left(29);
    let h = key.into_iter().fold(0x2545F4914F6CDD1D, mix).wrapping_mul(0xBF58476D1CE4E5B9);
    f64::from(((h >> 40) as f32 / (1u64 << 23) as f32) - 1.0)
}

impl Population {
    pub fn new(kernel: &Kernel, [neurons, steps, batch]: [usize; 3], spread: Spread) -> Population {
        let single = |x: f64| f64::from(x as f32);
        let hh = kernel.name.starts_with("hh");
        let current = match kernel.name.trim_end_matches("-forced") {
            "lif" => 1200.0,
            "glif3" => 300.0,
            "gif" => 700.0,
            "gif-paper" => 2.0,
            "hh-pospischil" => 12.0,
            "hh-traub" | "hh-paper" => 5.0,
            _ => 0.1 * kernel.input[0].bounds.1,
        };
        let mut p = Population {
            dt: if hh { 0.025 } else { 0.125 },
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

    pub fn width(&self) -> usize {
        self.batch * self.neurons
    }
}

/// A population in one precision, ready for the scans.
pub struct Buffers<F> {
    pub p: Population,
    start: Vec<F>,
    drive: Vec<F>,
    params: Vec<F>,
    target: Vec<F>,
    weight: Vec<F>,
}

pub fn to<F: Precision>(x: &[f64]) -> Vec<F> {
    x.iter().map(|&x| F::of(x)).collect()
}

/// Gradients of a reverse scan.
#[derive(Clone, Debug)]
pub struct Gradients<F> {
    pub start: Vec<F>,
    pub drive: Vec<F>,
    pub params: Vec<F>,
    pub loss: Vec<F>,
}

/// Sums of a tangent scan.
#[derive(Clone, Debug)]
pub struct Sums<F> {
    pub loss: Vec<F>,
    pub gradient: Vec<F>,
    pub curvature: Vec<F>,
}

impl<F: Precision> Buffers<F> {
    pub fn new(p: &Population) -> Self {
        let [start, drive, params, target, weight] =
            [&p.start, &p.drive, &p.params, &p.target, &p.weight].map(|x| to::<F>(x));
        Buffers { p: p.clone(), start, drive, params, target, weight }
    }

    pub fn run(&self, level: Level) -> Run<'_, F> {
        let p = &self.p;
        Run {
            dt: p.dt,
            steps: p.steps,
            batch: p.batch,
            neurons: p.neurons,
            start: &self.start,
            drive: Series { data: &self.drive, spread: p.spread },
            params: &self.params,
            level,
        }
    }

    pub fn objective(&self) -> Objective<'_, F> {
        Objective {
            row: 0,
            target: Series { data: &self.target, spread: Spread::Neuron },
            weight: Series { data: &self.weight, spread: Spread::Shared },
        }
    }

    /// Every output over time, and the final state.
    pub fn forward(&self, kernel: &Kernel, level: Level) -> (Vec<F>, Vec<F>) {
        let record: Vec<usize> = (0..=kernel.state.len()).collect();
        let mut rows = vec![F::default(); self.p.steps * record.len() * self.p.width()];
        let mut end = vec![F::default(); kernel.state.len() * self.p.width()];
        kernel.forward(&self.run(level), Forward { record: &record, rows: &mut rows, end: &mut end }).unwrap();
        (rows, end)
    }

    pub fn adjoint(&self, kernel: &Kernel, level: Level, seed: Seed<F>, end: &[F]) -> Gradients<F> {
        let (p, zeros) = (&self.p, |n: usize| vec![F::default(); n]);
        let columns = if p.spread == Spread::Neuron { p.width() } else { p.batch };
        let mut g = Gradients {
            start: zeros(kernel.state.len() * p.width()),
            drive: zeros(p.steps * kernel.input.len() * columns),
            params: zeros(kernel.param.len() * p.neurons),
            loss: zeros(p.neurons),
        };
        let Gradients { start, drive, params, loss } = &mut g;
        kernel.adjoint(&self.run(level), Adjoint { seed, end, start, drive, params, loss }).unwrap();
        g
    }

    pub fn tangent(&self, kernel: &Kernel, level: Level, which: &[usize]) -> Sums<F> {
        let (n, k) = (self.p.neurons, which.len());
        let zeros = |n: usize| vec![F::default(); n];
        let mut s = Sums { loss: zeros(n), gradient: zeros(k * n), curvature: zeros(k * (k + 1) / 2 * n) };
        let Sums { loss, gradient, curvature } = &mut s;
        let objective = self.objective();
        kernel.tangent(&self.run(level), Tangent { objective, which, start: &[], loss, gradient, curvature }).unwrap();
        s
    }
}
