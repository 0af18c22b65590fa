//! The bodies of a scan's step: forward, adjoint and tangent, and the entries of its Jacobians that are not zero.

use crate::{
    cell::Step,
    expr::{Body, Real, simplify},
};

/// The simplified bodies of a step and the entries of its Jacobians that are not zero, by row and column.
#[derive(Clone, Debug)]
pub struct Bodies {
    /// The states after the step, then the spike.
    pub forward: Body,
    /// The gradients w.r.t. states, then inputs, then parameters.
    pub adjoint: Body,
    /// The values of [`Bodies::forward`], then the entries of the Jacobian at [`Bodies::state_at`], then those at
    /// [`Bodies::param_at`].
    pub tangent: Body,
    /// The entries of the Jacobian w.r.t. the states before: row of the next state, column of the state before.
    pub state_at: Vec<(usize, usize)>,
    /// The entries of the Jacobian w.r.t. the parameters: row of the next state, column of the parameter.
    pub param_at: Vec<(usize, usize)>,
}

impl Bodies {
    /// Simplifies a step.
    pub fn of(step: &Step) -> Bodies {
        let next = ..step.state.len();
        let state = SparseJacobian::of(step, &step.by_state[next]);
        let param = SparseJacobian::of(step, &step.by_param[next]);
        Bodies {
            forward: simplify(&step.graph, &step.outputs),
            adjoint: simplify(&step.graph, &step.adjoints),
            tangent: simplify(&step.graph, &[&step.outputs[..], &state.values, &param.values].concat()),
            state_at: state.at,
            param_at: param.at,
        }
    }
}

/// The entries of a Jacobian that are not zero.
pub(super) struct SparseJacobian {
    /// The row and the column of each entry.
    pub(super) at: Vec<(usize, usize)>,
    /// The expression of each entry.
    pub(super) values: Vec<Real>,
}

impl SparseJacobian {
    /// Collects the entries of `rows` of a Jacobian of `step`.
    pub(super) fn of(step: &Step, rows: &[Vec<Real>]) -> SparseJacobian {
        let all = rows.iter().enumerate().flat_map(|(r, row)| row.iter().enumerate().map(move |(c, &x)| ((r, c), x)));
        let (at, values) = all.filter(|&(_, x)| step.graph.constant(x) != Some(0.0)).unzip();
        SparseJacobian { at, values }
    }
}
