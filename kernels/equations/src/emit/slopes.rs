//! Rust text of a step with its derivatives by state and input, the spike's among them: what eligibility is made of.

use super::{Rust, statements, walk};
use crate::{real::Real, rewrite::simplify, step::Step};
use std::collections::HashMap;

/// Places of a block that are not zero, and their expressions.
fn sparse(step: &Step, block: &[Vec<Real>]) -> (Vec<(usize, usize)>, Vec<Real>) {
    let all = block.iter().enumerate().flat_map(|(r, row)| row.iter().enumerate().map(move |(c, &x)| ((r, c), x)));
    all.filter(|&(_, x)| step.graph.constant(x) != Some(0.0)).unzip()
}

/// The source text of `impl Eligible` for `step`, as `kernels` includes it; `path` is the type it is implemented for.
pub fn rust_slopes(step: &Step, path: &str) -> String {
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let ((state_at, by_state), (input_at, by_input)) = (sparse(step, &step.by_state), sparse(step, &step.by_input));
    let body = simplify(&step.graph, &[&step.outputs[..], &by_state, &by_input].concat());
    let (hoist, values) = statements(&Rust, &body.graph, &body.hoisted, &HashMap::new());
    let (text, y) = walk(&Rust, &body);
    let (h, z) = (values.len(), y.len() - s - 1);
    format!(
        "#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
impl kernels::Eligible for {path} {{
    const BY_STATE: &'static [(usize, usize)] = &{state_at:?};
    const BY_INPUT: &'static [(usize, usize)] = &{input_at:?};
    type Eligible<V: Copy> = [V; {h}];
    type Slopes<V: Copy> = [V; {z}];
    #[inline(always)]
    fn hoist_slopes<V: kernels::Simd>(dt: V, p: &[V; {p}]) -> [V; {h}] {{
{hoist}        [{}]
    }}
    #[inline(always)]
    fn step_slopes<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {h}]) -> ([V; {}], [V; {z}]) {{
{text}        ([{}], [{}])
    }}
}}
",
        values.join(", "),
        s + 1,
        y[..=s].join(", "),
        y[s + 1..].join(", ")
    )
}
