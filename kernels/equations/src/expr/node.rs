//! The nodes of an expression graph: handles, variables and operations.

use super::surrogate::Surrogate;

/// A number of the equations: a handle into the expression graph that is being recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Real(pub(crate) u32);

impl Real {
    /// Position of the node in its graph.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A variable that a step of a neuron may depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Var {
    /// The step length, ms.
    Dt,
    /// A state before the step, by its position.
    State(u16),
    /// An input during the step, by its position.
    Input(u16),
    /// A parameter, by its position; it is constant over a run.
    Param(u16),
    /// The cotangent of an output of the step: the derivative of the loss w.r.t. it.
    Adjoint(u16),
}

/// The operation of one node of the graph, on nodes before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// A constant, as the bits of an `f64`.
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
    /// `z / (e^z - 1)`; [`simplify`](super::simplify()) resolves it into the series below and the quotient, which
    /// shares its exponential.
    Exprelr(Real),
    /// The `k`-th derivative of the power series of `z / (e^z - 1)`, for `|z| < 1/2` only.
    Bernoulli(Real, u8),
    /// The Heaviside step of `a`, whose derivative is replaced by a surrogate.
    Spike(Real, Surrogate),
    /// `a`, which gradients do not pass.
    Detach(Real),
}

impl Op {
    /// Yields the nodes that this one is computed from.
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

    /// Returns the same operation on the arguments `f` gives.
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
