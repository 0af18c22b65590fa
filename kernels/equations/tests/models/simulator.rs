//! A simulation of one neuron by the reference evaluator.

use equations::{Evaluator, Scalar, Step, Var};

/// Runs a step again and again, each operation rounded to `F`.
pub struct Simulator<'s, F> {
    step: &'s Step,
    evaluator: Evaluator<'s, F>,
    pub values: Values,
}

/// What a step depends on.
#[derive(Clone)]
pub struct Values {
    pub dt: f64,
    pub state: Vec<f64>,
    pub input: Vec<f64>,
    pub param: Vec<f64>,
    pub adjoint: Vec<f64>,
}

impl Values {
    pub fn defaults(step: &Step, dt: f64) -> Values {
        let defaults = |fields: &[equations::Field]| fields.iter().map(|f| f.default).collect::<Vec<f64>>();
        Values {
            dt,
            state: defaults(&step.state),
            input: defaults(&step.input),
            param: defaults(&step.param),
            adjoint: vec![0.0; step.outputs.len()],
        }
    }

    pub fn at(&self, v: Var) -> f64 {
        match v {
            Var::Dt => self.dt,
            Var::State(k) => self.state[k as usize],
            Var::Input(k) => self.input[k as usize],
            Var::Param(k) => self.param[k as usize],
            Var::Adjoint(k) => self.adjoint[k as usize],
        }
    }
}

impl<'s, F: Scalar> Simulator<'s, F> {
    pub fn new(step: &'s Step, dt: f64) -> Self {
        let evaluator = Evaluator::new(&step.graph, &step.outputs);
        Simulator { step, evaluator, values: Values::defaults(step, dt) }
    }

    pub fn with(mut self, values: &[(&str, f64)]) -> Self {
        for &(name, value) in values {
            self.set(name, value);
        }
        self
    }

    pub fn set(&mut self, name: &str, value: f64) {
        let (step, v) = (self.step, &mut self.values);
        let all = [(&step.state, &mut v.state), (&step.input, &mut v.input), (&step.param, &mut v.param)];
        let found = all
            .into_iter()
            .find_map(|(fields, values)| fields.iter().position(|f| f.name == name).map(|k| &mut values[k]));
        *found.unwrap_or_else(|| panic!("{} has no {name}", step.name)) = value;
    }

    /// The membrane potential.
    pub fn v(&self) -> f64 {
        self.values.state[0]
    }

    /// Takes a step; whether it spikes.
    pub fn step(&mut self) -> bool {
        let Simulator { values, evaluator, .. } = self;
        let mut next: Vec<f64> = evaluator.eval(|v| values.at(v)).map(F::to).collect();
        let z = next.pop().unwrap();
        values.state = next;
        z > 0.5
    }

    /// Takes `n` steps; the numbers, from one, of those that spike.
    pub fn spikes(&mut self, n: usize) -> Vec<usize> {
        (1..=n).filter(|_| self.step()).collect()
    }
}
