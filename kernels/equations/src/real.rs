//! The recording scalar: arithmetic on [`Real`] builds an expression graph.
//!
//! A `Real` is a handle into the graph of the recording under way in this thread ([`record`]). Equal expressions
//! get equal handles, constants are folded as they arise, and every node remembers the source line that wrote it.

pub use crate::graph::{Graph, Op, Var};
use crate::surrogate::Surrogate;
use std::{
    cell::RefCell,
    ops::{Add, Div, Mul, Neg, Sub},
    panic::Location,
};

/// A number of the equations: a handle into the expression graph being recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Real(pub(crate) u32);

thread_local! {
    static GRAPH: RefCell<Graph> = RefCell::default();
    static LINE: RefCell<Option<&'static Location<'static>>> = const { RefCell::new(None) };
}

/// Runs `f` with `graph` as the graph of this thread and returns it with what `f` added.
pub fn record<T>(graph: Graph, f: impl FnOnce() -> T) -> (Graph, T) {
    let outer = GRAPH.replace(graph);
    let result = f();
    (GRAPH.replace(outer), result)
}

/// Runs `f`; the nodes it makes are said to come from `line` rather than from their own place in the code.
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

    pub(crate) fn op(self) -> Op {
        GRAPH.with_borrow(|g| g.op(self))
    }

    pub(crate) fn line(self) -> Option<&'static Location<'static>> {
        GRAPH.with_borrow(|g| g.line(self))
    }

    /// The value, if the number is a constant.
    pub fn constant(self) -> Option<f64> {
        GRAPH.with_borrow(|g| g.constant(self))
    }

    /// `e^x`
    #[track_caller]
    pub fn exp(self) -> Real {
        self.unary(f64::exp, Op::Exp)
    }

    /// Natural logarithm.
    #[track_caller]
    pub fn ln(self) -> Real {
        self.unary(f64::ln, Op::Ln)
    }

    /// Cosine of an angle in radians.
    #[track_caller]
    pub fn cos(self) -> Real {
        self.unary(f64::cos, Op::Cos)
    }

    /// Absolute value.
    #[track_caller]
    pub fn abs(self) -> Real {
        self.unary(f64::abs, Op::Abs)
    }

    /// Whole power, by repeated squaring.
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

    /// The larger of the two.
    #[track_caller]
    pub fn max(self, other: impl Into<Real>) -> Real {
        let other = other.into();
        select(self, other, other, self)
    }

    /// The value, which gradients do not pass.
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

/// `if a < b { x } else { y }`; gradients pass through the chosen side.
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

/// Whether `x >= 0`: one or zero, with the surrogate's derivative.
#[track_caller]
pub fn spike(x: Real, surrogate: Surrogate) -> Real {
    Real::new(Op::Spike(x, surrogate))
}

/// `(e^z - 1) / z`, one at zero.
#[track_caller]
pub fn exprel(z: impl Into<Real>) -> Real {
    exprel_derivative(z.into(), 0)
}

#[track_caller]
pub(crate) fn exprel_derivative(z: Real, k: u8) -> Real {
    match z.constant() {
        Some(c) => crate::eval::exprel(c, k).into(),
        None => Real::new(Op::Exprel(z, k)),
    }
}

/// `z / (e^z - 1)`, one at zero; exact and smooth through the removable singularity.
///
/// Voltage-dependent rates such as `a (V - V_half) / (1 - exp(-(V - V_half) / k))` are this function.
#[track_caller]
pub fn exprelr(z: impl Into<Real>) -> Real {
    let z = z.into();
    match z.constant() {
        Some(c) => crate::eval::exprelr(c).into(),
        None => Real::new(Op::Exprelr(z)),
    }
}

/// [`exprelr`] and its derivative as they are computed: by the power series where `|z| < 1/2`, by the quotient elsewhere.
#[track_caller]
pub(crate) fn exprelr_resolved(z: Real) -> (Real, Real) {
    let (near, e) = (z.abs(), z.exp());
    let away = select(near, 0.5, 1.0, e - 1.0);
    let quotient = z / away;
    let value = select(near, 0.5, Real::new(Op::Bernoulli(z, 0)), quotient);
    let slope = select(near, 0.5, Real::new(Op::Bernoulli(z, 1)), (1.0 - quotient * e) / away);
    (value, slope)
}

