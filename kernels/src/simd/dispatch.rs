//! This module runs work with the vectors of an instruction set.
//!
//! It is the only place where the vectors of an instruction set are named, each behind the detection of its
//! instructions. All other code, also of other crates, is generic over [`Simd`] and meets them as the type parameter of
//! [`Work::run`]. That parameter proves that the processor has the instructions, as a token that is passed to functions
//! would: code without such a type cannot call its operations, and passing the type on costs nothing.

use super::Simd;
#[cfg(target_arch = "x86_64")]
use super::x86::{F32x4, F32x8, F32x16, F64x2, F64x4};
use crate::{Level, Precision};
use rayon::prelude::*;

/// Work of one thread.
///
/// `run` must be `#[inline(always)]`, and so must be what it calls with vectors: only then is it compiled for their
/// instruction set.
pub trait Work<F: Precision> {
    /// The cell whose steps the work takes, or `()`. The compiler puts the work's code to the module of this type, so
    /// that the code of many cells is compiled in parallel.
    type Cell;
    /// Does the work.
    fn run<V: Simd<Elem = F>>(&mut self);
}

/// Runs `work` once, in this thread, with the vectors of `level`, or of the best level below it that this machine has
/// and the process allows.
pub fn run<F: Precision, W: Work<F>>(work: &mut W, level: Level) {
    F::with_vectors(work, level.min(Level::best()));
}

/// Work on columns `first..first + V::LANES * blocks`, which is independent of other columns.
pub(crate) trait Task<F: Precision>: Sync {
    /// See [`Work::Cell`].
    type Cell;
    /// Returns how many vectors one call of `run` takes.
    fn blocks(&self, lanes: usize) -> usize;
    fn run<V: Simd<Elem = F>>(&self, first: usize);
}

/// Runs `task` on all of `columns` with the vectors of `level`, in all threads.
pub(crate) fn spread<F: Precision, T: Task<F>>(task: &T, columns: usize, level: Level) {
    let level = level.min(Level::best());
    let mut lanes = Lanes(0);
    F::with_vectors(&mut lanes, level);
    let width = lanes.0 * task.blocks(lanes.0);
    in_parallel(columns.div_ceil(width), &|k| F::with_vectors(&mut Block { task, first: k * width }, level));
}

/// Calls `part` with `0..parts`, in all threads. It is compiled once for the parts of all cells.
fn in_parallel(parts: usize, part: &(dyn Fn(usize) + Sync)) {
    (0..parts).into_par_iter().for_each(|k| {
        part(k);
        // Other threads see streamed stores only after a fence.
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 processor has SSE, and the fence touches no memory.
        unsafe {
            std::arch::x86_64::_mm_sfence()
        };
    });
}

/// Number of lanes of a level's vectors.
struct Lanes(usize);

impl<F: Precision> Work<F> for Lanes {
    type Cell = ();
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        self.0 = V::LANES;
    }
}

struct Block<'a, T> {
    task: &'a T,
    first: usize,
}

impl<F: Precision, T: Task<F>> Work<F> for Block<'_, T> {
    type Cell = T::Cell;
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        self.task.run::<V>(self.first);
    }
}

/// Does what [`Precision::with_vectors`] does, in single precision.
#[cfg(target_arch = "x86_64")]
pub(crate) fn single<W: Work<f32>>(work: &mut W, level: Level) {
    match level.min(Level::of_machine()) {
        // SAFETY: the machine has the instructions: `Level::of_machine` is not below this level.
        Level::Avx512 => unsafe { W::Cell::avx512::<f32, F32x16, W>(work) },
        // SAFETY: as above.
        Level::Avx2 => unsafe { W::Cell::avx2::<f32, F32x8, W>(work) },
        Level::Baseline => W::Cell::baseline::<f32, F32x4, W>(work),
    }
}

/// Does what [`Precision::with_vectors`] does, in double precision. With AVX-512 it stays with the vectors of AVX2,
/// which halves the code to build and is a few per cent slower.
#[cfg(target_arch = "x86_64")]
pub(crate) fn double<W: Work<f64>>(work: &mut W, level: Level) {
    match level.min(Level::of_machine()) {
        // SAFETY: the machine has the instructions: `Level::of_machine` is not below AVX2.
        Level::Avx512 | Level::Avx2 => unsafe { W::Cell::avx2::<f64, F64x4, W>(work) },
        Level::Baseline => W::Cell::baseline::<f64, F64x2, W>(work),
    }
}

/// Does what [`Precision::with_vectors`] does, in single precision.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn single<W: Work<f32>>(work: &mut W, _: Level) {
    W::Cell::baseline::<f32, super::Lanes<f32, 8>, W>(work)
}

/// Does what [`Precision::with_vectors`] does, in double precision.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn double<W: Work<f64>>(work: &mut W, _: Level) {
    W::Cell::baseline::<f64, super::Lanes<f64, 4>, W>(work)
}

/// The functions that work is compiled in, with the instruction sets that they enable.
///
/// Every type has them, since the compiler makes a codegen unit of the functions of the types of one module.
trait Compiled {
    // Inlined, it would be compiled with its caller.
    #[inline(never)]
    fn baseline<F: Precision, V: Simd<Elem = F>, W: Work<F>>(work: &mut W) {
        work.run::<V>()
    }

    /// # Safety
    /// The machine must have AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    unsafe fn avx2<F: Precision, V: Simd<Elem = F>, W: Work<F>>(work: &mut W);

    /// # Safety
    /// The machine must have AVX2, FMA, and AVX-512 F and DQ.
    #[cfg(target_arch = "x86_64")]
    unsafe fn avx512<F: Precision, V: Simd<Elem = F>, W: Work<F>>(work: &mut W);
}

impl<C> Compiled for C {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn avx2<F: Precision, V: Simd<Elem = F>, W: Work<F>>(work: &mut W) {
        work.run::<V>()
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,avx512f,avx512dq")]
    unsafe fn avx512<F: Precision, V: Simd<Elem = F>, W: Work<F>>(work: &mut W) {
        work.run::<V>()
    }
}
