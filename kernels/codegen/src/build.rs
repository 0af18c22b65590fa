//! What a build script calls.

use crate::{Language, module, nvcc};
use equations::{
    Integrator, Neuron, Step,
    emit::{rust_module, rust_slope, rust_slopes},
    trace,
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The models of a crate.
#[derive(Default)]
pub struct Models {
    models: Vec<(Step, String)>,
}

impl Models {
    /// None yet.
    pub fn new() -> Self {
        Models::default()
    }

    /// Adds the equations of `N`, by exponential Euler, under `name`; `path` is the type that implements
    /// `kernels::Model` afterwards, such as `crate::MyNeuron`.
    pub fn add<N: Neuron>(self, name: &'static str, path: &str) -> Self {
        self.add_with::<N>(name, path, Integrator::ExpEuler)
    }

    /// As [`Models::add`] with another integrator.
    pub fn add_with<N: Neuron>(mut self, name: &'static str, path: &str, integrator: Integrator) -> Self {
        self.models.push((Step { name, ..trace::<N>(integrator) }, path.into()));
        self
    }

    /// Writes `models.rs`, and the device modules that the crate's features ask for, to `OUT_DIR`; for build scripts.
    ///
    /// Where that fails it prints why and ends the build.
    pub fn write(self) {
        println!("cargo::rerun-if-changed=build.rs");
        let out = out_dir();
        let on = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
        let (cuda, metal) = (on("CUDA"), on("METAL"));
        let mut text = String::new();
        for (step, path) in &self.models {
            text += &rust_module(step, path);
            let file =
                |extension: &str| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{}{extension}\"))", step.name);
            let ptx = if cuda { format!("Some([{}, {}])", file("-f32.ptx"), file("-f64.ptx")) } else { "None".into() };
            let msl = if metal { format!("Some({})", file(".metal")) } else { "None".into() };
            text += &format!(
                "impl kernels::DeviceCode for {path} {{\n    const PTX: Option<[&'static str; 2]> = {ptx};\n    \
                 const METAL: Option<&'static str> = {msl};\n}}\n"
            );
            if metal {
                write(&out.join(format!("{}.metal", step.name)), &module(step, Language::Metal, true));
            }
        }
        write(&out.join("models.rs"), &text);
        if cuda {
            self.compile(&out);
        }
    }

    /// Writes the processor's code alone to `file` in `OUT_DIR`, with what networks are trained with
    /// (`kernels::Sloped`, `kernels::Eligible`), and fails likewise.
    pub fn write_host(self, file: &str) {
        let all = |(step, path): &(Step, String)| {
            rust_module(step, path) + &rust_slope(step, path) + &rust_slopes(step, path)
        };
        let text: String = self.models.iter().map(all).collect();
        write(&out_dir().join(file), &text);
    }

    /// Compiles every model in both precisions for NVIDIA cards.
    fn compile(&self, out: &Path) {
        let mut work = vec![];
        for (step, _) in &self.models {
            for (single, name) in [(true, "f32"), (false, "f64")] {
                let source = out.join(format!("{}-{name}.cu", step.name));
                write(&source, &module(step, Language::Cuda, single));
                work.push(source);
            }
        }
        let threads = env::var("NUM_JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(source) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        nvcc::ptx(source, &source.with_extension("ptx")).unwrap_or_else(|e| fail(&e));
                    }
                });
            }
        });
    }
}

fn out_dir() -> PathBuf {
    env::var_os("OUT_DIR").unwrap_or_else(|| fail("OUT_DIR is not set: call this from build.rs")).into()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|e| fail(&format!("{}: {e}", path.display())));
}

fn fail(why: &str) -> ! {
    for line in why.lines() {
        println!("cargo::error={line}");
    }
    std::process::exit(1)
}
