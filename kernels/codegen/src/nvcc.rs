//! The call of NVIDIA's compiler.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest architecture that is built for; newer cards compile from the same PTX when it is loaded.
const ARCHITECTURE: &str = "compute_80";

/// Returns nvcc: the one that `NVCC` names, or that of `CUDA_HOME` or `CUDA_PATH`, or the one on the path.
fn nvcc() -> PathBuf {
    for name in ["NVCC", "CUDA_HOME", "CUDA_PATH"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    if let Some(nvcc) = env::var_os("NVCC") {
        return nvcc.into();
    }
    let homes = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(env::var_os);
    let found = homes.map(|home| Path::new(&home).join("bin/nvcc")).find(|nvcc| nvcc.exists());
    found.unwrap_or_else(|| "nvcc".into())
}

/// Compiles `from` to PTX in `to`.
pub(crate) fn ptx(from: &Path, to: &Path) -> Result<(), String> {
    let nvcc = nvcc();
    let mut command = Command::new(&nvcc);
    command.args(["--ptx", "-O3", "-std=c++17", &format!("-arch={ARCHITECTURE}"), "-o"]).arg(to).arg(from);
    let done = command.output().map_err(|e| {
        format!(
            "{}: {e}; the feature `cuda` needs CUDA's nvcc: install the CUDA toolkit, or name it in NVCC or CUDA_HOME",
            nvcc.display()
        )
    })?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{} on {}:\n{}", nvcc.display(), from.display(), String::from_utf8_lossy(&done.stderr))),
    }
}
