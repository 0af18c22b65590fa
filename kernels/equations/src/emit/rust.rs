//! Rust text: a module per model, generic over the vector type of `kernels::simd`.

use super::{Bodies, Cost, Dialect, statements, walk};
use crate::{fields::Field, rewrite::Body, step::Step};
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

/// The source text of `impl Model` for `step`, as `kernels` includes it; `path` is the type it is implemented for.
pub fn rust_module(step: &Step, path: &str) -> String {
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let Bodies { forward, adjoint, tangent, state_at, param_at } = Bodies::of(step);
    let jx = state_at.len();

    let mut out = String::new();
    let mut line = |text: String| {
        out += &text;
        out.push('\n');
    };
    line("#[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]".into());
    line(format!("impl kernels::Model for {path} {{"));
    line(format!("    const NAME: &'static str = {:?};", step.name));
    line(format!("    const SOURCE: &'static str = {:?};", step.source));
    for (name, fields) in [("STATE", &step.state), ("INPUT", &step.input), ("PARAM", &step.param)] {
        line(format!("    const {name}: &'static [kernels::equations::Field] = &[{}];", field_table(fields)));
    }
    line(format!("    const JUMPS: &'static [Option<usize>] = &{:?};", step.jumps()));
    line(format!("    const STATE_BLOCK: &'static [(usize, usize)] = &{:?};", state_at));
    line(format!("    const PARAM_BLOCK: &'static [(usize, usize)] = &{:?};", param_at));
    for (name, body) in [("FORWARD", &forward), ("ADJOINT", &adjoint), ("TANGENT", &tangent)] {
        line(format!("    const {name}_COST: kernels::equations::emit::Cost = {};", cost(body)));
    }
    line(format!("    type State<V: Copy> = [V; {s}];"));
    line(format!("    type Input<V: Copy> = [V; {i}];"));
    line(format!("    type Param<V: Copy> = [V; {p}];"));
    line(format!("    type Output<V: Copy> = [V; {}];", s + 1));
    line(format!("    type StateBlock<V: Copy> = [V; {jx}];"));
    line(format!("    type Source<V: Copy> = [[V; {s}]; {p}];"));
    for (name, body) in [("Forward", &forward), ("Adjoint", &adjoint), ("Tangent", &tangent)] {
        line(format!("    type {name}<V: Copy> = [V; {}];", body.hoisted.len()));
    }
    for (name, body) in [("forward", &forward), ("adjoint", &adjoint), ("tangent", &tangent)] {
        let (text, values) = statements(&Rust, &body.graph, &body.hoisted, &HashMap::new());
        line(format!(
            "    #[inline(always)]\n    fn hoist_{name}<V: kernels::Simd>(dt: V, p: &[V; {p}]) -> [V; {}] {{",
            values.len()
        ));
        line(format!("{text}        [{}]\n    }}", values.join(", ")));
    }

    let (text, y) = walk(&Rust, &forward);
    line("    #[inline(always)]".into());
    line(format!(
        "    fn step<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {}]) -> [V; {}] {{",
        forward.hoisted.len(),
        s + 1
    ));
    line(format!("{text}        [{}]\n    }}", y.join(", ")));

    let (text, g) = walk(&Rust, &adjoint);
    line("    #[inline(always)]".into());
    line(format!(
        "    fn step_adjoint<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {}], bar: &[V; {}]) -> ([V; {s}], [V; {i}], [V; {p}]) {{",
        adjoint.hoisted.len(),
        s + 1
    ));
    line(format!(
        "{text}        ([{}], [{}], [{}])\n    }}",
        g[..s].join(", "),
        g[s..s + i].join(", "),
        g[s + i..].join(", ")
    ));

    let (text, t) = walk(&Rust, &tangent);
    let (y, rest) = t.split_at(s + 1);
    let (state, param) = rest.split_at(jx);
    line("    #[inline(always)]".into());
    line(format!(
        "    fn step_tangent<V: kernels::Simd>(x: &[V; {s}], i: &[V; {i}], c: &[V; {}], source: &mut [[V; {s}]; {p}]) -> ([V; {}], [V; {jx}]) {{",
        tangent.hoisted.len(),
        s + 1
    ));
    line(text);
    for ((row, column), value) in param_at.iter().zip(param) {
        line(format!("        source[{column}][{row}] = {value};"));
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
