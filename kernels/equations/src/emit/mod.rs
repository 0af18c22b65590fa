//! Prints a simplified expression graph as source text: one walk, one short [`Dialect`] per language.

mod bodies;
mod device;
mod keep;
mod linearised;
mod rust;
mod saved;
mod surrogate;
mod training;

pub use bodies::Bodies;
use bodies::walk;
pub use device::{Device, device_cell, device_functions, device_model};
pub use rust::{Rust, rust_module};
pub use surrogate::spike_slope;

use crate::{
    real::{Graph, Op, Real, Var},
    rewrite::Varying,
};
use std::{collections::HashMap, fmt::Write};

/// What a cell is compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Scans of a population without synapses: forward, reverse and tangent.
    Scan,
    /// Steps in a network that is simulated.
    Network,
    /// Passes of a network that is trained, by backpropagation through time and by online rules.
    Train,
}

/// How a language writes what the walk meets.
pub trait Dialect {
    /// A number.
    fn constant(&self, c: f64) -> String;
    /// A variable of the step: an argument of the functions that are printed.
    fn variable(&self, v: Var) -> String {
        match v {
            Var::Dt => "dt".into(),
            Var::State(k) => format!("x[{k}]"),
            Var::Input(k) => format!("i[{k}]"),
            Var::Param(k) => format!("p[{k}]"),
            Var::Adjoint(k) => format!("bar[{k}]"),
        }
    }
    /// A statement that names a value.
    fn bind(&self, name: &str, value: &str) -> String;
    /// A function of one to four arguments: `exp`, `ln`, `cos`, `abs`, `exprel`, `bernoulli`, `fma`, `max`, `min` and
    /// `select` (`select(a, b, x, y)` is `x` where `a < b`); `order` is the derivative's.
    fn call(&self, function: &str, order: u8, args: &[&str]) -> String;
    /// `a / b`.
    fn quotient(&self, a: &str, b: &str) -> String {
        format!("{a} / {b}")
    }
    /// A statement that names both `exprel` of `z` and its first derivative, where that is cheaper than two.
    fn exprel_and_slope(&self, _value: &str, _slope: &str, _z: &str) -> Option<String> {
        None
    }
}

/// Writes the statements that compute `wanted`; values of `given` nodes already have the names said there.
/// Returns the text and an expression for each of `wanted`.
pub fn statements(
    d: &dyn Dialect,
    graph: &Graph,
    wanted: &[Real],
    given: &HashMap<Real, String>,
) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut names: HashMap<Real, String> = given.clone();
    let needed = needed(graph, wanted, given);
    let slopes: HashMap<Real, Real> = needed
        .iter()
        .filter_map(|&r| match graph.op(r) {
            Op::Exprel(z, 1) => Some((z, r)),
            _ => None,
        })
        .collect();
    for r in needed {
        if names.contains_key(&r) {
            continue;
        }
        if let (Op::Exprel(z, 0), name) = (graph.op(r), format!("t{}", r.0))
            && let Some(&slope) = slopes.get(&z)
            && let Some(both) = d.exprel_and_slope(&name, &format!("t{}", slope.0), &names[&z])
        {
            annotate(&mut text, &both, graph, r);
            names.insert(slope, format!("t{}", slope.0));
            names.insert(r, name);
            continue;
        }
        let at = |x: Real| names[&x].as_str();
        let value = match graph.op(r) {
            Op::Const(bits) => {
                names.insert(r, d.constant(f64::from_bits(bits)));
                continue;
            }
            Op::Var(v) => {
                names.insert(r, d.variable(v));
                continue;
            }
            Op::Detach(a) => {
                names.insert(r, at(a).to_string());
                continue;
            }
            Op::Add(a, b) => format!("{} + {}", at(a), at(b)),
            Op::Sub(a, b) => format!("{} - {}", at(a), at(b)),
            Op::Mul(a, b) => format!("{} * {}", at(a), at(b)),
            Op::Div(a, b) => d.quotient(at(a), at(b)),
            Op::Neg(a) => format!("-{}", at(a)),
            Op::Fma(a, b, c) => d.call("fma", 0, &[at(a), at(b), at(c)]),
            Op::Exp(a) => d.call("exp", 0, &[at(a)]),
            Op::Ln(a) => d.call("ln", 0, &[at(a)]),
            Op::Cos(a) => d.call("cos", 0, &[at(a)]),
            Op::Abs(a) => d.call("abs", 0, &[at(a)]),
            Op::Exprelr(_) => unreachable!("rewriting resolves it"),
            Op::Exprel(z, k) => d.call("exprel", k, &[at(z)]),
            Op::Bernoulli(z, k) => d.call("bernoulli", k, &[at(z)]),
            // As `Real::max` and the saturation of exponentials write them.
            Op::Select(a, b, x, y) if (x, y) == (b, a) => d.call("max", 0, &[at(a), at(b)]),
            Op::Select(a, b, x, y) if (x, y) == (a, b) => d.call("min", 0, &[at(a), at(b)]),
            Op::Select(a, b, x, y) => d.call("select", 0, &[at(a), at(b), at(x), at(y)]),
            Op::Spike(x, _) => {
                let (zero, one) = (d.constant(0.0), d.constant(1.0));
                d.call("select", 0, &[at(x), &zero, &zero, &one])
            }
        };
        let name = format!("t{}", r.0);
        annotate(&mut text, &d.bind(&name, &value), graph, r);
        names.insert(r, name);
    }
    let results = wanted.iter().map(|r| names[r].clone()).collect();
    (text, results)
}

