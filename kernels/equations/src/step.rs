//! One recorded step of a model, with its derivatives.

use crate::{
    fields::{Field, Fields},
    grad::{jacobian, vjp},
    integrator::Integrator,
    neuron::Neuron,
    real::{Graph, Op, Real, Var, record},
};

/// A recorded step; owns its graph.
#[derive(Clone, Debug)]
pub struct Step {
    /// Name of the model.
    pub name: &'static str,
    /// DOI of the model.
    pub source: &'static str,
    /// How the step is taken.
    pub integrator: Integrator,
    /// State variables.
    pub state: Vec<Field>,
    /// Inputs.
    pub input: Vec<Field>,
    /// Parameters.
    pub param: Vec<Field>,
    /// The expressions.
    pub graph: Graph,
    /// States after the step, then the spike.
    pub outputs: Vec<Real>,
    /// Gradient with respect to states, inputs and parameters, given [`Var::Adjoint`] of each output.
    pub adjoints: Vec<Real>,
    /// `d outputs / d states`, by row.
    pub by_state: Vec<Vec<Real>>,
    /// `d outputs / d inputs`, by row.
    pub by_input: Vec<Vec<Real>>,
    /// `d outputs / d parameters`, by row.
    pub by_param: Vec<Vec<Real>>,
}

/// Records one step of `N`.
pub fn trace<N: Neuron>(integrator: Integrator) -> Step {
    let (state, input, param) = (N::State::fields(), N::Input::fields(), N::Param::fields());
    let (graph, (outputs, adjoints, by_state, by_input, by_param)) = record(Graph::default(), || {
        let vars = |n: usize, f: fn(u16) -> Var| (0..n as u16).map(|k| Real::new(Op::Var(f(k)))).collect::<Vec<_>>();
        let (x, i, p) = (vars(state.len(), Var::State), vars(input.len(), Var::Input), vars(param.len(), Var::Param));
        let dt = Real::new(Op::Var(Var::Dt));
        let (inputs, params) = (N::Input::from_slice(&i), N::Param::from_slice(&p));

        let start = N::prepare(N::State::from_slice(&x), inputs, params);
        let after = integrator.advance::<N>(start, inputs, params, dt);
        let z = N::spike(start, after, inputs, params);
        let mut outputs = N::finish(N::reset(start, after, z, params), inputs, params).to_vec();
        outputs.push(z);

        let seeds = vars(outputs.len(), Var::Adjoint);
        let adjoints = vjp(&outputs, &seeds, &[&x[..], &i, &p].concat());
        let by = |wrt: &[Real]| jacobian(&outputs, wrt);
        let (by_state, by_input, by_param) = (by(&x), by(&i), by(&p));
        (outputs, adjoints, by_state, by_input, by_param)
    });
    Step {
        name: N::NAME,
        source: N::SOURCE,
        integrator,
        state,
        input,
        param,
        graph,
        outputs,
        adjoints,
        by_state,
        by_input,
        by_param,
    }
}
