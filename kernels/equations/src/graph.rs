//! The expression graph that recorded numbers point into.

use crate::{real::Real, surrogate::Surrogate};
use std::{collections::HashMap, panic::Location};

/// What a step may depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Var {
    /// Step length, ms.
    Dt,
    /// State before the step.
    State(u16),
    /// Input during the step.
    Input(u16),
    /// Parameter, constant over a run.
    Param(u16),
    /// Gradient of the loss with respect to an output of the step.
    Adjoint(u16),
}

/// One node of the graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// Bits of an `f64`.
    Const(u64),
    /// A variable.
    Var(Var),
    /// `a + b`
    Add(Real, Real),
    /// `a - b`
    Sub(Real, Real),
    /// `a b`
    Mul(Real, Real),
    /// `a / b`
    Div(Real, Real),
    /// `a b + c`, rounded once.
    Fma(Real, Real, Real),
    /// `-a`
    Neg(Real),
    /// `e^a`; the argument saturates at +-85 in single precision.
    Exp(Real),
    /// `ln a`
    Ln(Real),
    /// `cos a`
    Cos(Real),
    /// `|a|`
    Abs(Real),
    /// `if a < b { x } else { y }`
    Select(Real, Real, Real, Real),
    /// The `k`-th derivative of `(e^z - 1) / z`.
    Exprel(Real, u8),
    /// `z / (e^z - 1)`; rewriting resolves it into the series below and the quotient, which shares its exponential.
    Exprelr(Real),
    /// The `k`-th derivative of the power series of `z / (e^z - 1)`, for `|z| < 1/2` only.
    Bernoulli(Real, u8),
    /// Heaviside step of `a`, whose derivative is a surrogate.
    Spike(Real, Surrogate),
    /// `a`, which gradients do not pass.
    Detach(Real),
}

impl Op {
    /// The nodes this one is computed from.
    pub fn args(&self) -> impl Iterator<Item = Real> + use<> {
        let (n, a) = match *self {
            Op::Const(_) | Op::Var(_) => (0, [Real(0); 4]),
            Op::Neg(a) | Op::Exp(a) | Op::Ln(a) | Op::Cos(a) | Op::Abs(a) | Op::Detach(a) => (1, [a; 4]),
            Op::Exprel(a, _) | Op::Exprelr(a) | Op::Bernoulli(a, _) | Op::Spike(a, _) => (1, [a; 4]),
            Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) => (2, [a, b, a, a]),
            Op::Fma(a, b, c) => (3, [a, b, c, a]),
            Op::Select(a, b, x, y) => (4, [a, b, x, y]),
        };
        a.into_iter().take(n)
    }

    /// The same operation on other arguments.
    pub(crate) fn map(self, f: impl Fn(Real) -> Real) -> Op {
        match self {
            Op::Const(_) | Op::Var(_) => self,
            Op::Add(a, b) => Op::Add(f(a), f(b)),
            Op::Sub(a, b) => Op::Sub(f(a), f(b)),
            Op::Mul(a, b) => Op::Mul(f(a), f(b)),
            Op::Div(a, b) => Op::Div(f(a), f(b)),
            Op::Fma(a, b, c) => Op::Fma(f(a), f(b), f(c)),
            Op::Neg(a) => Op::Neg(f(a)),
            Op::Exp(a) => Op::Exp(f(a)),
            Op::Ln(a) => Op::Ln(f(a)),
            Op::Cos(a) => Op::Cos(f(a)),
            Op::Abs(a) => Op::Abs(f(a)),
            Op::Select(a, b, x, y) => Op::Select(f(a), f(b), f(x), f(y)),
            Op::Exprel(a, k) => Op::Exprel(f(a), k),
            Op::Exprelr(a) => Op::Exprelr(f(a)),
            Op::Bernoulli(a, k) => Op::Bernoulli(f(a), k),
            Op::Spike(a, s) => Op::Spike(f(a), s),
            Op::Detach(a) => Op::Detach(f(a)),
        }
    }
}

/// An expression graph. Arguments of a node always come before it.
#[derive(Clone, Default, Debug)]
pub struct Graph {
    nodes: Vec<(Op, Option<&'static Location<'static>>)>,
    known: HashMap<Op, Real>,
}

impl Graph {
    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The operation of a node.
    pub fn op(&self, x: Real) -> Op {
        self.nodes[x.0 as usize].0
    }

    /// The source line that wrote a node.
    pub fn line(&self, x: Real) -> Option<&'static Location<'static>> {
        self.nodes[x.0 as usize].1
    }

    /// The value of a constant node.
    pub fn constant(&self, x: Real) -> Option<f64> {
        match self.op(x) {
            Op::Const(b) => Some(f64::from_bits(b)),
            _ => None,
        }
    }

    /// The nodes `wanted` depends on, arguments first.
    pub fn live(&self, wanted: &[Real]) -> Vec<Real> {
        let mut seen = vec![false; self.len()];
        let mut stack = wanted.to_vec();
        while let Some(r) = stack.pop() {
            if !std::mem::replace(&mut seen[r.0 as usize], true) {
                stack.extend(self.op(r).args());
            }
        }
        (0..self.len() as u32).filter(|&k| seen[k as usize]).map(Real).collect()
    }

    pub(crate) fn push(&mut self, op: Op, at: Option<&'static Location<'static>>) -> Real {
        *self.known.entry(op).or_insert_with(|| {
            self.nodes.push((op, at));
            Real(self.nodes.len() as u32 - 1)
        })
    }
}
