//! Hand-written loops around the generated steps, on the processor.
//!
//! A *block* is a vector of neurons; it runs all its steps with its state in registers or the first-level cache.
//! Blocks are spread over threads. A lane never looks at its neighbours, so the result of a neuron depends neither on
//! how many others there are nor on the number of threads.

mod adjoint;
mod forward;
mod tangent;

pub use adjoint::{Adjoint, Seed, adjoint};
pub use forward::{Forward, forward};
pub use tangent::{MOST as MOST_TANGENTS, Tangent, tangent};

use crate::{
    Array, Model, Simd,
    run::{Level, Run, Series, Spread},
    simd::{Float, MOST_LANES, Pair},
};
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
trait Task<F: Isa>: Sync {
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

/// Outputs from this size on, in bytes, are written past the caches.
const STREAMED: usize = 4 << 20;

/// A cache line.
#[repr(align(64))]
struct Line([u8; 64]);

impl Line {
    /// Replaces the line without reading it first, where the machine can.
    #[inline(always)]
    fn stream<F: Float>(&mut self, from: &[F]) {
        assert_eq!(size_of_val(from), 64);
        let from = from.as_ptr().cast::<u8>();
        #[cfg(target_arch = "x86_64")]
        for at in (0..64).step_by(16) {
            use std::arch::x86_64::*;
            // SAFETY: both sides have 64 bytes, and a line is aligned.
            unsafe { _mm_stream_si128(self.0.as_mut_ptr().add(at).cast(), _mm_loadu_si128(from.add(at).cast())) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        // SAFETY: both sides have 64 bytes.
        unsafe {
            self.0.as_mut_ptr().copy_from_nonoverlapping(from, 64)
        }
    }
}

/// Where the row of one output at one step goes.
struct Place<F> {
    to: *mut F,
    count: usize,
}

impl<F: Float> Place<F> {
    /// Stores the lanes that exist.
    ///
    /// # Safety
    /// `count` places from `to` on belong to the caller.
    #[inline(always)]
    unsafe fn store<V: Simd<Elem = F>>(self, v: V) {
        if self.count == V::LANES {
            v.store(unsafe { std::slice::from_raw_parts_mut(self.to, V::LANES) })
        } else {
            let mut lanes = [F::default(); MOST_LANES];
            v.store(&mut lanes);
            unsafe { self.to.copy_from_nonoverlapping(lanes.as_ptr(), self.count) }
        }
    }
}

/// Rows of output that many blocks write to at once, each to columns of its own.
struct Columns<F>(*mut F, usize);

unsafe impl<F: Send> Sync for Columns<F> {}

impl<F: Float> Columns<F> {
    fn new(out: &mut [F]) -> Self {
        Columns(out.as_mut_ptr(), out.len())
    }

    /// The place of neurons `first..` of the row of `neurons` that starts at `row`.
    #[inline(always)]
    fn place<V: Simd<Elem = F>>(&self, row: usize, first: usize, neurons: usize) -> Place<F> {
        let count = (neurons - first).min(V::LANES);
        assert!(row + first + count <= self.1);
        // SAFETY: within the allocation.
        Place { to: unsafe { self.0.add(row + first) }, count }
    }

    #[inline(always)]
    fn store<V: Simd<Elem = F>>(&self, row: usize, first: usize, neurons: usize, v: V) {
        // SAFETY: no other block has these columns.
        unsafe { self.place::<V>(row, first, neurons).store(v) }
    }

    /// Writes a stretch of a row, past the caches where the whole output is larger than they are.
    ///
    /// # Safety
    /// The places belong to the caller.
    unsafe fn write(&self, at: usize, values: &[F]) {
        assert!(at + values.len() <= self.1);
        let to = unsafe { std::slice::from_raw_parts_mut(self.0.add(at), values.len()) };
        if self.1 * size_of::<F>() < STREAMED {
            return to.copy_from_slice(values);
        }
        let (head, lines, tail) = unsafe { to.align_to_mut::<Line>() };
        let (first, last) = (head.len(), values.len() - tail.len());
        head.copy_from_slice(&values[..first]);
        tail.copy_from_slice(&values[last..]);
        for (line, from) in lines.iter_mut().zip(values[first..last].chunks_exact(64 / size_of::<F>())) {
            line.stream(from);
        }
    }

    /// Adds the sum of the lanes to a place that one thread at a time writes to.
    #[inline(always)]
    fn add<V: Simd<Elem = F>>(&self, at: usize, v: V) {
        let mut lanes = [F::default(); MOST_LANES];
        v.store(&mut lanes);
        let sum: f64 = lanes[..V::LANES].iter().map(|x| x.to()).sum();
        debug_assert!(at < self.1);
        // SAFETY: within the allocation, and no other block adds to this place.
        unsafe { *self.0.add(at) = F::of((*self.0.add(at)).to() + sum) }
    }
}

/// Lanes `first..` of a row; those past its end repeat its last value.
#[inline(always)]
fn lanes<V: Simd>(row: &[V::Elem], first: usize) -> V {
    if first + V::LANES <= row.len() {
        return V::load(&row[first..]);
    }
    let mut padded = [V::Elem::default(); MOST_LANES];
    for (k, to) in padded[..V::LANES].iter_mut().enumerate() {
        *to = row[(first + k).min(row.len() - 1)];
    }
    V::load(&padded)
}

/// One where a lane is a neuron, zero where it is padding.
#[inline(always)]
fn present<V: Simd>(first: usize, neurons: usize) -> V {
    let mut mask = [V::Elem::default(); MOST_LANES];
    mask[..(neurons - first).min(V::LANES)].fill(V::Elem::of(1.0));
    V::load(&mask)
}

/// One block's view of a [`Run`]: batch element `b`, neurons from `first` on.
struct Block<'a, V: Simd> {
    // By value: what is written through pointers cannot change it, so it stays in registers.
    run: Run<'a, V::Elem>,
    b: usize,
    first: usize,
}

impl<V: Simd> Clone for Block<'_, V> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Simd> Copy for Block<'_, V> {}

impl<'a, V: Simd> Block<'a, V> {
    /// Row `r` of `rows` of a series at step `t`.
    #[inline(always)]
    fn at(&self, series: &Series<V::Elem>, t: usize, r: usize, rows: usize) -> V {
        let (batch, n) = (self.run.batch, self.run.neurons);
        match series.spread {
            Spread::Shared => V::fill(series.data[t * rows + r]),
            Spread::Batch => V::fill(series.data[(t * rows + r) * batch + self.b]),
            Spread::Neuron => lanes(&series.data[((t * rows + r) * batch + self.b) * n..][..n], self.first),
        }
    }

