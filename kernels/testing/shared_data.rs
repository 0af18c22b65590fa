//! This build script says whether the data are at hand that do not come with the code: tests of them are ignored otherwise.

use std::{env, path::PathBuf};

/// The data are in the folder of `BRAIN_DATA`, or in `../shared/data` beside the workspace, whose lock file tells it.
fn data() -> Option<PathBuf> {
    if let Some(data) = env::var_os("BRAIN_DATA") {
        return Some(data.into());
    }
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    let workspace = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file())?;
    Some(workspace.join("../shared/data"))
}

fn main() {
    println!("cargo::rerun-if-env-changed=BRAIN_DATA");
    println!("cargo::rustc-check-cfg=cfg(shared_data)");
    if let Some(data) = data().filter(|folder| folder.is_dir()) {
        println!("cargo::rustc-cfg=shared_data");
        println!("cargo::rustc-env=SHARED_DATA={}", data.display());
    }
}
