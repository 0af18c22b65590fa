//! Rust text of `impl Trainable`: the steps that networks are trained with.

use super::syntax::{Rust, implementation, invariants};
use crate::{
    cell::Step,
    expr::simplify,
    print::{
        bodies::SparseJacobian,
        residuals::SavedPasses,
        statements::{body_statements, statements},
        surrogate::with_surrogate,
    },
};

/// Returns the source text of `impl Trainable` for the type `path`.
pub(super) fn rust_trainable(step: &Step, path: &str) -> String {
    let members = [surrogate_members, saved_members, linearised_members].map(|print| print(step));
    implementation("Trainable", path) + &members.concat() + "}\n"
}

/// Returns the members that take a step forward with the surrogate derivative of its spike.
fn surrogate_members(step: &Step) -> String {
    let (s, i) = (step.state.len(), step.input.len());
    let body = with_surrogate(step);
    let (text, y) = body_statements(&Rust, &body);
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

/// Returns the members that take a step forward and save its residuals, and that take the step backward from these.
fn saved_members(step: &Step) -> String {
    let (s, i) = (step.state.len(), step.input.len());
    let SavedPasses { forward, backward, surrogate, saved } = SavedPasses::of(step);
    let (text, y) = body_statements(&Rust, &forward);
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

/// Returns the members that take a step forward with its derivatives w.r.t. states and inputs, those of the spike among
/// them, which eligibility traces are made of.
fn linearised_members(step: &Step) -> String {
    let (s, i) = (step.state.len(), step.input.len());
    let (state, input) = (SparseJacobian::of(step, &step.by_state), SparseJacobian::of(step, &step.by_input));
    let body = simplify(&step.graph, &[&step.outputs[..], &state.values, &input.values].concat());
    let (text, y) = body_statements(&Rust, &body);
    let (h, z) = (body.invariants.len(), y.len() - s - 1);
    format!(
        "    const BY_STATE: &'static [(usize, usize)] = &{:?};
    const BY_INPUT: &'static [(usize, usize)] = &{:?};
    type Derivatives<V: Copy> = [V; {z}];
{}    #[inline(always)]
    fn step_linearised<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {h}]) -> ([V; {}], [V; {z}]) {{
{text}        ([{}], [{}])
    }}
",
        state.at,
        input.at,
        invariants(step, "Linearised", &body),
        s + 1,
        y[..=s].join(", "),
        y[s + 1..].join(", ")
    )
}