    #[inline(always)]
    fn input<M: Model>(&self, t: usize) -> M::Input<V> {
        let mut i = M::Input::<V>::filled(V::splat(0.0));
        for (r, to) in i.as_mut().iter_mut().enumerate() {
            *to = self.at(&self.run.drive, t, r, M::INPUT.len());
        }
        i
    }

    #[inline(always)]
    fn params<M: Model>(&self) -> M::Param<V> {
        let mut p = M::Param::<V>::filled(V::splat(0.0));
        for (r, to) in p.as_mut().iter_mut().enumerate() {
            *to = lanes(&self.run.params[r * self.run.neurons..][..self.run.neurons], self.first);
        }
        p
    }

    #[inline(always)]
    fn start<M: Model>(&self) -> M::State<V> {
        self.states::<M>(self.run.start)
    }

    /// The block's part of `[state, batch, neuron]`.
    #[inline(always)]
    fn states<M: Model>(&self, from: &[V::Elem]) -> M::State<V> {
        let mut x = M::State::<V>::filled(V::splat(0.0));
        for (s, to) in x.as_mut().iter_mut().enumerate() {
            *to = lanes(&from[(s * self.run.batch + self.b) * self.run.neurons..][..self.run.neurons], self.first);
        }
        x
    }

    #[inline(always)]
    fn store_states<M: Model>(&self, to: &Columns<V::Elem>, x: &M::State<V>) {
        for (s, &v) in x.as_ref().iter().enumerate() {
            to.store((s * self.run.batch + self.b) * self.run.neurons, self.first, self.run.neurons, v);
        }
    }
}

#[inline(always)]
fn states_of<M: Model, V: Simd>(y: &M::Output<V>) -> M::State<V> {
    let mut x = M::State::<V>::filled(V::splat(0.0));
    x.as_mut().copy_from_slice(&y.as_ref()[..M::STATE.len()]);
    x
}