impl From<f64> for Real {
    #[track_caller]
    fn from(x: f64) -> Real {
        // One zero: -0.0 would be another node.
        Real::new(Op::Const((x + 0.0).to_bits()))
    }
}

macro_rules! binary {
    ($trait:ident $method:ident $op:ident |$a:ident, $b:ident, $x:ident, $y:ident| $simple:expr) => {
        impl $trait for Real {
            type Output = Real;
            #[track_caller]
            fn $method(self, other: Real) -> Real {
                let ($x, $y, $a, $b) = (self, other, self.constant(), other.constant());
                if let (Some(a), Some(b)) = ($a, $b) {
                    return a.$method(b).into();
                }
                let simple: Option<Real> = $simple;
                match simple {
                    Some(x) => x,
                    None => Real::new(Op::$op(self, other)),
                }
            }
        }
        impl $trait<f64> for Real {
            type Output = Real;
            #[track_caller]
            fn $method(self, other: f64) -> Real {
                self.$method(Real::from(other))
            }
        }
        impl $trait<Real> for f64 {
            type Output = Real;
            #[track_caller]
            fn $method(self, other: Real) -> Real {
                Real::from(self).$method(other)
            }
        }
    };
}
binary!(Add add Add |a, b, x, y| match (a, b) {
    (Some(0.0), _) => Some(y),
    (_, Some(0.0)) => Some(x),
    _ => match (x.op(), y.op()) {
        (_, Op::Neg(n)) => Some(x - n),
        (Op::Neg(n), _) => Some(y - n),
        _ if x > y => Some(Real::new(Op::Add(y, x))),
        _ => None,
    },
});
binary!(Sub sub Sub |a, b, x, y| match (a, b) {
    (Some(0.0), _) => Some(-y),
    (_, Some(0.0)) => Some(x),
    _ if x == y => Some(0.0.into()),
    _ => match y.op() {
        Op::Neg(n) => Some(x + n),
        _ => None,
    },
});
binary!(Mul mul Mul |a, b, x, y| match (a, b) {
    (Some(0.0), _) | (_, Some(0.0)) => Some(0.0.into()),
    (Some(1.0), _) => Some(y),
    (_, Some(1.0)) => Some(x),
    (Some(-1.0), _) => Some(-y),
    (_, Some(-1.0)) => Some(-x),
    _ => match (x.op(), y.op()) {
        (Op::Neg(p), Op::Neg(q)) => Some(p * q),
        (Op::Neg(p), _) => Some(-(p * y)),
        (_, Op::Neg(q)) => Some(-(x * q)),
        _ if x > y => Some(Real::new(Op::Mul(y, x))),
        _ => None,
    },
});
binary!(Div div Div |a, b, x, y| match (a, b) {
    (Some(0.0), _) => Some(0.0.into()),
    (_, Some(1.0)) => Some(x),
    (_, Some(-1.0)) => Some(-x),
    _ => match (x.op(), y.op()) {
        (Op::Neg(p), Op::Neg(q)) => Some(p / q),
        (Op::Neg(p), _) => Some(-(p / y)),
        (_, Op::Neg(q)) => Some(-(x / q)),
        _ => None,
    },
});

impl Neg for Real {
    type Output = Real;
    #[track_caller]
    fn neg(self) -> Real {
        match self.op() {
            Op::Const(b) => (-f64::from_bits(b)).into(),
            Op::Neg(x) => x,
            Op::Sub(a, b) => b - a,
            _ => Real::new(Op::Neg(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_expressions_are_one_node_and_constants_fold() {
        let (graph, (a, b)) = record(Graph::default(), || {
            let x = Real::new(Op::Var(Var::State(0)));
            ((x + 2.0) * (3.0 - 1.0), (2.0 + x) * 2.0)
        });
        assert_eq!(a, b);
        assert!(graph.live(&[a]).len() == 4, "{graph:?}");
    }

    #[test]
    fn a_node_knows_its_line() {
        let line = line!() + 1;
        let (graph, y) = record(Graph::default(), || Real::new(Op::Var(Var::Dt)).exp());
        assert_eq!(graph.line(y).map(|l| (l.line(), l.file().ends_with("real.rs"))), Some((line, true)));
    }
}
