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

use crate::{Array, Level, Model, Precision, Simd};
use block::{Block, lanes, present, states_of};
use columns::Columns;
use rayon::prelude::*;

/// Work on columns `first..first + V::LANES * blocks` that needs nothing of other columns.
pub(crate) trait Task<F: Precision>: Sync {
    /// Vectors that one call of `run` takes.
    fn blocks(&self, lanes: usize) -> usize;
    fn run<V: Simd<Elem = F>>(&self, first: usize);
}

/// Runs `task` on all of `columns` with the vectors of `level`.
fn spread<F: Precision, T: Task<F>>(task: &T, columns: usize, level: Level) {
    let (lanes, work): (usize, unsafe fn(&T, usize)) = match level.min(Level::best()) {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => (F::Avx512::LANES, avx512::<F, T>),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => (F::Avx2::LANES, avx2::<F, T>),
        _ => (F::Baseline::LANES, baseline::<F, T>),
    };
    let width = lanes * task.blocks(lanes);
    (0..columns.div_ceil(width)).into_par_iter().for_each(|k| {
        // SAFETY: `level` is not above what the machine has.
        unsafe { work(task, k * width) };
        // Streamed lines are seen by other threads only after a fence.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            std::arch::x86_64::_mm_sfence()
        };
    });
}

/// Runs `task` once, in this thread, with the vectors of `level`.
pub(crate) fn alone<F: Precision, T: Task<F>>(task: &T, level: Level) {
    // SAFETY: `level` is not above what the machine has.
    match level.min(Level::best()) {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 if F::SINGLE => unsafe { avx512::<F, T>(task, 0) },
        // Double precision has the vectors of AVX2 there too.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 | Level::Avx2 => unsafe { avx2::<F, T>(task, 0) },
        _ => unsafe { baseline::<F, T>(task, 0) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq")]
unsafe fn avx512<F: Precision, T: Task<F>>(task: &T, first: usize) {
    task.run::<F::Avx512>(first)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<F: Precision, T: Task<F>>(task: &T, first: usize) {
    task.run::<F::Avx2>(first)
}

unsafe fn baseline<F: Precision, T: Task<F>>(task: &T, first: usize) {
    task.run::<F::Baseline>(first)
}
