//! Rust text: the traits of `kernels` for a cell, generic over the vector type of `kernels::simd`.

mod model;
mod scanned;
mod syntax;
mod trainable;

use crate::cell::Step;
use model::rust_model;
use scanned::rust_scanned;
pub use syntax::Rust;
use trainable::rust_trainable;

/// A use that a cell is compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Scans of a population without synapses: forward, reverse and tangent.
    Scan,
    /// Steps in a network that is simulated.
    Network,
    /// Passes of a network that is trained, by backpropagation through time and by online rules.
    Train,
}

/// Returns the source text of a cell for `kernels`, with the traits that its uses need.
///
/// `path` is the type that the traits are implemented for, and `program` the expression of its `kernels::DeviceProgram`.
pub fn rust_module(step: &Step, path: &str, uses: &[Use], program: &str) -> String {
    let mut text = rust_model(step, path);
    if uses.contains(&Use::Scan) {
        text += &rust_scanned(step, path, program);
    }
    if uses.contains(&Use::Train) {
        text += &rust_trainable(step, path);
    }
    text
}
