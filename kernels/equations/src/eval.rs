//! The reference backend: evaluates an expression graph node by node.
//!
//! In `f64` it is what every generated kernel is compared with; in `f32` it shows what a rewrite costs in ulps.

use crate::real::{Graph, Op, Real, Var};
use std::{fmt, panic::Location};

/// The two precisions.
pub trait Number: Copy + PartialOrd {
    /// From a double.
    fn of(x: f64) -> Self;
    /// To a double.
    fn to(self) -> f64;
}

impl Number for f64 {
    fn of(x: f64) -> f64 {
        x
    }
    fn to(self) -> f64 {
        self
    }
}

impl Number for f32 {
    fn of(x: f64) -> f32 {
        x as f32
    }
    fn to(self) -> f64 {
        f64::from(self)
    }
}

/// Values of `wanted`, each operation rounded to `F`.
pub fn eval<F: Number>(graph: &Graph, wanted: &[Real], var: impl Fn(Var) -> f64) -> Vec<F> {
    Evaluator::new(graph, wanted).eval(var).collect()
}

/// Evaluates the same expressions many times, as in a simulation.
#[derive(Clone, Debug)]
pub struct Evaluator<'g, F> {
    graph: &'g Graph,
    wanted: Vec<Real>,
    live: Vec<Real>,
    values: Vec<F>,
}

impl<'g, F: Number> Evaluator<'g, F> {
    /// For the expressions `wanted`.
    pub fn new(graph: &'g Graph, wanted: &[Real]) -> Self {
        Evaluator { graph, wanted: wanted.to_vec(), live: graph.live(wanted), values: vec![F::of(0.0); graph.len()] }
    }

    /// Their values, each operation rounded to `F`.
    pub fn eval(&mut self, var: impl Fn(Var) -> f64) -> impl Iterator<Item = F> {
        self.run(&var, Spikes::Hard)
    }

    /// As [`eval_soft`].
    pub fn eval_soft(&mut self, var: impl Fn(Var) -> f64, frozen: impl Fn(Var) -> f64) -> impl Iterator<Item = F> {
        let _ = self.run(&frozen, Spikes::Soft(None));
        let base: Vec<f64> = self.values.iter().map(|v| v.to()).collect();
        self.run(&var, Spikes::Soft(Some(&base)))
    }

    fn run(&mut self, var: &dyn Fn(Var) -> f64, spikes: Spikes) -> impl Iterator<Item = F> + use<'_, 'g, F> {
        run(self.graph, &self.live, &mut self.values, var, spikes);
        self.wanted.iter().map(|r| self.values[r.0 as usize])
    }
}

/// As [`eval`], but spikes are the antiderivative of their surrogate and detached values are held at `frozen`: the
/// function whose exact gradient the surrogate gradient is. For gradient checks.
pub fn eval_soft(graph: &Graph, wanted: &[Real], var: impl Fn(Var) -> f64, frozen: impl Fn(Var) -> f64) -> Vec<f64> {
    Evaluator::new(graph, wanted).eval_soft(var, frozen).collect()
}

/// The first value that is not a finite number.
#[derive(Clone, Debug)]
pub struct NonFinite {
    /// The value.
    pub value: f64,
    /// The operation and its arguments' values.
    pub operation: String,
    /// The line of the equations.
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

/// The first non-finite value on the way to `wanted`, if there is one.
pub fn first_non_finite(graph: &Graph, wanted: &[Real], var: impl Fn(Var) -> f64) -> Option<NonFinite> {
    let live = graph.live(wanted);
    let mut v = vec![0.0f64; graph.len()];
    run(graph, &live, &mut v, &var, Spikes::Hard);
    live.into_iter().find(|r| !v[r.0 as usize].is_finite()).map(|r| {
        let args: Vec<String> = graph.op(r).args().map(|a| format!("{}", v[a.0 as usize])).collect();
        let name = format!("{:?}", graph.op(r));
        let name = name.split('(').next().unwrap_or_default().to_lowercase();
        NonFinite { value: v[r.0 as usize], operation: format!("{name}({})", args.join(", ")), line: graph.line(r) }
    })
}

#[derive(Clone, Copy)]
enum Spikes<'a> {
    Hard,
    /// With the values at which detached nodes are held.
    Soft(Option<&'a [f64]>),
}

fn run<F: Number>(graph: &Graph, live: &[Real], v: &mut [F], var: &dyn Fn(Var) -> f64, spikes: Spikes) {
    for &r in live {
        let at = |r: Real| v[r.0 as usize].to();
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
            Op::Exprel(z, k) => exprel(at(z), k),
            Op::Exprelr(z) => exprelr(at(z)),
            Op::Bernoulli(z, k) => bernoulli(at(z), k),
            Op::Spike(x, s) => match spikes {
                Spikes::Soft(_) => s.soft(at(x)),
                Spikes::Hard => f64::from(at(x) >= 0.0),
            },
            Op::Detach(a) => match spikes {
                Spikes::Soft(Some(base)) => base[r.0 as usize],
                _ => at(a),
            },
        };
        v[r.0 as usize] = F::of(value);
    }
}

/// The `k`-th derivative of `(e^z - 1) / z`: by its power series near zero, by recurrence elsewhere.
///
/// Its argument saturates at 40: a product of two stays finite in single precision.
pub fn exprel(z: f64, k: u8) -> f64 {
    let z = if z > 40.0 { 40.0 } else { z };
    if z.abs() < 1.5 {
        // sum_j z^j / (j! (j + k + 1))
        let mut term = 1.0;
        return (0..40)
            .map(|j| {
                let value = term / f64::from(j + i32::from(k) + 1);
                term *= z / f64::from(j + 1);
                value
            })
            .sum();
    }
    let e = z.exp();
    (1..=k).fold(z.exp_m1() / z, |f, k| (e - f64::from(k) * f) / z)
}

/// `z / (e^z - 1)`.
pub fn exprelr(z: f64) -> f64 {
    if z == 0.0 { 1.0 } else { z / z.exp_m1() }
}

/// Coefficients `B_j / j!` of `z / (e^z - 1)` in powers of `z`, from the Bernoulli numbers.
pub const BERNOULLI: [f64; 17] = [
    1.0,
    -0.5,
    1.0 / 12.0,
    0.0,
    -1.0 / 720.0,
    0.0,
    1.0 / 30240.0,
    0.0,
    -1.0 / 1209600.0,
    0.0,
    1.0 / 47900160.0,
    0.0,
    -691.0 / 1307674368000.0,
    0.0,
    1.0 / 74724249600.0,
    0.0,
    -3617.0 / 10670622842880000.0,
];

/// The `k`-th derivative of the power series of `z / (e^z - 1)`, for `|z| <= 1/2`.
pub fn bernoulli(z: f64, k: u8) -> f64 {
    derivative_of_series(&BERNOULLI, k).iter().rev().fold(0.0, |sum, c| sum * z + c)
}

/// Coefficients of the `k`-th derivative of a power series.
pub fn derivative_of_series(c: &[f64], k: u8) -> Vec<f64> {
    (0..k).fold(c.to_vec(), |c, _| c.iter().enumerate().skip(1).map(|(j, c)| j as f64 * c).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real::{exprelr, record};

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
