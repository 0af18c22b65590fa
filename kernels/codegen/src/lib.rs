//! Neuron equations into kernels for every backend, from a build script.
//!
//! ```no_run
//! // build.rs; in place of `Lif`, a neuron of the crate's own: `#[path = "src/neuron.rs"] mod neuron;`
//! use equations::models::Lif;
//! codegen::Cells::new().add::<Lif>("my-neuron", "crate::MyNeuron").scan().network().write();
//! ```
//!
//! In the library `include!(concat!(env!("OUT_DIR"), "/cells.rs"));` implements `kernels::Model` for `crate::MyNeuron`,
//! and `kernels::Cell::of::<MyNeuron>().scan().network().build()` is the neuron as every other crate takes it. `kernels/examples/izhikevich` is
//! a whole crate of this kind. It depends on `equations` and `kernels`, its build script on `equations` and `codegen`.
//!
//! The crate's features `cuda = ["kernels/cuda"]` and `metal = ["kernels/metal"]` decide what is built beside the
//! processor's code: [`write`](Cells::write) looks for nvcc where `cuda` is on.
//!
//! A device module is one text: the words of the language, the polynomials, the model's generated steps, and the loops
//! of `kernels/device`, which are written once for both languages. [`Header`] is what every launch is told. Networks
//! have one module of all cells that they are trained of, so that one launch runs groups of different ones
//! ([`network_module`], [`NetworkHeader`]).

#![deny(missing_docs)]

mod build;
mod header;
mod module;
mod network;
mod nvcc;

pub use build::Cells;
pub use header::{Flags, Header, Strides};
pub use module::{Entry, Language, module};
pub use network::{
    FeedbackWords, NetworkFlags, NetworkHeader, Phase, PopulationRun, PopulationWords, ProjectionWords, ROWS,
    RecorderWords, SharedDrive, WORD, network_module, network_threads,
};

/// Most outputs of a model: states and the spike.
pub const MOST_OUTPUTS: usize = 64;
/// Most parameters of one tangent scan.
pub const MOST_TANGENTS: usize = 24;
/// Columns of a block of a tangent scan.
pub const LANES: usize = 32;
/// Derivatives of a thread of a tangent scan where there are many: as registers allow, of which a double takes two.
pub const fn per_thread(single: bool) -> usize {
    if single { 4 } else { 3 }
}
/// Most threads of a block of a tangent scan.
pub const MOST_THREADS: usize = 256;
/// Steps whose derivatives a block keeps before they enter the products: what 48 KB of shared memory take in double
/// precision with the most parameters.
pub const KEPT: usize = 7;
/// Steps whose sums are formed before they enter the totals.
pub const TILE: usize = 64;
