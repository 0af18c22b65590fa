//! Rust text of `impl CompiledModel`: the facts of a cell, its step, and the step backward.

use super::syntax::{Rust, cost, implementation, invariants};
use crate::{
    cell::{Field, Step},
    expr::simplify,
    print::statements::body_statements,
};
use std::fmt::Write;

/// Returns the source text of `impl CompiledModel` for the type `path`.
pub(super) fn rust_model(step: &Step, path: &str) -> String {
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let (forward, adjoint) = (simplify(&step.graph, &step.outputs), simplify(&step.graph, &step.adjoints));
    let mut out = implementation("CompiledModel", path);
    let mut line = |text: String| {
        out += &text;
        out.push('\n');
    };
    line(format!("    const NAME: &'static str = {:?};", step.name));
    line(format!("    const SUMMARY: &'static str = {:?};", step.summary));
    line(format!("    const CITATION: &'static str = {:?};", step.citation));
    line(format!("    const SOURCE: &'static str = {:?};", step.source));
    line(format!("    const READOUT: bool = {};", step.readout));
    line(format!("    const REST_AND_THRESHOLD: Option<(f64, f64)> = {:?};", step.rest_and_threshold));
    line(format!(
        "    const REFERENCE_DRIVE: kernels::equations::ReferenceDrive = kernels::equations::{:?};",
        step.reference_drive
    ));
    for (name, fields) in [("STATE", &step.state), ("INPUT", &step.input), ("PARAM", &step.param)] {
        line(format!("    const {name}: &'static [kernels::equations::Field] = &[{}];", field_table(fields)));
    }
    line(format!("    const JUMPS: &'static [Option<usize>] = &{:?};", step.jumps()));
    for (name, body) in [("FORWARD", &forward), ("ADJOINT", &adjoint)] {
        line(format!("    const {name}_COST: kernels::equations::Cost = {};", cost(body)));
    }
    line(format!("    type State<V: Copy> = [V; {s}];"));
    line(format!("    type Input<V: Copy> = [V; {i}];"));
    line(format!("    type Param<V: Copy> = [V; {p}];"));
    line(format!("    type Output<V: Copy> = [V; {}];", s + 1));
    line(invariants(step, "Forward", &forward) + &invariants(step, "Adjoint", &adjoint));

    let (text, y) = body_statements(&Rust, &forward);
    line("    #[inline(always)]".into());
    line(format!(
        "    fn step<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {}]) -> [V; {}] {{",
        forward.invariants.len(),
        s + 1
    ));
    line(format!("{text}        [{}]\n    }}", y.join(", ")));

    let (text, g) = body_statements(&Rust, &adjoint);
    line("    #[inline(always)]".into());
    line(format!(
        "    fn step_adjoint<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {}], bar: &[V; {}]) -> ([V; {s}], [V; {i}], [V; {p}]) {{",
        adjoint.invariants.len(),
        s + 1
    ));
    line(format!(
        "{text}        ([{}], [{}], [{}])\n    }}\n}}",
        g[..s].join(", "),
        g[s..s + i].join(", "),
        g[s + i..].join(", ")
    ));
    out
}

/// Returns the elements of the array of `fields`.
fn field_table(fields: &[Field]) -> String {
    fields.iter().fold(String::new(), |mut out, f| {
        write!(
            out,
            "kernels::equations::Field {{ name: std::borrow::Cow::Borrowed({:?}), doc: {:?}, unit: {:?}, default: {:?}, bounds: {:?} }}, ",
            f.name, f.doc, f.unit, f.default, f.bounds
        )
        .expect("writing to a string");
        out
    })
}
