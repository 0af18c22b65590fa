//! Printers of steps as source text: one walk over an expression graph, one short [`Dialect`] per language.
//!
//! [`rust_module`] prints the traits that `kernels` implements for a cell; [`cpp_model`] and [`cpp_cell`] print the
//! structs that the loops of graphics processors run. Beside each statement stands the line of the equations that it
//! comes from.

mod bodies;
mod cost;
mod cpp;
mod dialect;
mod min_cut;
mod residuals;
mod rust;
mod statements;
mod surrogate;

pub use bodies::Bodies;
pub use cost::Cost;
pub use cpp::{Cpp, cpp_cell, cpp_functions, cpp_model};
pub use dialect::Dialect;
pub use rust::{Rust, Use, rust_module};
pub use statements::statements;
pub use surrogate::spike_surrogate;
