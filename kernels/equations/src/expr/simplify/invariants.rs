//! Loop invariants: subexpressions of parameters and `dt` alone are gathered into factors.

use super::{
    rebuild::{rebuild, uses},
    varying::Varying,
};
use crate::expr::{
    graph::Graph,
    node::{Op, Real},
    record::{exprelr_resolved, select},
};
use std::collections::HashMap;

/// Gathers invariant factors of sums, products and quotients, and resolves spikes and `z / (e^z - 1)` into the
/// operations that compute them.
pub(super) fn gather_invariants(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let mut v = Varying::default();
    rebuild(graph, outputs, |_, op, _| match op {
        Op::Add(a, b) => v.sum(a, b, false),
        Op::Sub(a, b) => v.sum(a, b, true),
        Op::Mul(a, b) => v.product(a, b),
        Op::Div(a, b) => v.quotient(a, b),
        Op::Exprelr(z) => exprelr_resolved(z).0,
        Op::Spike(x, _) => compared(x),
        op => Real::build(op),
    })
}

/// Records whether `x >= 0` as one comparison; neither a positive factor nor a difference from zero is computed.
fn compared(x: Real) -> Real {
    let positive = |c: Real| c.constant().is_some_and(|c| c > 0.0);
    match x.op() {
        Op::Mul(c, y) | Op::Mul(y, c) if positive(c) => compared(y),
        Op::Sub(a, b) => select(a, b, 0.0, 1.0),
        _ => select(x, 0.0, 0.0, 1.0),
    }
}

/// Moves invariant factors of sums to their terms where each term has a factor of its own to take them.
pub(super) fn distribute_invariants(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    let sums = Sums { graph, varying: Varying::of(graph), uses: uses(graph, outputs) };
    rebuild(graph, outputs, |old, op, at| match graph.op(old) {
        Op::Mul(a, b) if !sums.varying.has(a) && sums.distributes(b) => sums.times(at(a), b, at),
        Op::Mul(a, b) if !sums.varying.has(b) && sums.distributes(a) => sums.times(at(b), a, at),
        _ => Real::build(op),
    })
}

/// The sums of a graph that factors are moved into.
struct Sums<'a> {
    graph: &'a Graph,
    varying: Varying,
    uses: HashMap<Real, u32>,
}

impl Sums<'_> {
    /// Returns whether `x` is a sum whose terms take an invariant factor.
    fn distributes(&self, x: Real) -> bool {
        matches!(self.graph.op(x), Op::Add(..) | Op::Sub(..)) && self.takes(x)
    }

    /// Returns whether an invariant factor of `x` costs nothing.
    fn takes(&self, x: Real) -> bool {
        let once = self.uses[&x] == 1;
        match self.graph.op(x) {
            _ if !self.varying.has(x) => true,
            Op::Add(a, b) | Op::Sub(a, b) => once && self.takes(a) && self.takes(b),
            Op::Neg(a) => once && self.takes(a),
            Op::Mul(a, b) => once && !(self.varying.has(a) && self.varying.has(b)),
            _ => false,
        }
    }

    /// Records `c x` for an `x` that [takes](Sums::takes) factors.
    fn times(&self, c: Real, x: Real, at: &dyn Fn(Real) -> Real) -> Real {
        match self.graph.op(x) {
            _ if !self.varying.has(x) => c * at(x),
            Op::Add(a, b) => self.times(c, a, at) + self.times(c, b, at),
            Op::Sub(a, b) => self.times(c, a, at) - self.times(c, b, at),
            Op::Neg(a) => -self.times(c, a, at),
            Op::Mul(a, b) => {
                let (k, y) = if self.varying.has(a) { (b, a) } else { (a, b) };
                let k = c * at(k);
                if self.distributes(y) { self.times(k, y, at) } else { k * at(y) }
            }
            _ => c * at(x),
        }
    }
}

impl Varying {
    /// Splits `x` into an invariant factor and a varying one, if it has one.
    fn split(&mut self, x: Real) -> (Real, Option<Real>) {
        if !self.ask(x) {
            return (x, None);
        }
        match x.op() {
            Op::Neg(a) => {
                let (c, rest) = self.split(a);
                (-c, rest)
            }
            Op::Mul(a, b) if !self.ask(a) => (a, Some(b)),
            Op::Mul(a, b) if !self.ask(b) => (b, Some(a)),
            _ => (1.0.into(), Some(x)),
        }
    }

    /// Records `a + b`, or `a - b`, with the factors of one varying number added first.
    fn sum(&mut self, a: Real, b: Real, minus: bool) -> Real {
        let ((i, x), (j, y)) = (self.split(a), self.split(b));
        match (x, y) {
            (Some(x), Some(y)) if x == y => (if minus { i - j } else { i + j }) * x,
            _ if minus => a - b,
            _ => a + b,
        }
    }

    /// Records `a b` with the invariant factors multiplied first.
    fn product(&mut self, a: Real, b: Real) -> Real {
        let one: Real = 1.0.into();
        match (self.split(a), self.split(b)) {
            ((i, None), (j, Some(y))) => (i * j) * y,
            ((i, Some(x)), (j, None)) => (i * j) * x,
            ((i, Some(x)), (j, Some(y))) if i != one && j != one => (i * j) * (x * y),
            _ => a * b,
        }
    }

    /// Records `a / b` with the invariant factors divided first.
    fn quotient(&mut self, a: Real, b: Real) -> Real {
        if !self.ask(b) {
            return if self.ask(a) { self.product(a, 1.0 / b) } else { a / b };
        }
        if let Op::Div(c, d) = b.op() {
            let top = self.product(a, d);
            return self.quotient(top, c);
        }
        match self.split(b) {
            (c, Some(y)) if c.constant() != Some(1.0) => {
                let top = self.quotient(a, c);
                top / y
            }
            _ => a / b,
        }
    }
}
