//! The surrogate derivative of a step's spike, which says where a gradient flows back from the spike.

use crate::{
    cell::Step,
    expr::{Body, Graph, Op, Real, record, select, simplify},
};

/// Returns the surrogate derivative of the spike of `step` at the argument of its own threshold, and the graph that has
/// it.
///
/// Where it is zero, no gradient flows back from the spike. It is one, for safety, where the spike is neither a
/// threshold nor a selection of thresholds.
pub fn spike_surrogate(step: &Step) -> (Graph, Real) {
    let spike = *step.outputs.last().expect("a step has a spike");
    record(step.graph.clone(), || surrogate(spike))
}

/// Records the surrogate derivative of the spike `z`.
fn surrogate(z: Real) -> Real {
    match z.op() {
        Op::Spike(x, surrogate) => surrogate.derivative(x),
        Op::Select(a, b, x, y) => select(a, b, surrogate(x), surrogate(y)),
        Op::Const(_) | Op::Detach(_) => 0.0.into(),
        _ => 1.0.into(),
    }
}

/// Returns the body of the outputs of `step`, then of the surrogate derivative of its spike.
pub(super) fn with_surrogate(step: &Step) -> Body {
    let (graph, surrogate) = spike_surrogate(step);
    simplify(&graph, &[&step.outputs[..], &[surrogate]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cell::{Integrator, trace},
        expr::{Var, eval},
        models::GifNetwork,
    };

    #[test]
    fn the_surrogate_is_that_of_the_threshold_after_the_step() {
        let step = trace::<GifNetwork>(Integrator::ExpEuler);
        let (graph, surrogate) = spike_surrogate(&step);
        for v in [-0.5, 0.3, 0.9, 1.4, 3.5] {
            let var = |x: Var| match x {
                Var::State(0) => v,
                Var::Param(0) | Var::Param(1) => 100.0,
                Var::Dt => 1.0,
                _ => 0.0,
            };
            let after = eval::<f64>(&graph, &step.outputs, var)[0];
            let want = (0.3 * (1.0 - (after - 1.0).abs())).max(0.0);
            assert!((eval::<f64>(&graph, &[surrogate], var)[0] - want).abs() < 1e-12, "{v}");
        }
    }
}
