//! The syntax of Rust over vectors, and the parts that every printed trait has.

use crate::{
    cell::Step,
    expr::Body,
    print::{cost::Cost, dialect::Dialect, statements::statements},
};
use std::collections::HashMap;

/// The dialect of Rust, whose numbers are vectors `V`.
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

/// Returns the opening of an implementation of the trait `name` of `kernels` for the type `path`.
pub(super) fn implementation(name: &str, path: &str) -> String {
    format!(
        "#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]\nimpl kernels::{name} for {path} {{\n"
    )
}

/// Returns the type of a body's invariants and the function that computes them once a run; `kind` names both.
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

/// Returns the expression of a body's cost.
pub(super) fn cost(body: &Body) -> String {
    format!("kernels::equations::{:?}", Cost::of(&body.graph, &body.outputs))
}
