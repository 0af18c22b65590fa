//! Rewrites that make recorded expressions cheap to run many times with the same parameters.
//!
//! 1. **Invariants**: subexpressions of parameters and `dt` alone are gathered into factors that are computed once a
//!    run: `x + dt (-x / tau) phi(-dt / tau)` becomes `c x`, and `dt (a x + b)` becomes `(dt a) x + dt b`.
//! 2. **Exponent sharing**: exponentials whose arguments are whole multiples of a common one become powers of a single
//!    exponential: of the eight in the rates of a Hodgkin-Huxley cell, `exp((V - V_half) / k)`, two remain.
//! 3. **Reciprocal sharing**: quotients with the same divisor share its reciprocal.
//! 4. **Multiply-add**: a product that is used once, in a sum, is fused with it.
//!
//! Each rewrite is exact in real numbers; `tests/simplify/values.rs` states what it costs in rounding. Exponentials
//! saturate: their arguments, times the power they are raised to, are kept within +-85, so that no quotient meets an
//! infinity.

mod exponents;
mod fuse;
mod invariants;
mod rebuild;
mod spikes;
mod varying;

use super::{graph::Graph, node::Real};
use exponents::share_exponents;
use fuse::{fuse_multiply_add, share_reciprocals};
use invariants::{distribute_invariants, gather_invariants};
use spikes::choose_by_spikes;
pub(crate) use varying::Varying;

/// Simplified expressions, ready for printing.
#[derive(Clone, Debug)]
pub struct Body {
    /// The expressions.
    pub graph: Graph,
    /// The values that are computed once a run and used by [`Body::outputs`].
    pub invariants: Vec<Real>,
    /// The values that are computed every step.
    pub outputs: Vec<Real>,
}

/// Applies every rewrite to `outputs` of `graph`.
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
