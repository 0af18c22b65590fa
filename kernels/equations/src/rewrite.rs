//! Makes recorded expressions cheap to run many times with the same parameters.
//!
//! 1. **Invariants**: what depends on parameters and `dt` alone is gathered into factors that are computed once a run.
//!    `x + dt (-x / tau) phi(-dt / tau)` becomes `c x`, and `dt (a x + b)` becomes `(dt a) x + dt b`.
//! 2. **Exponent sharing**: exponentials whose arguments are whole multiples of a common one become powers of a single
//!    exponential: of the eight in the rates of a Hodgkin-Huxley cell, `exp((V - V_half) / k)`, two remain.
//! 3. **Reciprocal sharing**: quotients with the same divisor share its reciprocal.
//! 4. **Multiply-add**: products used once, in a sum, are fused with it.
//!
//! Each is exact in real numbers; `tests/rewrites.rs` states what it costs in rounding. Exponentials saturate: their
//! arguments, times the power they are raised to, are kept within +-85, so that no quotient meets an infinity.

mod exponents;
mod invariants;
mod spikes;

use crate::real::*;
use exponents::share_exponents;
use invariants::{distribute_invariants, gather_invariants};
use spikes::choose_by_spikes;
use std::collections::HashMap;

/// Expressions ready for printing.
#[derive(Clone, Debug)]
pub struct Body {
    /// The expressions.
    pub graph: Graph,
    /// What is computed once a run and used by [`Body::outputs`].
    pub invariants: Vec<Real>,
    /// What is computed every step.
    pub outputs: Vec<Real>,
}

/// Applies every rewrite to `outputs`.
pub fn simplify(graph: &Graph, outputs: &[Real]) -> Body {
    let (graph, outputs) = gather_invariants(graph, outputs);
    let (graph, outputs) = distribute_invariants(&graph, &outputs);
    let (graph, outputs) = choose_by_spikes(&graph, &outputs);
    let (graph, outputs) = share_exponents(&graph, &outputs);
    // Sharing leaves invariant factors `exp(offset)` behind: gather them too.
    let (graph, outputs) = gather_invariants(&graph, &outputs);
    let (graph, outputs) = share_reciprocals(&graph, &outputs);
    let (graph, outputs) = fuse_multiply_add(&graph, &outputs);
    let varying = Varying::of(&graph);
    let mut invariants: Vec<Real> = graph
        .live(&outputs)
        .iter()
        .filter(|&&r| varying.has(r))
        .flat_map(|&r| graph.op(r).args())
        .chain(outputs.iter().copied())
        .filter(|&r| !varying.has(r) && graph.constant(r).is_none())
        .collect();
    invariants.sort();
    invariants.dedup();
    Body { graph, invariants, outputs }
}

/// Rebuilds `outputs` node by node in a new graph.
fn rebuild(
    old: &Graph,
    outputs: &[Real],
    mut node: impl FnMut(Real, Op, &dyn Fn(Real) -> Real) -> Real,
) -> (Graph, Vec<Real>) {
    let mut new = vec![Real(u32::MAX); old.len()];
    record(Graph::default(), || {
        for r in old.live(outputs) {
            let at = |r: Real| new[r.0 as usize];
            let made = on_line(old.line(r), || node(r, old.op(r).map(at), &at));
            new[r.0 as usize] = made;
        }
        outputs.iter().map(|r| new[r.0 as usize]).collect()
    })
}

/// Which nodes change during a run.
#[derive(Default)]
pub(crate) struct Varying(Vec<bool>);

impl Varying {
    pub(crate) fn of(graph: &Graph) -> Varying {
        let mut v = Varying::default();
        (0..graph.len() as u32).for_each(|k| v.push(graph.op(Real(k))));
        v
    }

    fn push(&mut self, op: Op) {
        let own = matches!(op, Op::Var(Var::State(_) | Var::Input(_) | Var::Adjoint(_)));
        let varies = own || op.args().any(|a| self.has(a));
        self.0.push(varies);
    }

    pub(crate) fn has(&self, r: Real) -> bool {
        self.0[r.0 as usize]
    }

    /// As [`Varying::has`], of a node of the graph being recorded.
    fn ask(&mut self, r: Real) -> bool {
        for k in self.0.len() as u32..=r.0 {
            self.push(Real(k).op());
        }
        self.has(r)
    }
}

/// How often each node is used.
fn uses(graph: &Graph, outputs: &[Real]) -> HashMap<Real, u32> {
    let mut uses = HashMap::new();
    let args = graph.live(outputs).into_iter().flat_map(|r| graph.op(r).args());
    args.chain(outputs.iter().copied()).for_each(|r| *uses.entry(r).or_default() += 1);
    uses
}

fn share_reciprocals(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
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

fn fuse_multiply_add(graph: &Graph, outputs: &[Real]) -> (Graph, Vec<Real>) {
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
