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

use crate::{Array, Float, Level, Model, Simd};
use block::{Block, lanes, present, states_of};
use columns::Columns;
use rayon::prelude::*;

/// The vectors of each instruction set.
pub trait Isa: Float {
    /// [`Level::Baseline`].
    type Baseline: Simd<Elem = Self>;
    /// [`Level::Avx2`].
    #[cfg(target_arch = "x86_64")]
    type Avx2: Simd<Elem = Self>;
    /// [`Level::Avx512`].
    #[cfg(target_arch = "x86_64")]
    type Avx512: Simd<Elem = Self>;
}

#[cfg(target_arch = "x86_64")]
mod machine {
    use super::Isa;
    use crate::simd::*;

    impl Isa for f32 {
        type Baseline = F32x4;
        type Avx2 = F32x8;
        type Avx512 = F32x16;
    }

    impl Isa for f64 {
        type Baseline = F64x2;
        type Avx2 = F64x4;
        type Avx512 = F64x4;
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod machine {
    use super::Isa;
    use crate::simd::*;

    impl Isa for f32 {
        type Baseline = Lanes<f32, 8>;
    }

    impl Isa for f64 {
        type Baseline = Lanes<f64, 4>;
    }
}

/// Work on columns `first..first + V::LANES * blocks` that needs nothing of other columns.
pub(crate) trait Task<F: Isa>: Sync {
    /// Vectors that one call of `run` takes.
    fn blocks(&self, lanes: usize) -> usize;
    fn run<V: Simd<Elem = F>>(&self, first: usize);
}

/// Runs `task` on all of `columns` with the vectors of `level`.
fn spread<F: Isa, T: Task<F>>(task: &T, columns: usize, level: Level) {
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
pub(crate) fn alone<F: Isa, T: Task<F>>(task: &T, level: Level) {
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
unsafe fn avx512<F: Isa, T: Task<F>>(task: &T, first: usize) {
    task.run::<F::Avx512>(first)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<F: Isa, T: Task<F>>(task: &T, first: usize) {
    task.run::<F::Avx2>(first)
}

unsafe fn baseline<F: Isa, T: Task<F>>(task: &T, first: usize) {
    task.run::<F::Baseline>(first)
}
