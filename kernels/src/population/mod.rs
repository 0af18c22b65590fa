//! Scans of a population without synapses: hand-written loops around the generated steps, on the processor.
//!
//! A *block* is a vector of neurons; it runs all its steps with its state in registers or the first-level cache.
//! Blocks are spread over threads. A lane never looks at its neighbours, so the result of a neuron depends neither on
//! how many others there are nor on the number of threads.

mod adjoint;
mod block;
mod columns;
mod forward;
mod tangent;

pub use adjoint::{Adjoint, Seed, adjoint};
pub use forward::{Forward, forward};
pub use tangent::{MOST as MOST_TANGENTS, Tangent, tangent};

use crate::{
    Array, Model, Precision, Simd,
    simd::{Task, spread},
};
use block::{Block, present};
pub(crate) use block::{lanes, states_of};
use columns::Columns;
