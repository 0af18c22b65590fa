//! The graph that recorded numbers point into.

use super::node::{Op, Real};
use std::{collections::HashMap, panic::Location};

/// An expression graph without duplicates. The arguments of a node always come before it.
#[derive(Clone, Default, Debug)]
pub struct Graph {
    nodes: Vec<(Op, Option<&'static Location<'static>>)>,
    known: HashMap<Op, Real>,
}

impl Graph {
    /// Returns the number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns the operation of a node.
    pub fn op(&self, x: Real) -> Op {
        self.nodes[x.index()].0
    }

    /// Returns the source line that wrote a node.
    pub fn line(&self, x: Real) -> Option<&'static Location<'static>> {
        self.nodes[x.index()].1
    }

    /// Returns the value of a constant node.
    pub fn constant(&self, x: Real) -> Option<f64> {
        match self.op(x) {
            Op::Const(b) => Some(f64::from_bits(b)),
            _ => None,
        }
    }

    /// Returns the nodes that `wanted` depends on, arguments first.
    pub fn live(&self, wanted: &[Real]) -> Vec<Real> {
        let mut seen = vec![false; self.len()];
        let mut stack = wanted.to_vec();
        while let Some(r) = stack.pop() {
            if !std::mem::replace(&mut seen[r.index()], true) {
                stack.extend(self.op(r).args());
            }
        }
        (0..self.len() as u32).filter(|&k| seen[k as usize]).map(Real).collect()
    }

    /// Returns the node of `op`, which is added with the line `at` where the graph does not have it yet.
    pub(crate) fn push(&mut self, op: Op, at: Option<&'static Location<'static>>) -> Real {
        *self.known.entry(op).or_insert_with(|| {
            self.nodes.push((op, at));
            Real(self.nodes.len() as u32 - 1)
        })
    }
}
