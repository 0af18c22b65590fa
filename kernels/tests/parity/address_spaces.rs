//! These tests check address spaces and precision in the text for Metal.
//!
//! Metal requires an address space in every pointer and reference, and has no double precision. C++ for OpenCL, which
//! clang supports on all systems, has the same four address spaces, and its double precision can be switched off. There
//! a pointer without an address space may point into any; clang prints such a pointer as `__generic`.

use crate::host::program;
use codegen::{Language, module};
use kernels::{Cell, Use, cells};
use rayon::prelude::*;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const OPENCL: [&str; 7] = [
    "-xcl",
    "-cl-std=clc++2021",
    // Literals have single precision, as in Metal.
    "-cl-single-precision-constant",
    "-Xclang",
    "-cl-ext=-cl_khr_fp64,-__opencl_c_fp64",
    "-cl-no-stdinc",
    "-fsyntax-only",
];

/// Returns clang, which the build script found to support the language (`cfg(opencl)`).
fn clang() -> PathBuf {
    program("CLANG", &["clang"], &[&OPENCL[..], &["/dev/null"]].concat()).expect("clang, as when this was built")
}

/// Checks the text of a module. Fails with what is wrong.
fn check(clang: &Path, text: &str) -> Result<(), String> {
    let mut run = Command::new(clang)
        .args(OPENCL)
        .args(["-Xclang", "-ast-print", "-w", "-I"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/address_spaces"))
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    run.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = run.wait_with_output().unwrap();
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    let printed = String::from_utf8(done.stdout).unwrap();
    assert!(printed.contains("__private"), "no address spaces in what clang prints");
    match printed.lines().find(|line| line.contains("__generic")) {
        Some(line) => Err(format!("no address space: {}", line.trim())),
        None => Ok(()),
    }
}

fn text(kernel: &Cell) -> String {
    module(&crate::reference::step(kernel.name), Language::Metal, true)
}

#[test]
#[cfg_attr(not(opencl), ignore = "needs clang 14 or later, or CLANG")]
fn every_pointer_of_metal_text_is_in_its_address_space() {
    let clang = clang();
    cells(Use::Scan).collect::<Vec<_>>().par_iter().for_each(|kernel| {
        check(&clang, &text(kernel)).unwrap_or_else(|wrong| panic!("{}: {wrong}", kernel.name));
    });
    check(&clang, &crate::network::text(Language::Metal, true)).unwrap_or_else(|wrong| panic!("networks: {wrong}"));
}

const FAULTS: [(&str, &str); 10] = [
    ("static DEVICE void step(LOCAL const Number *x", "static DEVICE void step(const Number *x"),
    ("Column c, LOCAL const Number *x)", "Column c, const Number *x)"),
    ("Column c, LOCAL const Number *x)", "Column c, GLOBAL const Number *x)"),
    ("void load_state(GLOBAL const Number *from", "void load_state(LOCAL const Number *from"),
    ("SHARED const Number *s = slopes", "const Number *s = slopes"),
    ("SHARED const Number *s = slopes", "GLOBAL const Number *s = slopes"),
    ("ARGUMENT const Strides &by", "const Strides &by"),
    ("GLOBAL Number *tape, GLOBAL Number *own)", "GLOBAL Number *tape, Number *own)"),
    ("const Number e = exp_of(z);", "const double e = exp_of(z);"),
    ("const Number y = z + Number(0.5);", "const Number y = z + double(0.5);"),
];

const NETWORK_FAULTS: [(&str, &str); 5] = [
    ("SHARED uint *words, *any;", "uint *words, *any;"),
    ("(SHARED uint *)(memory + run.states + ring)", "(GLOBAL uint *)(memory + run.states + ring)"),
    ("bool next(Set set, LOCAL Walk *at", "bool next(Set set, Walk *at"),
    ("GLOBAL const Phase &phase = wiring.phases[p];", "const Phase &phase = wiring.phases[p];"),
    ("enum { PART", "const double half = 0.5; enum { PART"),
];

/// Returns the text with each fault in turn, and what the fault is.
fn faults() -> Vec<(String, &'static str)> {
    let (model, network) = (text(kernels::find("hh-pospischil").unwrap()), crate::network::text(Language::Metal, true));
    let faults = FAULTS.map(|fault| (&model, fault)).into_iter().chain(NETWORK_FAULTS.map(|fault| (&network, fault)));
    let broken = faults.map(|(text, (right, wrong))| {
        assert!(text.contains(right), "no `{right}` to break");
        (text.replace(right, wrong), wrong)
    });
    broken.collect()
}

#[test]
fn every_fault_is_in_the_text_that_is_checked() {
    assert_eq!(faults().len(), FAULTS.len() + NETWORK_FAULTS.len());
}

#[test]
#[cfg_attr(not(opencl), ignore = "needs clang 14 or later, or CLANG")]
fn a_wrong_address_space_and_a_double_are_found() {
    let clang = clang();
    faults().par_iter().for_each(|(text, wrong)| {
        let found = check(&clang, text);
        println!("`{wrong}`: {found:?}");
        assert!(found.is_err(), "`{wrong}` is not found");
    });
}
