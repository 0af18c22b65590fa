//! This module is the reference: it computes forward, reverse and tangent scans of one column from the unsimplified
//! graph.

use kernels::{
    Cell, Level, Spread,
    equations::{Evaluator, Integrator, Step, Var, cell::*, models::*, receptors::*, trace},
};
use kernels_testing::DrawnPopulation;

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty => $($by:ident)|+;)*) => {
        /// Returns the equations of a cell.
        pub fn step(name: &str) -> Step {
            match name {
                $($name => Step { name: $name, ..trace::<$neuron>(Integrator::ExpEuler) },)*
                name => panic!("no equations of {name}"),
            }
        }
    };
}
include!("../../registry.rs");

/// Returns the instruction sets of this machine.
pub fn levels() -> impl Iterator<Item = Level> {
    [Level::Baseline, Level::Avx2, Level::Avx512].into_iter().filter(|&l| l <= Level::best())
}

pub struct Reference<'p> {
    pub step: Step,
    p: &'p DrawnPopulation,
}

/// The trajectory of one column of a population.
pub struct Column {
    /// States before each step and after the last.
    pub states: Vec<Vec<f64>>,
    /// Spike of each step.
    pub spikes: Vec<f64>,
}

impl<'p> Reference<'p> {
    pub fn new(kernel: &Cell, p: &'p DrawnPopulation) -> Self {
        Reference { step: step(kernel.name), p }
    }

    fn input(&self, t: usize, b: usize, n: usize) -> Vec<f64> {
        let (p, rows) = (self.p, self.step.input.len());
        let at = |r: usize| match p.spread {
            Spread::Shared => p.drive[t * rows + r],
            Spread::Batch => p.drive[(t * rows + r) * p.batch + b],
            Spread::Neuron => p.drive[((t * rows + r) * p.batch + b) * p.neurons + n],
        };
        (0..rows).map(at).collect()
    }

    fn params(&self, n: usize) -> Vec<f64> {
        (0..self.step.param.len()).map(|r| self.p.params[r * self.p.neurons + n]).collect()
    }

    pub fn forward(&self, b: usize, n: usize) -> Column {
        let (p, param) = (self.p, self.params(n));
        let at = |s: usize| p.start[(s * p.batch + b) * p.neurons + n];
        let mut column = Column { states: vec![(0..self.step.state.len()).map(at).collect()], spikes: vec![] };
        let mut outputs = Evaluator::<f64>::new(&self.step.graph, &self.step.outputs);
        for t in 0..p.steps {
            let (state, input) = (&column.states[t], self.input(t, b, n));
            let mut y: Vec<f64> = outputs.eval(|v| value(v, p.dt, state, &input, &param, &[])).collect();
            column.spikes.push(y.pop().unwrap());
            column.states.push(y);
        }
        column
    }

    /// Computes the gradients w.r.t. start, drive (`[time, input]`) and parameters, given those w.r.t. the outputs of
    /// each step `t` and w.r.t. the final state.
    pub fn adjoint(
        &self,
        (b, n): (usize, usize),
        column: &Column,
        seeds: impl Fn(usize) -> Vec<f64>,
        end: Vec<f64>,
    ) -> [Vec<f64>; 3] {
        let (step, p, param) = (&self.step, self.p, self.params(n));
        let mut adjoints = Evaluator::<f64>::new(&step.graph, &step.adjoints);
        let (s, i) = (step.state.len(), step.input.len());
        let (mut bar, mut drive, mut params) = (end, vec![0.0; p.steps * i], vec![0.0; step.param.len()]);
        for t in (0..p.steps).rev() {
            let mut seed = seeds(t);
            seed.iter_mut().zip(&bar).for_each(|(to, from)| *to += from);
            let (state, input) = (&column.states[t], self.input(t, b, n));
            let g: Vec<f64> = adjoints.eval(|v| value(v, p.dt, state, &input, &param, &seed)).collect();
            bar = g[..s].to_vec();
            drive[t * i..][..i].copy_from_slice(&g[s..s + i]);
            params.iter_mut().zip(&g[s + i..]).for_each(|(to, from)| *to += from);
        }
        [bar, drive, params]
    }

    /// Computes the derivative of the first state variable w.r.t. each of `which` after each step.
    pub fn slopes(&self, (b, n): (usize, usize), column: &Column, which: &[usize]) -> Vec<Vec<f64>> {
        let (step, p, param) = (&self.step, self.p, self.params(n));
        let s = step.state.len();
        let blocks = [&step.by_state[..s].concat()[..], &step.by_param[..s].concat()].concat();
        let mut blocks = Evaluator::<f64>::new(&step.graph, &blocks);
        let mut moving = vec![vec![0.0; s]; which.len()];
        let mut slopes = vec![];
        for t in 0..p.steps {
            let (state, input) = (&column.states[t], self.input(t, b, n));
            let j: Vec<f64> = blocks.eval(|v| value(v, p.dt, state, &input, &param, &[])).collect();
            for (x, &w) in moving.iter_mut().zip(which) {
                let row = |r: usize| (0..s).map(|c| j[r * s + c] * x[c]).sum::<f64>();
                *x = (0..s).map(|r| row(r) + j[s * s + r * param.len() + w]).collect();
            }
            slopes.push(moving.iter().map(|x| x[0]).collect());
        }
        slopes
    }
}

fn value(v: Var, dt: f64, state: &[f64], input: &[f64], param: &[f64], seed: &[f64]) -> f64 {
    match v {
        Var::Dt => dt,
        Var::State(k) => state[k as usize],
        Var::Input(k) => input[k as usize],
        Var::Param(k) => param[k as usize],
        Var::Adjoint(k) => seed[k as usize],
    }
}
