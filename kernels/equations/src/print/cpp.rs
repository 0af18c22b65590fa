//! C++ text for graphics processors: a struct per cell that the loops of `kernels/device` run.
//!
//! CUDA C++ and Metal's C++ have the same arithmetic. What they name differently (`__device__`, `thread` ..) stands in
//! the text as words in capitals, which `kernels/cuda/words.cuh` and `kernels/metal/words.metal` define. So one text
//! serves both, and the compiler of the host; `Number` is `float` or `double`.

use super::{
    bodies::Bodies,
    dialect::Dialect,
    statements::{body_statements, statements},
    surrogate::with_surrogate,
};
use crate::{
    cell::Step,
    expr::{
        Body,
        functions::{BERNOULLI_DERIVATIVE, EXPREL_DOUBLE, EXPREL_SINGLE, bernoulli_degree},
        simplify,
    },
};
use std::{collections::HashMap, fmt::Write};

/// The dialect of C++, whose numbers are of the type `Number`.
pub struct Cpp;

impl Dialect for Cpp {
    fn constant(&self, c: f64) -> String {
        format!("Number({c:?})")
    }

    fn bind(&self, name: &str, value: &str) -> String {
        format!("        const Number {name} = {value};")
    }

    fn quotient(&self, a: &str, b: &str) -> String {
        format!("quotient({a}, {b})")
    }

    fn call(&self, function: &str, order: u8, args: &[&str]) -> String {
        let args = args.join(", ");
        match function {
            "exprel" | "bernoulli" => format!("{function}_{order}({args})"),
            f => format!("{f}_of({args})"),
        }
    }
}

/// The number of terms of the power series of `(e^z - 1) / z` for `|z| < 3/2`: enough for double precision.
const EXPREL_TERMS: usize = 24;

/// Returns the text of the polynomials that generated steps call, in one precision.
pub fn cpp_functions(single: bool) -> String {
    let mut out = format!("#define EXPREL_TERMS {EXPREL_TERMS}\n");
    for k in 0..3 {
        let c: &[f64] = if single { &EXPREL_SINGLE[k] } else { &EXPREL_DOUBLE[k] };
        let body = horner(c, "y", "square");
        writeln!(out, "DEVICE Number exprel_near_{k}(Number y, Number square) {{ return {body}; }}").expect(WRITES);
    }
    for k in 0..3 {
        let c = &BERNOULLI_DERIVATIVE[k][..=bernoulli_degree(single, k)];
        let body = horner(c, "z", "square");
        writeln!(out, "DEVICE Number bernoulli_{k}(Number z) {{ const Number square = z * z; return {body}; }}")
            .expect(WRITES);
    }
    out
}

const WRITES: &str = "writing to a string";

/// Returns the expression of a polynomial in `x` by Horner's rule with even and odd powers apart, which has half the
/// latency of one chain; a chain without terms is left out.
fn horner(c: &[f64], x: &str, square: &str) -> String {
    let chain = |first: usize| {
        let powers: Vec<f64> = c.iter().skip(first).step_by(2).copied().collect();
        let used = powers.iter().rposition(|&c| c != 0.0).map_or(0, |k| k + 1);
        let (last, rest) = powers[..used].split_last()?;
        let start = Cpp.constant(*last);
        Some(rest.iter().rev().fold(start, |sum, &c| format!("fma_of({sum}, {square}, {})", Cpp.constant(c))))
    };
    match (chain(0), chain(1)) {
        (Some(even), Some(odd)) => format!("fma_of({odd}, {x}, {even})"),
        (Some(even), None) => even,
        (None, Some(odd)) => format!("{odd} * {x}"),
        (None, None) => Cpp.constant(0.0),
    }
}

