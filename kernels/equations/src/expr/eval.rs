//! The reference backend, which evaluates an expression graph node by node.
//!
//! In `f64` it is what every generated kernel is compared with; in `f32` it shows what a rewrite costs in ulps.

use super::{
    functions,
    graph::Graph,
    node::{Op, Real, Var},
    surrogate::Surrogate,
};
use std::{fmt, panic::Location};

/// The type that results of operations are rounded to: `f32` or `f64`.
pub trait Scalar: Copy + PartialOrd {
    /// Rounds a double.
    fn of(x: f64) -> Self;
    /// Returns the same number as a double.
    fn to(self) -> f64;
}

impl Scalar for f64 {
    fn of(x: f64) -> f64 {
        x
    }
    fn to(self) -> f64 {
        self
    }
}

impl Scalar for f32 {
    fn of(x: f64) -> f32 {
        x as f32
    }
    fn to(self) -> f64 {
        f64::from(self)
    }
}

/// Returns the values of `wanted`, each operation rounded to `F`; `var` gives the values of variables.
pub fn eval<F: Scalar>(graph: &Graph, wanted: &[Real], var: impl Fn(Var) -> f64) -> Vec<F> {
    Evaluator::new(graph, wanted).eval(var).collect()
}

/// Evaluates the same expressions many times, as in a simulation.
#[derive(Clone, Debug)]
pub struct Evaluator<'g, F> {
    graph: &'g Graph,
    wanted: Vec<Real>,
    live: Vec<Real>,
    /// The values of the last evaluation, by node.
    pub(super) values: Vec<F>,
}

impl<'g, F: Scalar> Evaluator<'g, F> {
    /// Prepares the evaluation of the expressions `wanted`.
    pub fn new(graph: &'g Graph, wanted: &[Real]) -> Self {
        Evaluator { graph, wanted: wanted.to_vec(), live: graph.live(wanted), values: vec![F::of(0.0); graph.len()] }
    }

    /// Returns the values of the expressions, each operation rounded to `F`.
    pub fn eval(&mut self, var: impl Fn(Var) -> f64) -> impl Iterator<Item = F> {
        self.run(&var, HARD)
    }

    /// Evaluates with spikes as `spikes` says.
    pub(super) fn run(&mut self, var: &dyn Fn(Var) -> f64, spikes: Spikes) -> impl Iterator<Item = F> + use<'_, 'g, F> {
        run(self.graph, &self.live, &mut self.values, var, spikes);
        self.wanted.iter().map(|r| self.values[r.index()])
    }
}

/// A value that is not a finite number, and where it comes from.
#[derive(Clone, Debug)]
pub struct NonFinite {
    /// The value.
    pub value: f64,
    /// The operation with the values of its arguments, such as `ln(-1)`.
    pub operation: String,
    /// The line of the equations that wrote the operation.
    pub line: Option<&'static Location<'static>>,
}

impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} is {}", self.operation, self.value)?;
        match self.line {
            Some(l) => write!(f, ", at {}:{}", l.file(), l.line()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NonFinite {}

/// Returns the first value on the way to `wanted` that is not finite, if there is one.
pub fn first_non_finite(graph: &Graph, wanted: &[Real], var: impl Fn(Var) -> f64) -> Option<NonFinite> {
    let live = graph.live(wanted);
    let mut v = vec![0.0f64; graph.len()];
    run(graph, &live, &mut v, &var, HARD);
    live.into_iter().find(|r| !v[r.index()].is_finite()).map(|r| {
        let args: Vec<String> = graph.op(r).args().map(|a| format!("{}", v[a.index()])).collect();
        let name = format!("{:?}", graph.op(r));
        let name = name.split('(').next().unwrap_or_default().to_lowercase();
        NonFinite { value: v[r.index()], operation: format!("{name}({})", args.join(", ")), line: graph.line(r) }
    })
}

/// How an evaluation treats spikes and detached values.
#[derive(Clone, Copy)]
pub(super) struct Spikes<'a> {
    /// The value of a spike at its argument.
    pub(super) value: fn(Surrogate, f64) -> f64,
    /// The values, by node, that detached nodes are held at; they follow their arguments where there are none.
    pub(super) detached: Option<&'a [f64]>,
}

/// Spikes as they are: the Heaviside step.
const HARD: Spikes = Spikes { value: |_, x| f64::from(x >= 0.0), detached: None };

/// Computes the nodes `live`, in their order, into `v`.
fn run<F: Scalar>(graph: &Graph, live: &[Real], v: &mut [F], var: &dyn Fn(Var) -> f64, spikes: Spikes) {
    for &r in live {
        let at = |r: Real| v[r.index()].to();
        let value = match graph.op(r) {
            Op::Const(b) => f64::from_bits(b),
            Op::Var(x) => var(x),
            Op::Add(a, b) => at(a) + at(b),
            Op::Sub(a, b) => at(a) - at(b),
            Op::Mul(a, b) => at(a) * at(b),
            Op::Div(a, b) => at(a) / at(b),
            Op::Fma(a, b, c) => at(a).mul_add(at(b), at(c)),
            Op::Neg(a) => -at(a),
            Op::Exp(a) => at(a).exp(),
            Op::Ln(a) => at(a).ln(),
            Op::Cos(a) => at(a).cos(),
            Op::Abs(a) => at(a).abs(),
            Op::Select(a, b, x, y) => {
                if at(a) < at(b) {
                    at(x)
                } else {
                    at(y)
                }
            }
            Op::Exprel(z, k) => functions::exprel(at(z), k),
            Op::Exprelr(z) => functions::exprelr(at(z)),
            Op::Bernoulli(z, k) => functions::bernoulli(at(z), k),
            Op::Spike(x, surrogate) => (spikes.value)(surrogate, at(x)),
            Op::Detach(a) => spikes.detached.map_or_else(|| at(a), |held| held[r.index()]),
        };
        v[r.index()] = F::of(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{exprelr, functions::exprel, record};

    #[test]
    fn removable_singularities_are_smooth() {
        for z in [-30.0, -3.0, -1.5000001, -1.4999999, -0.5, -1e-9, 0.0, 1e-12, 0.3, 0.9, 1.50001, 20.0] {
            let direct = if z == 0.0 { 1.0 } else { f64::exp_m1(z) / z };
            assert!((exprel(z, 0) - direct).abs() < 1e-14 * (1.0 + direct));
            let h = 1e-4 * (1.0 + f64::abs(z));
            for k in 0..2 {
                let slope = (exprel(z + h, k) - exprel(z - h, k)) / (2.0 * h);
                assert!((exprel(z, k + 1) - slope).abs() < 1e-5 * (1.0 + slope.abs()), "{z} {k}");
            }
        }
        let (graph, y) = record(Graph::default(), || exprelr(Real::new(Op::Var(Var::Dt))));
        for z in [-40.0, -0.51, -0.5, -0.49, -1e-8, 0.0, 1e-8, 0.49, 0.5, 0.51, 40.0] {
            let want = if z == 0.0 { 1.0 } else { z / f64::exp_m1(z) };
            assert!((eval::<f64>(&graph, &[y], |_| z)[0] - want).abs() < 1e-14 * (1.0 + want), "{z}");
        }
    }

    #[test]
    fn a_non_finite_value_names_its_line() {
        let (graph, y) = record(Graph::default(), || (Real::new(Op::Var(Var::Dt)) - 2.0).ln() + 1.0);
        let line = line!() - 1;
        let found = first_non_finite(&graph, &[y], |_| 1.0).unwrap();
        assert_eq!((found.line.unwrap().line(), found.operation.as_str()), (line, "ln(-1)"));
        assert!(first_non_finite(&graph, &[y], |_| 3.0).is_none());
    }
}
