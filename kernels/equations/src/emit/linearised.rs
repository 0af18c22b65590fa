//! A step with its derivatives w.r.t. states and inputs, the spike's among them: eligibility traces are made of these.

use super::{Rust, rust::invariants, walk};
use crate::{real::Real, rewrite::simplify, step::Step};

/// The row and column of every entry of a Jacobian that is not zero, and its expression.
fn sparse(step: &Step, block: &[Vec<Real>]) -> (Vec<(usize, usize)>, Vec<Real>) {
    let all = block.iter().enumerate().flat_map(|(r, row)| row.iter().enumerate().map(move |(c, &x)| ((r, c), x)));
    all.filter(|&(_, x)| step.graph.constant(x) != Some(0.0)).unzip()
}

/// The members of `impl Trainable` that take a step forward and linearise it.
pub(super) fn linearised_members(step: &Step) -> String {
    let (s, i) = (step.state.len(), step.input.len());
    let ((state_at, by_state), (input_at, by_input)) = (sparse(step, &step.by_state), sparse(step, &step.by_input));
    let body = simplify(&step.graph, &[&step.outputs[..], &by_state, &by_input].concat());
    let (text, y) = walk(&Rust, &body);
    let (h, z) = (body.invariants.len(), y.len() - s - 1);
    format!(
        "    const BY_STATE: &'static [(usize, usize)] = &{state_at:?};
    const BY_INPUT: &'static [(usize, usize)] = &{input_at:?};
    type Derivatives<V: Copy> = [V; {z}];
{}    #[inline(always)]
    fn step_linearised<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {h}]) -> ([V; {}], [V; {z}]) {{
{text}        ([{}], [{}])
    }}
",
        invariants(step, "Linearised", &body),
        s + 1,
        y[..=s].join(", "),
        y[s + 1..].join(", ")
    )
}
