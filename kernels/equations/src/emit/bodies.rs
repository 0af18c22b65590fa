//! What every backend prints of a step: three simplified bodies, and where its Jacobians are not zero.

use super::{Dialect, statements};
use crate::{
    real::Real,
    rewrite::{Body, simplify},
    step::Step,
};

/// The bodies of a step and the entries of its Jacobians that are not zero, by row and column.
#[derive(Clone, Debug)]
pub struct Bodies {
    /// States after the step, then the spike.
    pub forward: Body,
    /// Gradients by state, input and parameter.
    pub adjoint: Body,
    /// What [`Bodies::forward`] gives, then the entries of [`Bodies::state_at`], then those of [`Bodies::param_at`].
    pub tangent: Body,
    /// Next state, state before.
    pub state_at: Vec<(usize, usize)>,
    /// Next state, parameter.
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

/// The statements of a body with its invariants in `c`, and an expression for each output.
pub(super) fn walk(d: &dyn Dialect, body: &Body) -> (String, Vec<String>) {
    let given = body.invariants.iter().enumerate().map(|(k, &r)| (r, format!("c[{k}]"))).collect();
    statements(d, &body.graph, &body.outputs, &given)
}
