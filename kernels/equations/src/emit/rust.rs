//! Rust text: a module per model, generic over the vector type of `kernels::simd`.

use super::{Bodies, Cost, Dialect, Use, statements, training::rust_trainable, walk};
use crate::{
    fields::Field,
    rewrite::{Body, simplify},
    step::Step,
};
use std::{collections::HashMap, fmt::Write};

/// The dialect.
pub struct Rust;

impl Dialect for Rust {
    fn constant(&self, c: f64) -> String {
        format!("V::splat({c:?})")
    }

    fn bind(&self, name: &str, value: &str) -> String {
        format!("        let {name} = {value};")
    }

    fn exprel_and_slope(&self, value: &str, slope: &str, z: &str) -> Option<String> {
        Some(format!("        let ({value}, {slope}) = V::exprel_and_slope({z});"))
    }

    fn call(&self, function: &str, order: u8, args: &[&str]) -> String {
        let args = args.join(", ");
        match function {
            "exprel" => format!("V::exprel::<{order}>({args})"),
            "bernoulli" => format!("V::bernoulli::<{order}>({args})"),
            f => format!("V::{f}({args})"),
        }
    }
}

/// The source text of a model for `kernels`, with what its uses need; `path` is the type that the traits are implemented
/// for, `program` the expression of its `kernels::Program`.
pub fn rust_module(step: &Step, path: &str, uses: &[Use], program: &str) -> String {
    let mut text = rust_model(step, path);
    if uses.contains(&Use::Scan) {
        text += &rust_scanned(step, path, program);
    }
    if uses.contains(&Use::Train) {
        text += &rust_trainable(step, path);
    }
    text
}

/// The opening of an implementation of the trait `name` of `kernels`.
pub(super) fn implementation(name: &str, path: &str) -> String {
    format!(
        "#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]\nimpl kernels::{name} for {path} {{\n"
    )
}

/// The type of what a body needs of the parameters, and the function that computes it once a run: `kind` names both.
pub(super) fn invariants(step: &Step, kind: &str, body: &Body) -> String {
    let (text, values) = statements(&Rust, &body.graph, &body.invariants, &HashMap::new());
    let (p, h, name) = (step.param.len(), values.len(), kind.to_lowercase());
    format!(
        "    type {kind}Invariants<V: Copy> = [V; {h}];
    #[inline(always)]
    fn {name}_invariants<V: kernels::Simd>(dt: V, p: &[V; {p}]) -> [V; {h}] {{
{text}        [{}]
    }}
",
        values.join(", ")
    )
}

/// The source text of `impl Model`: facts, the step, and the step backwards.
fn rust_model(step: &Step, path: &str) -> String {
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let (forward, adjoint) = (simplify(&step.graph, &step.outputs), simplify(&step.graph, &step.adjoints));
    let mut out = implementation("Model", path);
    let mut line = |text: String| {
        out += &text;
        out.push('\n');
    };
    line(format!("    const NAME: &'static str = {:?};", step.name));
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
        line(format!("    const {name}_COST: kernels::equations::emit::Cost = {};", cost(body)));
    }
    line(format!("    type State<V: Copy> = [V; {s}];"));
    line(format!("    type Input<V: Copy> = [V; {i}];"));
    line(format!("    type Param<V: Copy> = [V; {p}];"));
    line(format!("    type Output<V: Copy> = [V; {}];", s + 1));
    line(invariants(step, "Forward", &forward) + &invariants(step, "Adjoint", &adjoint));

    let (text, y) = walk(&Rust, &forward);
    line("    #[inline(always)]".into());
    line(format!(
        "    fn step<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {}]) -> [V; {}] {{",
        forward.invariants.len(),
        s + 1
    ));
    line(format!("{text}        [{}]\n    }}", y.join(", ")));

    let (text, g) = walk(&Rust, &adjoint);
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

/// The source text of `impl Scanned`: the step with its sparse Jacobians, and the module for graphics processors.
fn rust_scanned(step: &Step, path: &str, program: &str) -> String {
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let Bodies { tangent, state_at, param_at, .. } = Bodies::of(step);
    let jx = state_at.len();
    let (text, t) = walk(&Rust, &tangent);
    let (y, rest) = t.split_at(s + 1);
    let (state, param) = rest.split_at(jx);

    let mut out = implementation("Scanned", path);
    let mut line = |text: String| {
        out += &text;
        out.push('\n');
    };
    line(format!("    const STATE_JACOBIAN: &'static [(usize, usize)] = &{state_at:?};"));
    line(format!("    const PARAM_JACOBIAN: &'static [(usize, usize)] = &{param_at:?};"));
    line(format!("    const TANGENT_COST: kernels::equations::emit::Cost = {};", cost(&tangent)));
    line(format!("    const PROGRAM: kernels::Program = {program};"));
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

fn cost(body: &Body) -> String {
    format!("kernels::equations::emit::{:?}", Cost::of(&body.graph, &body.outputs))
}

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
