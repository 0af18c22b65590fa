//! Rust text of `impl Scanned`: the step with its sparse Jacobians, and the module for graphics processors.

use super::syntax::{Rust, cost, implementation, invariants};
use crate::{
    cell::Step,
    print::{bodies::Bodies, statements::body_statements},
};

/// Returns the source text of `impl Scanned` for the type `path`; `program` is the expression of its
/// `kernels::DeviceProgram`.
pub(super) fn rust_scanned(step: &Step, path: &str, program: &str) -> String {
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let Bodies { tangent, state_at, param_at, .. } = Bodies::of(step);
    let jx = state_at.len();
    let (text, t) = body_statements(&Rust, &tangent);
    let (y, rest) = t.split_at(s + 1);
    let (state, param) = rest.split_at(jx);

    let mut out = implementation("Scanned", path);
    let mut line = |text: String| {
        out += &text;
        out.push('\n');
    };
    line(format!("    const STATE_JACOBIAN: &'static [(usize, usize)] = &{state_at:?};"));
    line(format!("    const PARAM_JACOBIAN: &'static [(usize, usize)] = &{param_at:?};"));
    line(format!("    const TANGENT_COST: kernels::equations::Cost = {};", cost(&tangent)));
    line(format!("    const PROGRAM: kernels::DeviceProgram = {program};"));
    line(format!("    type StateJacobian<V: Copy> = [V; {jx}];"));
    line(format!("    type ParamJacobian<V: Copy> = [[V; {s}]; {p}];"));
    line(invariants(step, "Tangent", &tangent));
    line("    #[inline(always)]".into());
    line(format!(
        "    fn step_tangent<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {}], by_param: &mut [[V; {s}]; {p}]) -> ([V; {}], [V; {jx}]) {{",
        tangent.invariants.len(),
        s + 1
    ));
    line(text);
    for ((row, column), value) in param_at.iter().zip(param) {
        line(format!("        by_param[{column}][{row}] = {value};"));
    }
    line(format!("        ([{}], [{}])\n    }}", y.join(", "), state.join(", ")));

    line("    #[inline(always)]".into());
    line(format!("    fn push<V: kernels::Simd>(j: &[V; {jx}], t: &[V; {s}], mut y: [V; {s}]) -> [V; {s}] {{"));
    for (k, (row, column)) in state_at.iter().enumerate() {
        line(format!("        y[{row}] = V::fma(j[{k}], t[{column}], y[{row}]);"));
    }
    line("        y\n    }\n}".into());
    out
}
