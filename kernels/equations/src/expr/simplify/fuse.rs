//! Reciprocals that quotients share, and fused products and sums.

use super::{
    rebuild::{rebuild, uses},
    varying::Varying,
};
use crate::expr::{
    graph::Graph,
    node::{Op, Real},
};
use std::collections::HashMap;

/// Turns quotients with one divisor into products with its reciprocal.
pub(super) fn share_reciprocals(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let mut shared: HashMap<Real, u32> = HashMap::new();
    for r in graph.live(outputs) {
        if let Op::Div(_, b) = graph.op(r) {
            *shared.entry(b).or_default() += 1;
        }
    }
    rebuild(graph, outputs, |old, op, _| match (graph.op(old), op) {
        (Op::Div(_, old_b), Op::Div(a, b)) if shared[&old_b] > 1 => a * (1.0 / b),
        (_, op) => Real::build(op),
    })
}

/// Fuses a product that is used once with the sum that uses it: `a b + c` is rounded once.
pub(super) fn fuse_multiply_add(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let uses = uses(graph, outputs);
    let varying = Varying::of(graph);
    let factors = |r: Real| match graph.op(r) {
        Op::Mul(a, b) if uses[&r] == 1 && varying.has(r) => Some((a, b)),
        _ => None,
    };
    rebuild(graph, outputs, |old, op, at| match graph.op(old) {
        Op::Add(a, b) => match (factors(a), factors(b)) {
            (Some((p, q)), _) => Real::new(Op::Fma(at(p), at(q), at(b))),
            (_, Some((p, q))) => Real::new(Op::Fma(at(p), at(q), at(a))),
            _ => Real::build(op),
        },
        Op::Sub(a, b) => match (factors(a), factors(b)) {
            (_, Some((p, q))) => Real::new(Op::Fma(-at(p), at(q), at(a))),
            (Some((p, q)), _) => Real::new(Op::Fma(at(p), at(q), -at(b))),
            _ => Real::build(op),
        },
        _ => Real::build(op),
    })
}
