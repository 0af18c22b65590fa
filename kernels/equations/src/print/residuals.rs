//! Residuals: the values that a step forward saves for the step backward, so that no exponential is computed twice.

use super::{min_cut::cheapest_residuals, surrogate::spike_surrogate};
use crate::{
    cell::Step,
    expr::{Body, Real, simplify, simplify::Varying},
};

/// The bodies of a step forward and of the step backward, which share one graph.
pub(super) struct SavedPasses {
    /// The outputs, then the surrogate derivative of the spike, then the residuals.
    pub(super) forward: Body,
    /// The cotangents of states, then of inputs.
    pub(super) backward: Body,
    /// The surrogate derivative of the spike.
    pub(super) surrogate: Real,
    /// The residuals.
    pub(super) saved: Vec<Real>,
}

impl SavedPasses {
    /// Simplifies both passes in one graph, so that the backward one finds in it the values that the forward one
    /// computes.
    pub(super) fn of(step: &Step) -> SavedPasses {
        let (s, i) = (step.state.len(), step.input.len());
        let (graph, surrogate) = spike_surrogate(step);
        let body = simplify(&graph, &[&step.outputs[..], &[surrogate], &step.adjoints[..s + i]].concat());
        let (forward, backward) = body.outputs.split_at(s + 2);
        let (surrogate, varying) = (forward[s + 1], Varying::of(&body.graph));
        let saved = cheapest_residuals(&body.graph, backward, |r| r == surrogate || !varying.has(r));
        let part =
            |outputs: Vec<Real>| Body { graph: body.graph.clone(), invariants: body.invariants.clone(), outputs };
        SavedPasses { forward: part([forward, &saved].concat()), backward: part(backward.to_vec()), surrogate, saved }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cell::{Integrator, Neuron, trace},
        expr::{Op, Var, eval},
        models::*,
        receptors::*,
    };

    /// Checks that gradients from the residuals are those of the equations, and that they need no state or input.
    fn holds<N: Neuron>() {
        let step = trace::<N>(Integrator::ExpEuler);
        let t = SavedPasses::of(&step);
        let var = |x: Var| match x {
            Var::Dt => 0.5,
            Var::State(k) => 0.3 + 0.13 * f64::from(k),
            Var::Input(k) => 0.21 * f64::from(k + 1),
            Var::Param(k) => step.param[k as usize].default,
            Var::Adjoint(k) => 0.7 - 0.31 * f64::from(k),
        };
        let count = step.state.len() + step.input.len();
        let want = eval::<f64>(&step.graph, &step.adjoints[..count], var);
        let got = eval::<f64>(&t.backward.graph, &t.backward.outputs, var);
        for (a, b) in want.iter().zip(&got) {
            assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{}: {a} {b}", step.name);
        }
        // The walk stops at residuals; it must reach neither a state, nor an input, nor an exponential.
        let mut stack = t.backward.outputs.clone();
        while let Some(r) = stack.pop() {
            if r == t.surrogate || t.saved.contains(&r) || t.backward.invariants.contains(&r) {
                continue;
            }
            let op = t.backward.graph.op(r);
            assert!(!matches!(op, Op::Var(Var::State(_) | Var::Input(_))), "{}: {op:?}", step.name);
            assert!(!matches!(op, Op::Exp(_) | Op::Exprel(..)), "{}: {op:?}", step.name);
            stack.extend(op.args());
        }
        println!("{}: {} values saved of {count}", step.name, t.saved.len());
    }

    #[test]
    fn the_step_backward_needs_only_what_is_saved() {
        holds::<GifNetwork>();
        holds::<Lif>();
        holds::<Conductances<Gif, Exponential>>();
    }
}
