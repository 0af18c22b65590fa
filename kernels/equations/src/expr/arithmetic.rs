//! The arithmetic operators of [`Real`], which fold constants and trivial operands while they record.

use super::node::{Op, Real};
use std::ops::{Add, Div, Mul, Neg, Sub};

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
    use crate::expr::{Graph, Op, Real, Var, record};

    #[test]
    fn equal_expressions_are_one_node_and_constants_fold() {
        let (graph, (a, b)) = record(Graph::default(), || {
            let x = Real::new(Op::Var(Var::State(0)));
            ((x + 2.0) * (3.0 - 1.0), (2.0 + x) * 2.0)
        });
        assert_eq!(a, b);
        assert!(graph.live(&[a]).len() == 4, "{graph:?}");
    }
}
