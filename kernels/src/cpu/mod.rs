//! Hand-written loops around the generated steps, on the processor.
//!
//! A *block* is a vector of neurons; it runs all its steps with its state in registers or the first-level cache.
//! Blocks are spread over threads. A lane never looks at its neighbours, so the result of a neuron depends neither on
//! how many others there are nor on the number of threads.

mod adjoint;
pub(crate) mod advance;
mod block;
mod columns;
pub(crate) mod eligible;
mod forward;
pub(crate) mod hoist;
pub(crate) mod recurrent;
mod tangent;
pub(crate) mod taped;

pub use adjoint::{Adjoint, Seed, adjoint};
pub use forward::{Forward, forward};
pub use tangent::{MOST as MOST_TANGENTS, Tangent, tangent};

use crate::{
    Array, Level, Model, Precision, Simd,
    simd::{Task, Work, run, spread},
};
use block::{Block, lanes, present, states_of};
use columns::Columns;
