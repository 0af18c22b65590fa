//! Turns neuron equations into kernels for every backend, from a build script.
//!
//! ```no_run
//! // build.rs; in place of `Lif`, a neuron of the crate's own: `#[path = "src/neuron.rs"] mod neuron;`
//! use equations::models::Lif;
//! codegen::Cells::new().add::<Lif>("my-neuron", "crate::MyNeuron").scan().network().write();
//! ```
//!
//! In the library `include!(concat!(env!("OUT_DIR"), "/cells.rs"));` implements `kernels::CompiledModel` for `crate::MyNeuron`,
//! and `kernels::Cell::of::<MyNeuron>().scan().network().build()` is the neuron as every other crate takes it.
//! `experiments/examples/outside` is a whole crate of this kind. It depends on `equations` and `kernels`, its build
//! script on `equations` and `codegen`.
//!
//! The crate's features `cuda = ["kernels/cuda"]` and `metal = ["kernels/metal"]` decide what is built beside the
//! processor's code: [`write`](Cells::write) looks for nvcc where `cuda` is on.
//!
//! A device module is one text: the words of the language, the polynomials, the model's generated steps, and the loops
//! of `kernels/device`, which are written once for both languages. Every launch takes a [`Header`]. Networks have one
//! module of all cells that are compiled for training, so that one launch runs populations of different cells
//! ([`network_module`], [`NetworkHeader`]).

#![deny(missing_docs)]

mod build;
mod header;
mod limits;
mod module;
mod network;
mod nvcc;

pub use build::Cells;
pub use header::{Flags, Header, Strides};
pub use limits::{KEPT, LANES, MOST_OUTPUTS, MOST_TANGENTS, MOST_THREADS, PER_THREAD, TILE};
pub use module::{Entry, FirstWritten, Language, module};
pub use network::{
    FeedbackWords, NetworkFlags, NetworkHeader, Phase, PopulationRun, PopulationWords, ProjectionWords, ROWS,
    RecorderWords, SharedDrive, WORD, network_module, network_threads,
};
