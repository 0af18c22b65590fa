//! What a step is to keep for its way back: the cheapest values that the rest follows from.
//!
//! Every value the way back starts from is either kept or computed again from others that are. Keeping one costs a store
//! and a load, computing one costs its operation; the choice of least cost is a minimum cut (of the kind compilers
//! choose rematerialisation by: Jain et al. 2020, <https://arxiv.org/abs/1910.02653>).

use crate::real::{Graph, Op, Real, Var};
use std::collections::HashMap;

/// A store, a load, and the memory between them, in additions.
const KEPT: i64 = 3;

/// More than everything else together.
const NEVER: i64 = 1 << 40;

/// The values to keep so that `wanted` follow from them and from those for which `free` holds; ascending.
///
/// Only values without an [`Var::Adjoint`] behind them can be kept.
pub(super) fn keep(graph: &Graph, wanted: &[Real], free: impl Fn(Real) -> bool) -> Vec<Real> {
    let live = graph.live(wanted);
    let mut late = vec![false; graph.len()];
    for &r in &live {
        let own = matches!(graph.op(r), Op::Var(Var::Adjoint(_)));
        late[r.0 as usize] = own || graph.op(r).args().any(|a| late[a.0 as usize]);
    }
    let early = |r: &Real| !late[r.0 as usize];
    let needed = |r: &Real| early(r) && !free(*r);
    let (source, sink) = (0, 1);
    let mut net = Net::default();
    // Of each value two nodes: it is there, and it is computed.
    let (there, computed) = (|r: Real| 2 + 2 * r.0 as usize, |r: Real| 3 + 2 * r.0 as usize);
    for &r in live.iter().filter(|r| needed(r)) {
        net.costs(source, sink, there(r), KEPT);
        net.costs(source, sink, computed(r), cost(graph.op(r)) - KEPT);
        net.edge(computed(r), there(r), NEVER);
        graph.op(r).args().filter(|a| needed(a)).for_each(|a| net.edge(computed(r), there(a), NEVER));
    }
    let start = live.iter().filter(|r| !early(r)).flat_map(|&r| graph.op(r).args());
    let start: Vec<Real> = start.chain(wanted.iter().copied()).filter(needed).collect();
    start.into_iter().for_each(|r| net.edge(source, there(r), NEVER));
    let chosen = net.cut(source, sink);
    let has = |n: usize| chosen.get(n).is_some_and(|&c| c);
    live.into_iter().filter(|r| needed(r) && has(there(*r)) && !has(computed(*r))).collect()
}

/// What computing it costs where its arguments are at hand.
fn cost(op: Op) -> i64 {
    match op {
        Op::Var(_) => NEVER,
        Op::Const(_) | Op::Detach(_) | Op::Neg(_) => 0,
        Op::Div(..) => 5,
        Op::Exp(_) | Op::Ln(_) | Op::Cos(_) | Op::Exprel(..) | Op::Exprelr(_) | Op::Bernoulli(..) => 15,
        _ => 1,
    }
}

/// A flow network.
#[derive(Default)]
struct Net {
    /// Ends and what is left of capacities; an edge's opposite is next to it.
    edges: Vec<(usize, i64)>,
    from: HashMap<usize, Vec<usize>>,
    nodes: usize,
}

impl Net {
    fn edge(&mut self, a: usize, b: usize, capacity: i64) {
        for (from, to, capacity) in [(a, b, capacity), (b, a, 0)] {
            self.from.entry(from).or_default().push(self.edges.len());
            self.edges.push((to, capacity));
            self.nodes = self.nodes.max(from + 1);
        }
    }

    /// Choosing `node` costs so much, or brings it.
    fn costs(&mut self, source: usize, sink: usize, node: usize, cost: i64) {
        match cost >= 0 {
            true => self.edge(node, sink, cost),
            false => self.edge(source, node, -cost),
        }
    }

    /// The nodes on the source's side of a minimum cut.
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
    use crate::real::record;

    /// What is kept of `f` of two states, seen from the product of its values with adjoints.
    fn kept(f: impl Fn(Real, Real) -> Vec<Real>) -> (Graph, Vec<Real>) {
        let (graph, wanted) = record(Graph::default(), || {
            let x = [0, 1].map(|k| Real::new(Op::Var(Var::State(k))));
            let values = f(x[0], x[1]);
            (0..).zip(values).map(|(k, v)| v * Real::new(Op::Var(Var::Adjoint(k)))).collect::<Vec<_>>()
        });
        let kept = keep(&graph, &wanted, |r| graph.constant(r).is_some());
        (graph, kept)
    }

    #[test]
    fn an_exponential_is_kept_and_what_is_cheap_is_not() {
        let (graph, values) = kept(|x, y| vec![(x * y).exp(), (x * y).exp() + 1.0]);
        assert_eq!(values.len(), 1);
        assert!(matches!(graph.op(values[0]), Op::Exp(_)));
        // Both of its arguments are needed: what is made of them in one operation is not worth a place.
        let (graph, values) = kept(|x, y| vec![x, y, x + y]);
        assert!(values.len() == 2 && values.iter().all(|&r| matches!(graph.op(r), Op::Var(_))));
        // One value instead of its two arguments.
        assert_eq!(kept(|x, y| vec![x * y + x]).1.len(), 1);
    }

    #[test]
    fn no_other_choice_is_cheaper() {
        let f = |x: Real, y: Real| {
            let (a, b) = ((x - y) * y, x / y);
            vec![a.exp() * b, a + b, b * b - y, a.exp() + 2.0 * x]
        };
        let (graph, values) = kept(f);
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
                sum += if kept(r) { KEPT } else { cost(graph.op(r)) };
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
