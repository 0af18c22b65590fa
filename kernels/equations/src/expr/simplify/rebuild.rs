//! The walk that every rewrite is made of.

use crate::expr::{
    graph::Graph,
    node::{Op, Real},
    record::{on_line, record},
};
use std::collections::HashMap;

/// Rebuilds `outputs` node by node in a new graph.
///
/// `node` is called with each old node, with its operation on the new arguments, and with the map from old nodes to new
/// ones; it records the new node and returns it. The new node is said to come from the line of the old one.
pub(super) fn rebuild(
    old: &Graph,
    outputs: &[Real],
    mut node: impl FnMut(Real, Op, &dyn Fn(Real) -> Real) -> Real,
) -> (Graph, Vec<Real>) {
    let mut new = vec![Real(u32::MAX); old.len()];
    record(Graph::default(), || {
        for r in old.live(outputs) {
            let at = |r: Real| new[r.index()];
            let made = on_line(old.line(r), || node(r, old.op(r).map(at), &at));
            new[r.index()] = made;
        }
        outputs.iter().map(|r| new[r.index()]).collect()
    })
}

/// Returns how often each node is used on the way to `outputs`, which count as uses too.
pub(super) fn uses(graph: &Graph, outputs: &[Real]) -> HashMap<Real, u32> {
    let mut uses = HashMap::new();
    let args = graph.live(outputs).into_iter().flat_map(|r| graph.op(r).args());
    args.chain(outputs.iter().copied()).for_each(|r| *uses.entry(r).or_default() += 1);
    uses
}
