//! Rust text of a step that keeps what its way back needs, and of that way: no exponential is computed twice.

use super::{Rust, keep::keep, slope::spike_slope, statements, walk};
use crate::{
    real::Real,
    rewrite::{Body, Varying, simplify},
    step::Step,
};
use std::collections::HashMap;

/// A step forwards and back.
struct Taped {
    /// Outputs, then the surrogate derivative of the spike, then what is kept.
    ahead: Body,
    /// Gradients by states and inputs.
    back: Body,
    slope: Real,
    kept: Vec<Real>,
}

/// Both ways in one graph, so that one finds in it what the other has computed.
fn taped(step: &Step) -> Taped {
    let (s, i) = (step.state.len(), step.input.len());
    let (graph, slope) = spike_slope(step);
    let body = simplify(&graph, &[&step.outputs[..], &[slope], &step.adjoints[..s + i]].concat());
    let (ahead, back) = body.outputs.split_at(s + 2);
    let (slope, varying) = (ahead[s + 1], Varying::of(&body.graph));
    let kept = keep(&body.graph, back, |r| r == slope || !varying.has(r));
    let part = |outputs: Vec<Real>| Body { graph: body.graph.clone(), hoisted: body.hoisted.clone(), outputs };
    Taped { ahead: part([ahead, &kept].concat()), back: part(back.to_vec()), slope, kept }
}

/// The source text of `impl Taped` for `step`, as `kernels` includes it; `path` is the type it is implemented for.
pub fn rust_taped(step: &Step, path: &str) -> String {
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let Taped { ahead, back, slope, kept } = taped(step);
    let (hoist, values) = statements(&Rust, &ahead.graph, &ahead.hoisted, &HashMap::new());
    let (text, y) = walk(&Rust, &ahead);
    let shared = back.hoisted.iter().enumerate().map(|(k, &r)| (r, format!("c[{k}]")));
    let own = kept.iter().enumerate().map(|(k, &r)| (r, format!("kept[{k}]")));
    let given = shared.chain(own).chain([(slope, "slope".to_string())]).collect();
    let (way, g) = statements(&Rust, &back.graph, &back.outputs, &given);
    let (h, k) = (values.len(), kept.len());
    format!(
        "#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
impl kernels::Taped for {path} {{
    type Taped<V: Copy> = [V; {h}];
    type Kept<V: Copy> = [V; {k}];
    #[inline(always)]
    fn hoist_taped<V: kernels::Simd>(dt: V, p: &[V; {p}]) -> [V; {h}] {{
{hoist}        [{}]
    }}
    #[inline(always)]
    fn step_taped<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {h}]) -> ([V; {}], V, [V; {k}]) {{
{text}        ([{}], {}, [{}])
    }}
    #[inline(always)]
    fn step_back<V: kernels::Simd>(slope: V, kept: &[V; {k}], c: &[V; {h}], bar: &[V; {}]) -> ([V; {s}], [V; {i}]) {{
{way}        ([{}], [{}])
    }}
}}
",
        values.join(", "),
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

    /// Gradients from what is kept are those of the equations; nothing that a gradient flows back from is looked at.
    fn holds<N: Neuron>() {
        let step = trace::<N>(Integrator::ExpEuler);
        let t = taped(&step);
        let var = |x: Var| match x {
            Var::Dt => 0.5,
            Var::State(k) => 0.3 + 0.13 * f64::from(k),
            Var::Input(k) => 0.21 * f64::from(k + 1),
            Var::Param(k) => step.param[k as usize].default,
            Var::Adjoint(k) => 0.7 - 0.31 * f64::from(k),
        };
        let count = step.state.len() + step.input.len();
        let want = eval::<f64>(&step.graph, &step.adjoints[..count], var);
        let got = eval::<f64>(&t.back.graph, &t.back.outputs, var);
        for (a, b) in want.iter().zip(&got) {
            assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{}: {a} {b}", step.name);
        }
        // Without looking behind what is kept, no state or input is reached.
        let mut stack = t.back.outputs.clone();
        while let Some(r) = stack.pop() {
            if r == t.slope || t.kept.contains(&r) || t.back.hoisted.contains(&r) {
                continue;
            }
            let op = t.back.graph.op(r);
            assert!(!matches!(op, Op::Var(Var::State(_) | Var::Input(_))), "{}: {op:?}", step.name);
            assert!(!matches!(op, Op::Exp(_) | Op::Exprel(..)), "{}: {op:?}", step.name);
            stack.extend(op.args());
        }
        println!("{}: {} values kept of {count}", step.name, t.kept.len());
    }

    #[test]
    fn the_way_back_needs_only_what_is_kept() {
        holds::<GifNetwork>();
        holds::<Lif>();
        holds::<Conductances<Gif, Exponential>>();
    }
}