/// Returns the text of `struct Model`, the steps of a scan of `step`.
pub fn cpp_model(step: &Step) -> String {
    let bodies = Bodies::of(step);
    let Bodies { forward, adjoint, tangent, state_at, param_at } = &bodies;
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let mut out = format!("// {}, https://doi.org/{}\nstruct Model {{\n", step.name, step.source);
    let counts = [
        ("STATES", s),
        ("INPUTS", i),
        ("PARAMS", p),
        ("OUTPUTS", s + 1),
        ("FORWARD", forward.invariants.len()),
        ("ADJOINT", adjoint.invariants.len()),
        ("TANGENT", tangent.invariants.len()),
        ("STATE_BLOCK", state_at.len()),
        ("PARAM_BLOCK", param_at.len()),
    ];
    // C++ has no arrays of length zero.
    let counts: Vec<String> = counts.iter().map(|(name, n)| format!("{name} = {}", n.max(&1))).collect();
    writeln!(out, "    enum {{ {} }};", counts.join(", ")).expect(WRITES);

    for (name, body) in [("forward", forward), ("adjoint", adjoint), ("tangent", tangent)] {
        invariants_of(&mut out, name, body);
    }
    step_of(&mut out, "step", "LOCAL Number *y", forward, &[("y", s + 1)]);
    step_of(&mut out, "step_adjoint", GRADIENTS, adjoint, &[("gx", s), ("gi", i), ("gp", p)]);
    let blocks = "LOCAL Number *y, LOCAL Number *j, LOCAL Number *source";
    let lengths = [("y", s + 1), ("j", state_at.len()), ("source", param_at.len())];
    step_of(&mut out, "step_tangent", blocks, tangent, &lengths);

    function(&mut out, "push", "LOCAL const Number *j, LOCAL const Number *t, LOCAL Number *y", "");
    for (k, (row, column)) in state_at.iter().enumerate() {
        writeln!(out, "        y[{row}] = fma_of(j[{k}], t[{column}], y[{row}]);").expect(WRITES);
    }
    out.push_str("    }\n");

    function(&mut out, "source", "uint parameter, LOCAL const Number *source, LOCAL Number *y", "");
    elements(&mut out, "y", &vec![Cpp.constant(0.0); s]);
    out.push_str("        switch (parameter) {\n");
    for parameter in 0..p {
        let own = param_at.iter().enumerate().filter(|(_, at)| at.1 == parameter);
        let set: String = own.map(|(k, (row, _))| format!("y[{row}] = source[{k}]; ")).collect();
        if !set.is_empty() {
            writeln!(out, "        case {parameter}: {set}break;").expect(WRITES);
        }
    }
    out.push_str("        default: break;\n        }\n    }\n};\n");
    out
}

/// Returns the text of a struct `name` with the steps of `step` that networks are trained with; `y` ends with the
/// surrogate derivative of the spike.
pub fn cpp_cell(step: &Step, name: &str) -> String {
    let (forward, adjoint) = (with_surrogate(step), simplify(&step.graph, &step.adjoints));
    let (s, i, p) = (step.state.len(), step.input.len(), step.param.len());
    let mut out = format!("// {}, https://doi.org/{}\nstruct {name} {{\n", step.name, step.source);
    let (h, a) = (forward.invariants.len().max(1), adjoint.invariants.len().max(1));
    let counts = [("STATES", s), ("INPUTS", i), ("PARAMS", p), ("OUTPUTS", s + 1), ("SURROGATE", h), ("ADJOINT", a)];
    let counts = counts.map(|(name, n)| format!("{name} = {n}"));
    writeln!(out, "    enum {{ {} }};", counts.join(", ")).expect(WRITES);
    invariants_of(&mut out, "surrogate", &forward);
    invariants_of(&mut out, "adjoint", &adjoint);
    step_of(&mut out, "step_surrogate", "LOCAL Number *y", &forward, &[("y", s + 2)]);
    step_of(&mut out, "step_adjoint", GRADIENTS, &adjoint, &[("gx", s), ("gi", i), ("gp", p)]);
    out + "};\n"
}

const GRADIENTS: &str = "LOCAL const Number *bar, LOCAL Number *gx, LOCAL Number *gi, LOCAL Number *gp";

/// Writes the function that computes the invariants of `body`, once a run.
fn invariants_of(out: &mut String, name: &str, body: &Body) {
    let (text, values) = statements(&Cpp, &body.graph, &body.invariants, &HashMap::new());
    function(out, &format!("invariants_{name}"), "Number dt, LOCAL const Number *p, LOCAL Number *c", &text);
    assign(out, "c", &values);
}

/// Writes the function of a body whose outputs go to the arrays `to`, which have these lengths.
fn step_of(out: &mut String, name: &str, arguments: &str, body: &Body, to: &[(&str, usize)]) {
    let (text, values) = body_statements(&Cpp, body);
    let before = "LOCAL const Number *x, LOCAL const Number *i, LOCAL const Number *c";
    function(out, name, &format!("{before}, {arguments}"), &text);
    let mut values = &values[..];
    for &(array, length) in to {
        let (own, rest) = values.split_at(length);
        values = rest;
        elements(out, array, own);
    }
    out.push_str("    }\n");
}

/// Writes the opening of a function and its statements.
fn function(out: &mut String, name: &str, arguments: &str, text: &str) {
    write!(out, "    static DEVICE void {name}({arguments}) {{\n{text}").expect(WRITES);
}

/// Writes an assignment to each element of an array.
fn elements(out: &mut String, array: &str, values: &[String]) {
    for (k, value) in values.iter().enumerate() {
        writeln!(out, "        {array}[{k}] = {value};").expect(WRITES);
    }
}

/// Writes the assignments that end a function.
fn assign(out: &mut String, array: &str, values: &[String]) {
    elements(out, array, values);
    out.push_str("    }\n");
}
