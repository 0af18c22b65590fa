//! The operations of a step, by kind.

use crate::expr::{Graph, Op, Real, simplify::Varying};

/// The numbers of operations that a body does in every step, by kind. The least time of a step on a machine follows
/// from them.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Cost {
    /// The additions, products, multiply-adds, comparisons and selections.
    pub arithmetic: usize,
    /// The quotients.
    pub divisions: usize,
    /// The exponentials.
    pub exponentials: usize,
    /// The evaluations of `(e^z - 1) / z`, of its derivatives, and of the series of its reciprocal.
    pub series: usize,
    /// The logarithms and cosines.
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
