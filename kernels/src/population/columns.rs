//! This module holds the rows that blocks write to; many blocks share them, and each has columns of its own.

use crate::{Precision, Simd, memory::DisjointMut, simd::MOST_LANES};

/// Size of outputs, in bytes, from which on they are written past the caches.
const STREAMED: usize = 4 << 20;

/// A cache line.
#[repr(align(64))]
struct Line([u8; 64]);

impl Line {
    /// Replaces the line without reading it first, where the machine supports it.
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

/// Rows of output that many blocks write to concurrently, each to columns of its own.
pub(super) struct Columns<'a, F>(DisjointMut<'a, F>);

impl<'a, F: Precision> Columns<'a, F> {
    pub(super) fn new(out: &'a mut [F]) -> Self {
        Columns(DisjointMut::new(out))
    }

    /// Stores the lanes that are neurons, `first..neurons`, in the row that starts at `row`.
    ///
    /// # Safety
    /// No other thread may access these columns during the call.
    #[inline(always)]
    pub(super) unsafe fn store<V: Simd<Elem = F>>(&self, row: usize, first: usize, neurons: usize, v: V) {
        let count = (neurons - first).min(V::LANES);
        // SAFETY: `part` checks the bounds, and the caller ensures that no other thread accesses these places.
        let to = unsafe { self.0.part(row + first, count) };
        if count == V::LANES {
            v.store(to)
        } else {
            let mut lanes = [F::default(); MOST_LANES];
            v.store(&mut lanes);
            to.copy_from_slice(&lanes[..count]);
        }
    }

    /// Writes a part of a row, past the caches where the whole output is larger than [`STREAMED`].
    ///
    /// # Safety
    /// No other thread may access these places during the call.
    pub(super) unsafe fn write(&self, at: usize, values: &[F]) {
        // SAFETY: `part` checks the bounds, and the caller ensures that no other thread accesses these places.
        let to = unsafe { self.0.part(at, values.len()) };
        if self.0.len() * size_of::<F>() < STREAMED {
            return to.copy_from_slice(values);
        }
        // SAFETY: any 64 bytes are a valid `Line`, and any bytes of a line are valid numbers.
        let (head, lines, tail) = unsafe { to.align_to_mut::<Line>() };
        let (first, last) = (head.len(), values.len() - tail.len());
        head.copy_from_slice(&values[..first]);
        tail.copy_from_slice(&values[last..]);
        for (line, from) in lines.iter_mut().zip(values[first..last].chunks_exact(64 / size_of::<F>())) {
            line.stream(from);
        }
    }

    /// Adds the sum of the lanes to a place.
    ///
    /// # Safety
    /// No other thread may access the place during the call.
    #[inline(always)]
    pub(super) unsafe fn add<V: Simd<Elem = F>>(&self, at: usize, v: V) {
        let mut lanes = [F::default(); MOST_LANES];
        v.store(&mut lanes);
        let sum: f64 = lanes[..V::LANES].iter().map(|x| x.to()).sum();
        // SAFETY: `part` checks the bounds, and the caller ensures that no other thread accesses these places.
        let to = unsafe { self.0.part(at, 1) };
        to[0] = F::of(to[0].to() + sum);
    }
}

/// Returns the columns of a buffer that is not empty.
pub(super) fn some<F: Precision>(buffer: &mut [F]) -> Option<Columns<'_, F>> {
    (!buffer.is_empty()).then(|| Columns::new(buffer))
}
