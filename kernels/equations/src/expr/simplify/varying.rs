//! Which nodes change during a run and which are invariant.

use crate::expr::{
    graph::Graph,
    node::{Op, Real, Var},
};

/// The nodes that change during a run: those that depend on a state, an input or a cotangent. The others depend on
/// parameters and `dt` alone and are computed once a run.
#[derive(Default)]
pub(crate) struct Varying(Vec<bool>);

impl Varying {
    /// Looks at every node of `graph`.
    pub(crate) fn of(graph: &Graph) -> Varying {
        let mut v = Varying::default();
        (0..graph.len() as u32).for_each(|k| v.push(graph.op(Real(k))));
        v
    }

    /// Looks at the next node.
    fn push(&mut self, op: Op) {
        let own = matches!(op, Op::Var(Var::State(_) | Var::Input(_) | Var::Adjoint(_)));
        let varies = own || op.args().any(|a| self.has(a));
        self.0.push(varies);
    }

    /// Returns whether `r` changes during a run.
    pub(crate) fn has(&self, r: Real) -> bool {
        self.0[r.index()]
    }

    /// Does as [`Varying::has`], for a node of the graph that is being recorded.
    pub(super) fn ask(&mut self, r: Real) -> bool {
        for k in self.0.len() as u32..=r.0 {
            self.push(Real(k).op());
        }
        self.has(r)
    }
}
