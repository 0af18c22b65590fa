//! The choice of residuals: the cheapest values to save for the step backward, from which the rest follows.
//!
//! Every value that the step backward starts from is either saved or computed again from saved ones. Saving a value
//! costs a store and a load, and computing it costs its operation; the choice of least cost is a minimum cut (compilers
//! choose what to rematerialise in the same way: Jain et al. 2020, <https://arxiv.org/abs/1910.02653>). The cut is
//! found by shortest augmenting paths (Edmonds and Karp 1972, <https://doi.org/10.1145/321694.321699>).

use crate::expr::{Graph, Op, Real, Var};
use std::collections::HashMap;

/// The cost of a store, a load, and the memory between them, in additions.
const SAVED: i64 = 3;

/// A cost greater than that of everything else together.
const INFINITE: i64 = 1 << 40;

/// Returns the values to save so that `wanted` follow from them and from the values for which `free` holds, in
/// ascending order.
///
/// Only values that do not depend on an [`Var::Adjoint`] can be saved.
pub(super) fn cheapest_residuals(graph: &Graph, wanted: &[Real], free: impl Fn(Real) -> bool) -> Vec<Real> {
    let live = graph.live(wanted);
    let mut late = vec![false; graph.len()];
    for &r in &live {
        let own = matches!(graph.op(r), Op::Var(Var::Adjoint(_)));
        late[r.index()] = own || graph.op(r).args().any(|a| late[a.index()]);
    }
    let early = |r: &Real| !late[r.index()];
    let needed = |r: &Real| early(r) && !free(*r);
    let (source, sink) = (0, 1);
    let mut net = FlowNetwork::default();
    // Each value has two nodes: it is available, and it is computed.
    let (there, computed) = (|r: Real| 2 + 2 * r.index(), |r: Real| 3 + 2 * r.index());
    for &r in live.iter().filter(|r| needed(r)) {
        net.costs(source, sink, there(r), SAVED);
        net.costs(source, sink, computed(r), cost(graph.op(r)) - SAVED);
        net.edge(computed(r), there(r), INFINITE);
        graph.op(r).args().filter(|a| needed(a)).for_each(|a| net.edge(computed(r), there(a), INFINITE));
    }
    let start = live.iter().filter(|r| !early(r)).flat_map(|&r| graph.op(r).args());
    let start: Vec<Real> = start.chain(wanted.iter().copied()).filter(needed).collect();
    start.into_iter().for_each(|r| net.edge(source, there(r), INFINITE));
    let chosen = net.cut(source, sink);
    let has = |n: usize| chosen.get(n).is_some_and(|&c| c);
    live.into_iter().filter(|r| needed(r) && has(there(*r)) && !has(computed(*r))).collect()
}

/// Returns the cost of an operation whose arguments are available, in additions.
fn cost(op: Op) -> i64 {
    match op {
        Op::Var(_) => INFINITE,
        Op::Const(_) | Op::Detach(_) | Op::Neg(_) => 0,
        Op::Div(..) => 5,
        Op::Exp(_) | Op::Ln(_) | Op::Cos(_) | Op::Exprel(..) | Op::Exprelr(_) | Op::Bernoulli(..) => 15,
        _ => 1,
    }
}

/// A flow network between integers.
#[derive(Default)]
struct FlowNetwork {
    /// The head and the residual capacity of each edge; edges `2 k` and `2 k + 1` are opposite to each other.
    edges: Vec<(usize, i64)>,
    /// The edges that leave each node.
    from: HashMap<usize, Vec<usize>>,
    /// One more than the largest node.
    nodes: usize,
}

impl FlowNetwork {
    /// Adds an edge from `a` to `b`.
    fn edge(&mut self, a: usize, b: usize, capacity: i64) {
        for (from, to, capacity) in [(a, b, capacity), (b, a, 0)] {
            self.from.entry(from).or_default().push(self.edges.len());
            self.edges.push((to, capacity));
            self.nodes = self.nodes.max(from + 1);
        }
    }

    /// Adds the cost of choosing `node`, which is a gain where it is negative.
    fn costs(&mut self, source: usize, sink: usize, node: usize, cost: i64) {
        match cost >= 0 {
            true => self.edge(node, sink, cost),
            false => self.edge(source, node, -cost),
        }
    }

