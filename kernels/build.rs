//! Prints the steps of every cell of the registry, and their derivatives as its uses need them, to `OUT_DIR`.

use codegen::Cells;
use equations::{cell::*, models::*, receptors::*};

macro_rules! cells {
    ($($name:literal $marker:ident: $neuron:ty => $($by:ident)|+;)*) => {
        fn cells() -> Cells {
            Cells::new()$(.add::<$neuron>($name, concat!("crate::registry::", stringify!($marker)))$(.$by())+)*
        }
    };
}
include!("registry.rs");

/// Whether a program runs: the one that the variable `named` says, or one of `others`.
fn runs(named: &str, others: &[&str], arguments: &[&str]) -> bool {
    println!("cargo::rerun-if-env-changed={named}");
    let named = std::env::var(named).ok();
    let programs = named.iter().map(String::as_str).chain(others.iter().copied());
    let works = |program| {
        std::process::Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
    };
    programs.into_iter().any(works)
}

/// Says which compilers are at hand that tests of device text need: they are ignored without.
fn tools_for_tests() {
    println!("cargo::rustc-check-cfg=cfg(cxx)");
    println!("cargo::rustc-check-cfg=cfg(opencl)");
    if runs("CXX", &["c++", "g++", "clang++"], &["--version"]) {
        println!("cargo::rustc-cfg=cxx");
    }
    if runs("CLANG", &["clang"], &["-xcl", "-cl-std=clc++2021", "-fsyntax-only", "/dev/null"]) {
        println!("cargo::rustc-cfg=opencl");
    }
}

fn main() {
    tools_for_tests();
    println!("cargo::rerun-if-changed=registry.rs");
    let cells = cells();
    cells.write();
    cells.write_network();
}
