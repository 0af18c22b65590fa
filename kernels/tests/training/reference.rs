//! This module is the plain network with gradients: it loops over every neuron and synapse in every step, in double
//! precision, with the Jacobians of the equations. Spikes are hard, or soft ones whose exact derivative is the
//! surrogate.

use kernels::{
    equations::{Evaluator, Integrator, Step, Var, cell::*, models::*, receptors::*, trace},
    network::{Projection, ReceptorTarget},
};

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

/// A synapse: presynaptic group and neuron; postsynaptic group, neuron and input; delay in steps.
pub type Synapse = ([usize; 2], [usize; 3], usize);

pub fn synapses(projections: &[Projection]) -> Vec<Synapse> {
    let mut all = vec![];
    for p in projections {
        for row in 0..p.edges.rows() {
            for e in p.edges.starts[row] as usize..p.edges.starts[row + 1] as usize {
                let ReceptorTarget::Input { input, .. } = p.receptor else { unimplemented!() };
                let d = p.edges.delays.of(e);
                all.push(([p.pre, p.first + row], [p.post, p.edges.targets[e] as usize, input], d as usize));
            }
        }
    }
    all
}

/// A run of one batch element, with nested arrays by group. Sources have no equations.
#[derive(Clone)]
pub struct Plain<'a> {
    pub dt: f64,
    pub steps: usize,
    pub equations: &'a [Option<Step>],
    pub neurons: &'a [usize],
    pub synapses: &'a [Synapse],
    pub weights: Vec<f64>,
    /// Feedback weights of the synapses; the true gradient uses the weights.
    pub feedback: Vec<f64>,
    /// Initial states, `[group][state][neuron]`.
    pub start: Vec<Vec<Vec<f64>>>,
    /// Parameters, `[group][parameter][neuron]`.
    pub params: Vec<Vec<Vec<f64>>>,
    /// External input, `[step][group][input][neuron]`.
    pub drive: Vec<Vec<Vec<Vec<f64>>>>,
    /// Spikes of sources, `[step][group][neuron]`.
    pub given: Vec<Vec<Vec<f64>>>,
}

/// The trajectory of every neuron, `[step][group][neuron]`: states before, inputs, and states after with the spike.
pub type Course = Vec<Vec<Vec<[Vec<f64>; 3]>>>;

#[derive(Clone)]
pub struct Bars {
    pub weights: Vec<f64>,
    pub start: Vec<Vec<Vec<f64>>>,
    pub params: Vec<Vec<Vec<f64>>>,
    pub drive: Vec<Vec<Vec<Vec<f64>>>>,
}

