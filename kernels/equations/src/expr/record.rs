//! Recording: functions of [`Real`] build the expression graph of this thread.
//!
//! A `Real` is a handle into the graph of the recording that is under way in this thread ([`record`]). Equal
//! expressions get equal handles, constants are folded as they arise, and every node remembers the source line that
//! wrote it.

use super::{
    functions,
    graph::Graph,
    node::{Op, Real},
    surrogate::Surrogate,
};
use std::{cell::RefCell, panic::Location};

thread_local! {
    static GRAPH: RefCell<Graph> = RefCell::default();
    static LINE: RefCell<Option<&'static Location<'static>>> = const { RefCell::new(None) };
}

/// Runs `f` with `graph` as the graph of this thread; returns the graph with the nodes that `f` added, and its result.
pub fn record<T>(graph: Graph, f: impl FnOnce() -> T) -> (Graph, T) {
    let outer = GRAPH.replace(graph);
    let result = f();
    (GRAPH.replace(outer), result)
}

/// Runs `f`; the nodes that it makes are said to come from `line` rather than from their own place in the code.
pub(crate) fn on_line<T>(line: Option<&'static Location<'static>>, f: impl FnOnce() -> T) -> T {
    let outer = LINE.replace(line);
    let result = f();
    LINE.set(outer);
    result
}

impl Real {
    /// Records `op` as it is.
    #[track_caller]
    pub(crate) fn new(op: Op) -> Real {
        let caller = Location::caller();
        let here = LINE.with_borrow(|l| l.unwrap_or(caller));
        GRAPH.with_borrow_mut(|g| g.push(op, Some(here)))
    }

    /// Records `op`, folding what can be folded.
    #[track_caller]
    pub(crate) fn build(op: Op) -> Real {
        match op {
            Op::Add(a, b) => a + b,
            Op::Sub(a, b) => a - b,
            Op::Mul(a, b) => a * b,
            Op::Div(a, b) => a / b,
            Op::Neg(a) => -a,
            Op::Exp(a) => a.exp(),
            Op::Ln(a) => a.ln(),
            Op::Cos(a) => a.cos(),
            Op::Abs(a) => a.abs(),
            Op::Select(a, b, x, y) => select(a, b, x, y),
            Op::Exprel(a, k) => exprel_derivative(a, k),
            _ => Real::new(op),
        }
    }

    /// Returns the operation of the node.
    pub(crate) fn op(self) -> Op {
        GRAPH.with_borrow(|g| g.op(self))
    }

    /// Returns the source line that wrote the node.
    pub(crate) fn line(self) -> Option<&'static Location<'static>> {
        GRAPH.with_borrow(|g| g.line(self))
    }

    /// Returns the value where the number is a constant.
    pub fn constant(self) -> Option<f64> {
        GRAPH.with_borrow(|g| g.constant(self))
    }

    /// Returns `e^x`.
    #[track_caller]
    pub fn exp(self) -> Real {
        self.unary(f64::exp, Op::Exp)
    }

    /// Returns the natural logarithm.
    #[track_caller]
    pub fn ln(self) -> Real {
        self.unary(f64::ln, Op::Ln)
    }

    /// Returns the cosine of an angle in radians.
    #[track_caller]
    pub fn cos(self) -> Real {
        self.unary(f64::cos, Op::Cos)
    }

    /// Returns the absolute value.
    #[track_caller]
    pub fn abs(self) -> Real {
        self.unary(f64::abs, Op::Abs)
    }

    /// Returns the `n`-th power, by repeated squaring.
    #[track_caller]
    pub fn powi(self, n: u32) -> Real {
        match n {
            0 => 1.0.into(),
            1 => self,
            n if n % 2 == 0 => {
                let half = self.powi(n / 2);
                half * half
            }
            n => self.powi(n - 1) * self,
        }
    }

    /// Returns the larger of the two.
    #[track_caller]
    pub fn max(self, other: impl Into<Real>) -> Real {
        let other = other.into();
        select(self, other, other, self)
    }

    /// Returns the same value, through which no gradient passes.
    #[track_caller]
    pub fn detach(self) -> Real {
        self.unary(|x| x, Op::Detach)
    }

    #[track_caller]
    fn unary(self, f: fn(f64) -> f64, op: fn(Real) -> Op) -> Real {
        match self.constant() {
            Some(c) => f(c).into(),
            None => Real::new(op(self)),
        }
    }
}

/// Returns `x` where `a < b` and `y` elsewhere; gradients pass through the chosen side.
#[track_caller]
pub fn select(a: impl Into<Real>, b: impl Into<Real>, x: impl Into<Real>, y: impl Into<Real>) -> Real {
    let (a, b, x, y) = (a.into(), b.into(), x.into(), y.into());
    match (a.constant(), b.constant()) {
        _ if x == y => x,
        (Some(a), Some(b)) => {
            if a < b {
                x
            } else {
                y
            }
        }
        _ => Real::new(Op::Select(a, b, x, y)),
    }
}

/// Returns one where `x >= 0` and zero elsewhere; its derivative is that of the surrogate.
#[track_caller]
pub fn spike(x: Real, surrogate: Surrogate) -> Real {
    Real::new(Op::Spike(x, surrogate))
}

/// Returns `(e^z - 1) / z`, which is one at zero.
#[track_caller]
pub fn exprel(z: impl Into<Real>) -> Real {
    exprel_derivative(z.into(), 0)
}

/// Returns the `k`-th derivative of `(e^z - 1) / z`.
#[track_caller]
pub(crate) fn exprel_derivative(z: Real, k: u8) -> Real {
    match z.constant() {
        Some(c) => functions::exprel(c, k).into(),
        None => Real::new(Op::Exprel(z, k)),
    }
}

/// Returns `z / (e^z - 1)`, which is one at zero, exact and smooth through the removable singularity.
///
/// Voltage-dependent rates such as `a (V - V_half) / (1 - exp(-(V - V_half) / k))` are this function.
#[track_caller]
pub fn exprelr(z: impl Into<Real>) -> Real {
    let z = z.into();
    match z.constant() {
        Some(c) => functions::exprelr(c).into(),
        None => Real::new(Op::Exprelr(z)),
    }
}

/// Returns [`exprelr`] and its derivative in the operations that compute them: those of the power series where
/// `|z| < 1/2`, those of the quotient elsewhere.
#[track_caller]
pub(crate) fn exprelr_resolved(z: Real) -> (Real, Real) {
    let (near, e) = (z.abs(), z.exp());
    let away = select(near, 0.5, 1.0, e - 1.0);
    let quotient = z / away;
    let value = select(near, 0.5, Real::new(Op::Bernoulli(z, 0)), quotient);
    let slope = select(near, 0.5, Real::new(Op::Bernoulli(z, 1)), (1.0 - quotient * e) / away);
    (value, slope)
}

#[cfg(test)]
mod tests {
    use crate::expr::{Graph, Op, Real, Var, record};

    #[test]
    fn a_node_knows_its_line() {
        let line = line!() + 1;
        let (graph, y) = record(Graph::default(), || Real::new(Op::Var(Var::Dt)).exp());
        assert_eq!(graph.line(y).map(|l| (l.line(), l.file().ends_with("record.rs"))), Some((line, true)));
    }
}
