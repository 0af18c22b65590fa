//! A step with the surrogate derivative of its spike, which says where a gradient flows back from the spike.

use super::{Rust, rust::invariants, walk};
use crate::{
    real::{Graph, Op, Real, record, select},
    rewrite::{Body, simplify},
    step::Step,
};

/// The surrogate derivative of the spike of `step` at the argument of its own threshold, and the graph that has it.
///
/// Where it is zero, no gradient by the spike reaches anything. It is one, for safety, where the spike is neither a
/// threshold nor a selection of some.
pub fn spike_slope(step: &Step) -> (Graph, Real) {
    let spike = *step.outputs.last().expect("a step has a spike");
    record(step.graph.clone(), || slope(spike))
}

fn slope(z: Real) -> Real {
    match z.op() {
        Op::Spike(x, surrogate) => surrogate.derivative(x),
        Op::Select(a, b, x, y) => select(a, b, slope(x), slope(y)),
        Op::Const(_) | Op::Detach(_) => 0.0.into(),
        _ => 1.0.into(),
    }
}

/// The outputs of `step`, then the surrogate derivative of its spike.
pub(super) fn sloped(step: &Step) -> Body {
    let (graph, slope) = spike_slope(step);
    simplify(&graph, &[&step.outputs[..], &[slope]].concat())
}

/// The members of `impl Trainable` that take a step forward with its surrogate derivative.
pub(super) fn surrogate_members(step: &Step) -> String {
    let (s, i) = (step.state.len(), step.input.len());
    let body = sloped(step);
    let (text, y) = walk(&Rust, &body);
    let h = body.invariants.len();
    format!(
        "{}    #[inline(always)]
    fn step_with_surrogate<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {h}]) -> ([V; {}], V) {{
{text}        ([{}], {})
    }}
",
        invariants(step, "Surrogate", &body),
        s + 1,
        y[..=s].join(", "),
        y[s + 1]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Integrator, eval::eval, models::GifNetwork, real::Var, trace};

    #[test]
    fn the_slope_is_that_of_the_threshold_after_the_step() {
        let step = trace::<GifNetwork>(Integrator::ExpEuler);
        let (graph, slope) = spike_slope(&step);
        for v in [-0.5, 0.3, 0.9, 1.4, 3.5] {
            let var = |x: Var| match x {
                Var::State(0) => v,
                Var::Param(0) | Var::Param(1) => 100.0,
                Var::Dt => 1.0,
                _ => 0.0,
            };
            let after = eval::<f64>(&graph, &step.outputs, var)[0];
            let want = (0.3 * (1.0 - (after - 1.0).abs())).max(0.0);
            assert!((eval::<f64>(&graph, &[slope], var)[0] - want).abs() < 1e-12, "{v}");
        }
    }
}