    /// Returns, for each node, whether it is on the source's side of a minimum cut.
    fn cut(&mut self, source: usize, sink: usize) -> Vec<bool> {
        loop {
            // The edge that each node was reached by.
            let mut by = vec![None; self.nodes.max(sink + 1)];
            let mut queue = std::collections::VecDeque::from([source]);
            while let Some(a) = queue.pop_front() {
                for &e in self.from.get(&a).map_or(&[][..], |e| e) {
                    let (b, left) = self.edges[e];
                    if left > 0 && b != source && by[b].is_none() {
                        by[b] = Some(e);
                        queue.push_back(b);
                    }
                }
            }
            let path: Vec<usize> = std::iter::successors(by[sink], |&e| by[self.edges[e ^ 1].0]).collect();
            let Some(least) = path.iter().map(|&e| self.edges[e].1).min() else {
                return (0..by.len()).map(|n| n == source || by[n].is_some()).collect();
            };
            for e in path {
                self.edges[e].1 -= least;
                self.edges[e ^ 1].1 += least;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::record;

    /// Returns the values saved of `f` of two states where its values are multiplied with cotangents.
    fn saved(f: impl Fn(Real, Real) -> Vec<Real>) -> (Graph, Vec<Real>) {
        let (graph, wanted) = record(Graph::default(), || {
            let x = [0, 1].map(|k| Real::new(Op::Var(Var::State(k))));
            let values = f(x[0], x[1]);
            (0..).zip(values).map(|(k, v)| v * Real::new(Op::Var(Var::Adjoint(k)))).collect::<Vec<_>>()
        });
        let saved = cheapest_residuals(&graph, &wanted, |r| graph.constant(r).is_some());
        (graph, saved)
    }

    #[test]
    fn an_exponential_is_saved_and_a_cheap_value_is_computed_again() {
        let (graph, values) = saved(|x, y| vec![(x * y).exp(), (x * y).exp() + 1.0]);
        assert_eq!(values.len(), 1);
        assert!(matches!(graph.op(values[0]), Op::Exp(_)));
        // Both arguments are needed: their sum, one operation, is not worth a place.
        let (graph, values) = saved(|x, y| vec![x, y, x + y]);
        assert!(values.len() == 2 && values.iter().all(|&r| matches!(graph.op(r), Op::Var(_))));
        // One value instead of its two arguments.
        assert_eq!(saved(|x, y| vec![x * y + x]).1.len(), 1);
    }

    #[test]
    fn no_other_choice_is_cheaper() {
        let f = |x: Real, y: Real| {
            let (a, b) = ((x - y) * y, x / y);
            vec![a.exp() * b, a + b, b * b - y, a.exp() + 2.0 * x]
        };
        let (graph, values) = saved(f);
        let early: Vec<Real> = (0..graph.len() as u32)
            .map(Real)
            .filter(|&r| {
                graph.live(&[r]).iter().all(|&a| !matches!(graph.op(a), Op::Var(Var::Adjoint(_))))
                    && graph.constant(r).is_none()
            })
            .collect();
        let outputs: Vec<Real> = (0..graph.len() as u32)
            .map(Real)
            .filter(|&r| early.contains(&r))
            .filter(|&r| {
                (0..graph.len() as u32).any(|k| !early.contains(&Real(k)) && graph.op(Real(k)).args().any(|a| a == r))
            })
            .collect();
        let total = |kept: &dyn Fn(Real) -> bool| {
            let (mut seen, mut stack, mut sum) = (vec![], outputs.clone(), 0);
            while let Some(r) = stack.pop() {
                if seen.contains(&r) || graph.constant(r).is_some() {
                    continue;
                }
                seen.push(r);
                sum += if kept(r) { SAVED } else { cost(graph.op(r)) };
                if !kept(r) {
                    stack.extend(graph.op(r).args());
                }
            }
            sum
        };
        let best = (0..1u32 << early.len())
            .map(|mask| total(&|r| early.iter().position(|&e| e == r).is_some_and(|k| mask >> k & 1 == 1)))
            .min();
        assert!(early.len() < 16 && best == Some(total(&|r| values.contains(&r))), "{best:?} {values:?}");
    }
}