impl Plain<'_> {
    /// Computes the trajectory. Spikes are soft where a trajectory is given, at which detached values are held
    /// constant.
    pub fn run(&self, soft: Option<&Course>) -> Course {
        let mut arrivals = self.drive.clone();
        let mut states = self.start.clone();
        let mut evaluators: Vec<_> =
            self.equations.iter().map(|s| s.as_ref().map(|s| Evaluator::<f64>::new(&s.graph, &s.outputs))).collect();
        let mut course: Course = vec![];
        for t in 0..self.steps {
            let mut now = vec![];
            for g in 0..self.neurons.len() {
                let mut group = vec![];
                for n in 0..self.neurons[g] {
                    let Some(evaluator) = &mut evaluators[g] else {
                        group.push([vec![], vec![], vec![self.given[t][g][n]]]);
                        continue;
                    };
                    let x: Vec<f64> = states[g].iter().map(|s| s[n]).collect();
                    let i: Vec<f64> = arrivals[t][g].iter().map(|i| i[n]).collect();
                    let y: Vec<f64> = match soft {
                        None => evaluator.eval(self.var(g, n, &x, &i)).collect(),
                        Some(held) => {
                            let [hx, hi, _] = &held[t][g][n];
                            evaluator.eval_soft(self.var(g, n, &x, &i), self.var(g, n, hx, hi)).collect()
                        }
                    };
                    group.push([x, i, y]);
                }
                for (n, [_, _, y]) in group.iter().enumerate() {
                    states[g].iter_mut().zip(y).for_each(|(s, &y)| s[n] = y);
                }
                for (&([_, n], [h, m, i], d), w) in self.synapses.iter().zip(&self.weights).filter(|(s, _)| s.0[0] == g)
                {
                    if t + d < self.steps {
                        arrivals[t + d][h][i][m] += w * group[n][2].last().unwrap();
                    }
                }
                now.push(group);
            }
            course.push(now);
        }
        course
    }

    fn var<'v>(&'v self, g: usize, n: usize, x: &'v [f64], i: &'v [f64]) -> impl Fn(Var) -> f64 + 'v {
        move |v| match v {
            Var::Dt => self.dt,
            Var::State(s) => x[s as usize],
            Var::Input(k) => i[k as usize],
            Var::Param(p) => self.params[g][p as usize][n],
            Var::Adjoint(_) => 0.0,
        }
    }

    /// Computes the gradients of `sum seeds * outputs`, where `seeds(step, group, output, neuron)` gives the factors.
    pub fn back(&self, course: &Course, soft: bool, seeds: &dyn Fn(usize, usize, usize, usize) -> f64) -> Bars {
        let mut bars = Bars {
            weights: vec![0.0; self.weights.len()],
            start: self.start.clone(),
            params: self.params.clone(),
            drive: self.drive.clone(),
        };
        bars.start.iter_mut().chain(&mut bars.params).flatten().flatten().for_each(|x| *x = 0.0);
        bars.drive.iter_mut().flatten().flatten().flatten().for_each(|x| *x = 0.0);
        let mut evaluators: Vec<_> = self
            .equations
            .iter()
            .map(|s| {
                let s = s.as_ref()?;
                let rows = (0..s.outputs.len()).flat_map(|r| [&s.by_state[r][..], &s.by_input[r], &s.by_param[r]]);
                Some(Evaluator::<f64>::new(&s.graph, &rows.flatten().copied().collect::<Vec<_>>()))
            })
            .collect();
        for t in (0..self.steps).rev() {
            for (g, s) in self.equations.iter().enumerate().rev() {
                let mut spikes = vec![0.0; self.neurons[g]];
                for (e, &([_, n], [h, m, i], d)) in self.synapses.iter().enumerate().filter(|(_, s)| s.0[0] == g) {
                    if t + d < self.steps {
                        let by = bars.drive[t + d][h][i][m];
                        spikes[n] += self.feedback[e] * by;
                        bars.weights[e] += by * course[t][g][n][2].last().unwrap();
                    }
                }
                let (Some(s), Some(evaluator)) = (s, &mut evaluators[g]) else { continue };
                let (states, inputs, params) = (s.state.len(), s.input.len(), s.param.len());
                for n in 0..self.neurons[g] {
                    let [x, i, _] = &course[t][g][n];
                    let var = self.var(g, n, x, i);
                    let j: Vec<f64> = match soft {
                        true => evaluator.eval_soft(&var, &var).collect(),
                        false => evaluator.eval(&var).collect(),
                    };
                    let mut to = vec![0.0; states + inputs + params];
                    for r in 0..=states {
                        let own = if r < states { bars.start[g][r][n] } else { spikes[n] };
                        let bar = own + seeds(t, g, r, n);
                        let row = &j[r * to.len()..(r + 1) * to.len()];
                        to.iter_mut().zip(row).for_each(|(to, j)| *to += bar * j);
                    }
                    (0..states).for_each(|k| bars.start[g][k][n] = to[k]);
                    (0..inputs).for_each(|k| bars.drive[t][g][k][n] = to[states + k]);
                    (0..params).for_each(|k| bars.params[g][k][n] += to[states + inputs + k]);
                }
            }
        }
        bars
    }
}
