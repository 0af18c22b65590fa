//! Prints the generated code of a model or of a cell of networks, each statement beside the line of the equations that
//! it comes from: `cargo run -p kernels --example print hh-traub rust`; with `cuda` or `metal`, the whole module as it is
//! compiled, of a model or, as `network`, of all cells that networks are trained of.

use codegen::{Language, module, network_module};
use kernels::equations::{Integrator, Step, cell::*, models::*, receptors::*, rust_module, trace};
use kernels::{Use, cells};
use std::process::ExitCode;

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty => $($by:ident)|+;)*) => {
        const CELLS: &[(&str, fn(Integrator) -> Step)] = &[$(($name, trace::<$neuron>)),*];
    };
}
include!("../registry.rs");

type Print = fn(&Step) -> String;
/// The module of networks.
fn network(language: Language) -> String {
    let step = |name: &str| CELLS.iter().find(|c| c.0 == name).map(|c| Step { name: c.0, ..c.1(Integrator::ExpEuler) });
    network_module(&cells(Use::Train).filter_map(|c| step(c.name)).collect::<Vec<_>>(), language, true)
}

const DIALECTS: &[(&str, Print)] = &[
    ("rust", |step| rust_module(step, "Neuron", &[Use::Scan, Use::Train], "PROGRAM")),
    ("cuda", |step| module(step, Language::Cuda, true)),
    ("metal", |step| module(step, Language::Metal, true)),
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (model, dialect) = (args.next().unwrap_or_default(), args.next().unwrap_or_else(|| "rust".into()));
    match (&*model, &*dialect) {
        ("network", "cuda") => print!("{}", network(Language::Cuda)),
        ("network", "metal") => print!("{}", network(Language::Metal)),
        _ => return one(&model, &dialect),
    }
    ExitCode::SUCCESS
}

fn one(model: &str, dialect: &str) -> ExitCode {
    let Some((name, trace)) = CELLS.iter().find(|m| m.0 == model) else {
        return unknown("model", model, CELLS.iter().map(|m| m.0).collect());
    };
    let Some((_, print)) = DIALECTS.iter().find(|d| d.0 == dialect) else {
        return unknown("dialect", dialect, DIALECTS.iter().map(|d| d.0).collect());
    };
    print!("{}", print(&Step { name, ..trace(Integrator::ExpEuler) }));
    ExitCode::SUCCESS
}

fn unknown(what: &str, got: &str, available: Vec<&str>) -> ExitCode {
    eprintln!("no {what} `{got}`; there are: {}", available.join(", "));
    ExitCode::from(2)
}
