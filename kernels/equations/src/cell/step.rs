//! One step of a neuron as expressions, with its derivatives.

use super::{
    fields::{Field, Fields},
    integrator::Integrator,
    neuron::{Neuron, ReferenceDrive},
};
use crate::expr::{Graph, Op, Real, Var, jacobian, record, vjp};

/// A recorded step, which owns its graph.
#[derive(Clone, Debug)]
pub struct Step {
    /// The name of the model.
    pub name: &'static str,
    /// What the model is.
    pub summary: &'static str,
    /// The paper or book that it is from.
    pub citation: &'static str,
    /// The DOI of that paper or book.
    pub source: &'static str,
    /// See [`Neuron::READOUT`].
    pub readout: bool,
    /// See [`Neuron::REST_AND_THRESHOLD`].
    pub rest_and_threshold: Option<(f64, f64)>,
    /// See [`Neuron::REFERENCE_DRIVE`].
    pub reference_drive: ReferenceDrive,
    /// The scheme by which the step is taken.
    pub integrator: Integrator,
    /// The state variables.
    pub state: Vec<Field>,
    /// The inputs.
    pub input: Vec<Field>,
    /// The parameters.
    pub param: Vec<Field>,
    /// The graph of all expressions below.
    pub graph: Graph,
    /// The states after the step, then the spike.
    pub outputs: Vec<Real>,
    /// The gradient w.r.t. states, then inputs, then parameters, given [`Var::Adjoint`] of each output.
    pub adjoints: Vec<Real>,
    /// The Jacobian of the outputs w.r.t. the states, `[output, state]`.
    pub by_state: Vec<Vec<Real>>,
    /// The Jacobian of the outputs w.r.t. the inputs, `[output, input]`.
    pub by_input: Vec<Vec<Real>>,
    /// The Jacobian of the outputs w.r.t. the parameters, `[output, parameter]`.
    pub by_param: Vec<Vec<Real>>,
}

impl Step {
    /// Returns, for each input, the state that it is added to at the start of a step, where the input has no other use
    /// and the state has none but the sum: adding the input to the state before the step then gives the same.
    pub fn jumps(&self) -> Vec<Option<usize>> {
        let live = self.graph.live(&self.outputs);
        let user = |of: Real| {
            let mut users = live.iter().filter(|&&r| self.graph.op(r).args().any(|a| a == of));
            match (users.next(), users.next()) {
                (Some(&only), None) if !self.outputs.contains(&of) => Some(only),
                _ => None,
            }
        };
        let node = |var: Var| live.iter().copied().find(|&r| self.graph.op(r) == Op::Var(var));
        let jump = |i: usize| {
            let input = node(Var::Input(i as u16))?;
            let sum = user(input)?;
            let Op::Add(a, b) = self.graph.op(sum) else { return None };
            let state = if a == input { b } else { a };
            let Op::Var(Var::State(s)) = self.graph.op(state) else { return None };
            (user(state)? == sum).then_some(usize::from(s))
        };
        (0..self.input.len()).map(jump).collect()
    }
}

/// Records one step of `N` with its derivatives.
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
        summary: N::SUMMARY,
        citation: N::CITATION,
        source: N::SOURCE,
        readout: N::READOUT,
        rest_and_threshold: N::REST_AND_THRESHOLD,
        reference_drive: N::REFERENCE_DRIVE,
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
