//! The walk over an expression graph that writes a statement per node.

use super::dialect::Dialect;
use crate::expr::{Body, Graph, Op, Real};
use std::{collections::HashMap, fmt::Write};

/// Writes the statements that compute `wanted`; the values of `given` nodes have the names said there already.
///
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

/// Returns the nodes to compute for `wanted` without looking behind `given` ones, arguments first.
fn needed(graph: &Graph, wanted: &[Real], given: &HashMap<Real, String>) -> Vec<Real> {
    let mut seen = vec![false; graph.len()];
    let mut stack: Vec<Real> = wanted.to_vec();
    while let Some(r) = stack.pop() {
        if !given.contains_key(&r) && !std::mem::replace(&mut seen[r.index()], true) {
            stack.extend(graph.op(r).args());
        }
    }
    (0..graph.len() as u32).map(Real).filter(|r| seen[r.index()]).collect()
}

/// Writes the statements of a body whose invariants are in the array `c`.
///
/// Returns the text and an expression for each output.
pub(super) fn body_statements(d: &dyn Dialect, body: &Body) -> (String, Vec<String>) {
    let given = body.invariants.iter().enumerate().map(|(k, &r)| (r, format!("c[{k}]"))).collect();
    statements(d, &body.graph, &body.outputs, &given)
}
