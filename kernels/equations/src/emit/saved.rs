//! A step that saves what the step backward needs, and that one: no exponential is computed twice.

use super::{Rust, keep::keep, rust::invariants, statements, surrogate::spike_slope, walk};
use crate::{
    real::Real,
    rewrite::{Body, Varying, simplify},
    step::Step,
};

/// The bodies of a step forward and of the step backward, which share one graph.
struct Passes {
    /// Outputs, then the surrogate derivative of the spike, then what is saved.
    forward: Body,
    /// Cotangents of states and inputs.
    backward: Body,
    surrogate: Real,
    saved: Vec<Real>,
}

/// Both passes in one graph, so that the backward one finds in it what the forward one has computed.
fn passes(step: &Step) -> Passes {
    let (s, i) = (step.state.len(), step.input.len());
    let (graph, slope) = spike_slope(step);
    let body = simplify(&graph, &[&step.outputs[..], &[slope], &step.adjoints[..s + i]].concat());
    let (forward, backward) = body.outputs.split_at(s + 2);
    let (surrogate, varying) = (forward[s + 1], Varying::of(&body.graph));
    let saved = keep(&body.graph, backward, |r| r == surrogate || !varying.has(r));
    let part = |outputs: Vec<Real>| Body { graph: body.graph.clone(), invariants: body.invariants.clone(), outputs };
    Passes { forward: part([forward, &saved].concat()), backward: part(backward.to_vec()), surrogate, saved }
}

/// The members of `impl Trainable` that take a step forward, saving what the step backwards needs, and that one.
pub(super) fn saved_members(step: &Step) -> String {
    let (s, i) = (step.state.len(), step.input.len());
    let Passes { forward, backward, surrogate, saved } = passes(step);
    let (text, y) = walk(&Rust, &forward);
    let shared = backward.invariants.iter().enumerate().map(|(k, &r)| (r, format!("c[{k}]")));
    let own = saved.iter().enumerate().map(|(k, &r)| (r, format!("saved[{k}]")));
    let given = shared.chain(own).chain([(surrogate, "surrogate".to_string())]).collect();
    let (way, g) = statements(&Rust, &backward.graph, &backward.outputs, &given);
    let (h, k) = (forward.invariants.len(), saved.len());
    format!(
        "    type Saved<V: Copy> = [V; {k}];
{}    #[inline(always)]
    fn step_saving<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {h}]) -> ([V; {}], V, [V; {k}]) {{
{text}        ([{}], {}, [{}])
    }}
    #[inline(always)]
    fn backward_from_saved<V: kernels::Simd>(surrogate: V, saved: &[V; {k}], c: &[V; {h}], bar: &[V; {}]) -> ([V; {s}], [V; {i}]) {{
{way}        ([{}], [{}])
    }}
",
        invariants(step, "Saved", &forward),
        s + 1,
        y[..=s].join(", "),
        y[s + 1],
        y[s + 2..].join(", "),
        s + 1,
        g[..s].join(", "),
        g[s..].join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Integrator, Neuron,
        eval::eval,
        models::*,
        real::{Op, Var},
        receptors::*,
        trace,
    };

    /// Gradients from what is saved are those of the equations; nothing that a gradient flows back from is looked at.
    fn holds<N: Neuron>() {
        let step = trace::<N>(Integrator::ExpEuler);
        let t = passes(&step);
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
        // Without looking behind what is saved, no state or input is reached.
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
