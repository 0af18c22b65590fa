//! Effects of spikes, which become selections.

use super::rebuild::rebuild;
use crate::expr::{
    graph::Graph,
    node::{Op, Real},
    record::select,
};

/// Turns the effect of a spike `z` into a selection: `b + z (a - b)` is `a` where `z` is one and `b` where it is zero,
/// and so is a selection by `z`. A selection by the comparisons that make the spike does not wait for `z`.
pub(super) fn choose_by_spikes(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
    rebuild(graph, outputs, |_, op, _| match op {
        Op::Add(p, q) => match moved(p, q).or(moved(q, p)) {
            Some((z, a, b)) => choose(z, a, b),
            None => Real::build(op),
        },
        Op::Select(z, limit, x, y) if is_spike(z) && limit.constant().is_some_and(|c| 0.0 < c && c < 1.0) => {
            choose(z, y, x)
        }
        op => Real::build(op),
    })
}

/// Returns `(z, a, b)` where the sum is that of `b` and `z (a - b)`.
fn moved(b: Real, product: Real) -> Option<(Real, Real, Real)> {
    let Op::Mul(p, q) = product.op() else { return None };
    [(p, q), (q, p)].into_iter().find_map(|(z, difference)| match difference.op() {
        Op::Sub(a, subtracted) if subtracted == b && is_spike(z) => Some((z, a, b)),
        _ => None,
    })
}

/// Returns whether a number can only be zero or one.
fn is_spike(z: Real) -> bool {
    match z.op() {
        Op::Select(_, _, x, y) => is_spike(x) && is_spike(y),
        _ => z.constant().is_some_and(|c| c == 0.0 || c == 1.0),
    }
}

/// Records the selection of `a` where `z` is one and of `b` where it is zero.
fn choose(z: Real, a: Real, b: Real) -> Real {
    match z.op() {
        Op::Select(p, q, x, y) => {
            let on = |side: bool, r: Real| match r.op() {
                Op::Select(s, t, x, y) if (s, t) == (p, q) => {
                    if side {
                        x
                    } else {
                        y
                    }
                }
                _ => r,
            };
            select(p, q, choose(x, on(true, a), on(true, b)), choose(y, on(false, a), on(false, b)))
        }
        _ if z.constant() == Some(1.0) => a,
        _ => b,
    }
}