/// Writes a statement with the line of its equation beside it.
fn annotate(text: &mut String, statement: &str, graph: &Graph, r: Real) {
    match graph.line(r) {
        Some(l) => {
            let file = l.file().rsplit(['/', '\\']).next().unwrap_or_default();
            writeln!(text, "{statement:<72} // {file}:{}", l.line())
        }
        None => writeln!(text, "{statement}"),
    }
    .expect("writing to a string");
}

/// The nodes to compute for `wanted` without looking behind `given` ones, arguments first.
fn needed(graph: &Graph, wanted: &[Real], given: &HashMap<Real, String>) -> Vec<Real> {
    let mut seen = vec![false; graph.len()];
    let mut stack: Vec<Real> = wanted.to_vec();
    while let Some(r) = stack.pop() {
        if !given.contains_key(&r) && !std::mem::replace(&mut seen[r.0 as usize], true) {
            stack.extend(graph.op(r).args());
        }
    }
    (0..graph.len() as u32).map(Real).filter(|r| seen[r.0 as usize]).collect()
}

/// Operations a body does in every step, by kind: what a speed of light is computed from.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Cost {
    /// Additions, products, multiply-adds, comparisons and selections.
    pub arithmetic: usize,
    /// Quotients.
    pub divisions: usize,
    /// Exponentials.
    pub exponentials: usize,
    /// `(e^z - 1) / z`, its derivatives, and the series of its reciprocal.
    pub series: usize,
    /// Logarithms and cosines.
    pub other: usize,
}

impl Cost {
    /// Counts the operations of `wanted` that are not computed once a run.
    pub fn of(graph: &Graph, wanted: &[Real]) -> Cost {
        let varying = Varying::of(graph);
        let mut cost = Cost::default();
        for r in graph.live(wanted).into_iter().filter(|&r| varying.has(r)) {
            match graph.op(r) {
                Op::Const(_) | Op::Var(_) | Op::Detach(_) | Op::Neg(_) => {}
                Op::Div(..) => cost.divisions += 1,
                Op::Exp(_) => cost.exponentials += 1,
                Op::Exprel(..) | Op::Bernoulli(..) => cost.series += 1,
                Op::Ln(_) | Op::Cos(_) => cost.other += 1,
                _ => cost.arithmetic += 1,
            }
        }
        cost
    }
}
