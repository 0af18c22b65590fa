//! What a build script calls.

use crate::{Language, module, network_module, nvcc};
use equations::{
    Integrator, Neuron, Step,
    emit::{rust_module, rust_slope, rust_slopes, rust_taped},
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
        let (out, cuda, metal) = (out_dir(), on("CUDA"), on("METAL"));
        let mut text = String::new();
        for (step, path) in &self.models {
            text += &rust_module(step, path);
            text += &format!(
                "impl kernels::DeviceCode for {path} {{\n    const PROGRAM: kernels::Program = {};\n}}\n",
                program(step.name, "SCANS")
            );
            if metal {
                write(&out.join(format!("{}.metal", step.name)), &module(step, Language::Metal, true));
            }
        }
        write(&out.join("models.rs"), &text);
        if cuda {
            let texts = self.models.iter().map(|(step, _)| step);
            compile(&out, texts.map(|step| (step.name, move |single| module(step, Language::Cuda, single))).collect());
        }
    }

    /// Writes the device module of networks of the cells whose paths are `trained`, in that order, to `network.rs`, as
    /// the features ask for; fails likewise.
    pub fn write_network(self, trained: &[&str]) {
        let find = |path: &&str| match self.models.iter().find(|m| m.1 == *path) {
            Some((step, _)) => step.clone(),
            None => fail(&format!("no cell {path}")),
        };
        let cells: Vec<Step> = trained.iter().map(find).collect();
        let out = out_dir();
        let text = format!(
            "/// The module of networks of the trained cells.\npub static NETWORK: kernels::Program = {};\n",
            program("network", "NETWORKS")
        );
        write(&out.join("network.rs"), &text);
        if on("METAL") {
            write(&out.join("network.metal"), &network_module(&cells, Language::Metal, true));
        }
        if on("CUDA") {
            compile(&out, vec![("network", |single| network_module(&cells, Language::Cuda, single))]);
        }
    }

    /// Writes the processor's code alone to `file` in `OUT_DIR`, with what networks are trained with
    /// (`kernels::Sloped`, `kernels::Taped`, `kernels::Eligible`), and fails likewise.
    pub fn write_host(self, file: &str) {
        let all = |(step, path): &(Step, String)| {
            [rust_module, rust_slope, rust_taped, rust_slopes].map(|print| print(step, path)).concat()
        };
        let text: String = self.models.iter().map(all).collect();
        write(&out_dir().join(file), &text);
    }
}

/// Whether a feature of the crate is on.
fn on(feature: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{feature}")).is_some()
}

/// The device code under a name, as Rust.
fn program(name: &str, entries: &str) -> String {
    let file = |extension: &str| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}{extension}\"))");
    let ptx = if on("CUDA") { format!("Some([{}, {}])", file("-f32.ptx"), file("-f64.ptx")) } else { "None".into() };
    let metal = if on("METAL") { format!("Some({})", file(".metal")) } else { "None".into() };
    format!(
        "kernels::Program {{ name: {name:?}, entries: kernels::device::Entry::{entries}, ptx: {ptx}, metal: {metal} }}"
    )
}

/// Compiles texts in both precisions for NVIDIA cards.
fn compile(out: &Path, texts: Vec<(&str, impl Fn(bool) -> String)>) {
    let mut work = vec![];
    for (name, text) in &texts {
        for (single, precision) in [(true, "f32"), (false, "f64")] {
            let source = out.join(format!("{name}-{precision}.cu"));
            write(&source, &text(single));
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
