//! Where blocks write: rows that many of them share, each with columns of its own.

use crate::{Precision, Simd, simd::MOST_LANES};

/// Outputs from this size on, in bytes, are written past the caches.
const STREAMED: usize = 4 << 20;

/// A cache line.
#[repr(align(64))]
struct Line([u8; 64]);

impl Line {
    /// Replaces the line without reading it first, where the machine can.
    #[inline(always)]
    fn stream<F: Precision>(&mut self, from: &[F]) {
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

/// Rows of output that many blocks write to at once, each to columns of its own.
pub(super) struct Columns<F>(*mut F, usize);

unsafe impl<F: Send> Sync for Columns<F> {}

impl<F: Precision> Columns<F> {
    pub(super) fn new(out: &mut [F]) -> Self {
        Columns(out.as_mut_ptr(), out.len())
    }

    /// Stores the lanes that exist, those of neurons `first..neurons`, in the row that starts at `row`.
    #[inline(always)]
    pub(super) fn store<V: Simd<Elem = F>>(&self, row: usize, first: usize, neurons: usize, v: V) {
        let count = (neurons - first).min(V::LANES);
        assert!(row + first + count <= self.1);
        // SAFETY: within the allocation, and no other block has these columns.
        let to = unsafe { std::slice::from_raw_parts_mut(self.0.add(row + first), count) };
        if count == V::LANES {
            v.store(to)
        } else {
            let mut lanes = [F::default(); MOST_LANES];
            v.store(&mut lanes);
            to.copy_from_slice(&lanes[..count]);
        }
    }

    /// Writes a stretch of a row, past the caches where the whole output is larger than they are.
    ///
    /// # Safety
    /// The places belong to the caller.
    pub(super) unsafe fn write(&self, at: usize, values: &[F]) {
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
    pub(super) fn add<V: Simd<Elem = F>>(&self, at: usize, v: V) {
        let mut lanes = [F::default(); MOST_LANES];
        v.store(&mut lanes);
        let sum: f64 = lanes[..V::LANES].iter().map(|x| x.to()).sum();
        debug_assert!(at < self.1);
        // SAFETY: within the allocation, and no other block adds to this place.
        unsafe { *self.0.add(at) = F::of((*self.0.add(at)).to() + sum) }
    }
}
