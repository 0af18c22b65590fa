//! The list of cells that a build script compiles.

use crate::{
    module::{Language, module},
    network::network_module,
    nvcc,
};
use equations::{Integrator, Neuron, Step, Use, rust_module, trace};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The cells of a crate: neurons, alone or with receptors, and what each is compiled for.
#[derive(Default)]
pub struct Cells {
    cells: Vec<CompiledCell>,
}

/// One cell of the list.
struct CompiledCell {
    step: Step,
    /// The type that implements the traits of `kernels`.
    path: String,
    uses: Vec<Use>,
}

impl Cells {
    /// Makes a list without cells.
    pub fn new() -> Self {
        Cells::default()
    }

    /// Adds the equations of `N`, by exponential Euler, under `name`; `path` is the type that implements
    /// `kernels::CompiledModel` afterwards, such as `crate::MyNeuron`. The calls that follow say what the cell is compiled for:
    /// [`scan`](Cells::scan), [`network`](Cells::network), [`train`](Cells::train).
    pub fn add<N: Neuron>(self, name: &'static str, path: &str) -> Self {
        self.add_with::<N>(name, path, Integrator::ExpEuler)
    }

    /// Does as [`Cells::add`], with another integrator.
    pub fn add_with<N: Neuron>(mut self, name: &'static str, path: &str, integrator: Integrator) -> Self {
        self.cells.push(CompiledCell {
            step: Step { name, ..trace::<N>(integrator) },
            path: path.into(),
            uses: vec![],
        });
        self
    }

    /// Compiles the cell added last for scans of a population, on graphics processors too where the crate's features
    /// ask for these.
    pub fn scan(self) -> Self {
        self.used(Use::Scan)
    }

    /// Compiles the cell added last for networks that are simulated.
    pub fn network(self) -> Self {
        self.used(Use::Network)
    }

    /// Compiles the cell added last for networks that are trained.
    pub fn train(self) -> Self {
        self.used(Use::Train)
    }

    fn used(mut self, by: Use) -> Self {
        match self.cells.last_mut() {
            Some(cell) => cell.uses.push(by),
            None => fail(&format!("{by:?} of no cell: call `add` first")),
        }
        self
    }

    fn used_by(&self, by: Use) -> impl Iterator<Item = &Step> {
        self.cells.iter().filter(move |c| c.uses.contains(&by)).map(|c| &c.step)
    }

    /// Writes `cells.rs`, and the device modules that the crate's features ask for, to `OUT_DIR`; for build scripts.
    ///
    /// Where that fails, it prints the reason and ends the build.
    pub fn write(&self) {
        println!("cargo::rerun-if-changed=build.rs");
        let out = out_dir();
        let one = |c: &CompiledCell| rust_module(&c.step, &c.path, &c.uses, &program(c.step.name, "SCANS"));
        write(&out.join("cells.rs"), &self.cells.iter().map(one).collect::<String>());
        if on("METAL") {
            for step in self.used_by(Use::Scan) {
                write(&out.join(format!("{}.metal", step.name)), &module(step, Language::Metal, true));
            }
        }
        if on("CUDA") {
            let texts = self.used_by(Use::Scan);
            compile(&out, texts.map(|step| (step.name, move |single| module(step, Language::Cuda, single))).collect());
        }
    }

    /// Writes the device module of networks of all cells that are compiled for training, in their order, to
    /// `network.rs` as the features ask for. It fails likewise.
    pub fn write_network(&self) {
        let cells: Vec<Step> = self.used_by(Use::Train).cloned().collect();
        let out = out_dir();
        let text = format!(
            "/// The module of networks of the cells that are compiled for training.\npub static NETWORK: kernels::DeviceProgram = {};\n",
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
}

/// Returns whether a feature of the crate is on.
fn on(feature: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{feature}")).is_some()
}

/// Returns the Rust expression of the device code under a name.
fn program(name: &str, entries: &str) -> String {
    let file = |extension: &str| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}{extension}\"))");
    let ptx = if on("CUDA") { format!("Some([{}, {}])", file("-f32.ptx"), file("-f64.ptx")) } else { "None".into() };
    let metal = if on("METAL") { format!("Some({})", file(".metal")) } else { "None".into() };
    format!(
        "kernels::DeviceProgram {{ name: {name:?}, entries: kernels::device::Entry::{entries}, ptx: {ptx}, metal: {metal} }}"
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
