//! Says whether the connectomes are at hand that do not come with the code: tests of them are ignored otherwise.

use std::{env, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BRAIN_DATA");
    println!("cargo::rustc-check-cfg=cfg(shared_data)");
    let beside = || PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../shared/data");
    let data = env::var_os("BRAIN_DATA").map_or_else(beside, PathBuf::from);
    if data.is_dir() {
        println!("cargo::rustc-cfg=shared_data");
        println!("cargo::rustc-env=SHARED_DATA={}", data.display());
    }
}
