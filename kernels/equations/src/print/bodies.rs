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
        let sparse = |block: &[Vec<Real>]| -> (Vec<(usize, usize)>, Vec<Real>) {
            let rows = block.iter().take(step.state.len()).enumerate();
            rows.flat_map(|(r, row)| row.iter().enumerate().map(move |(c, &x)| ((r, c), x)))
                .filter(|&(_, x)| step.graph.constant(x) != Some(0.0))
                .unzip()
        };
        let ((state_at, state_values), (param_at, param_values)) = (sparse(&step.by_state), sparse(&step.by_param));
        Bodies {
            forward: simplify(&step.graph, &step.outputs),
            adjoint: simplify(&step.graph, &step.adjoints),
            tangent: simplify(&step.graph, &[&step.outputs[..], &state_values, &param_values].concat()),
            state_at,
            param_at,
        }
    }
}
