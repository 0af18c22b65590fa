//! This module scans populations without synapses on the processor: it has the hand-written loops around the generated
//! steps.
//!
//! A *block* is a vector of neurons; it runs all its steps with its state in registers or the first-level cache. Blocks
//! are distributed over threads. A lane does not depend on its neighbours, so that the result of a neuron depends
//! neither on the number of neurons nor on the number of threads.

mod adjoint;
mod block;
mod columns;
mod forward;
mod normal_equations;
mod tangent;

pub use adjoint::{Adjoint, AdjointSeed, adjoint};
pub use forward::{Forward, forward};
pub use tangent::{MOST as MOST_TANGENTS, Sensitivities, Tangent, sensitivities, tangent};

use crate::{
    CompiledModel, FixedArray, Precision, Simd,
    simd::{Task, spread},
};
use block::{Block, present};
pub(crate) use block::{lanes, states_of};
use columns::{Columns, some};
