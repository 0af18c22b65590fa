//! This module reads and writes the rows of a step: `[row, stride]`, or `[block, row, LINE]`, where the rows of a few
//! neurons are adjacent.
//!
//! Rows are padded to whole [`LINE`]s; the padding repeats the last neuron and never spikes.

use crate::{FixedArray, Simd, memory::LINE};

/// Returns the number of values of an array.
#[inline(always)]
pub(super) fn rows<A: FixedArray<u8>>() -> usize {
    A::filled(0).as_ref().len()
}

/// Panics unless the slice holds `rows` rows of `stride` numbers for each of `count` elements that are `pitch` apart.
#[inline(always)]
pub(super) fn holds<F>(slice: &[F], rows: usize, stride: usize, count: usize, pitch: usize) {
    assert!(count == 0 || rows == 0 || slice.len() >= (count - 1) * pitch + rows * stride);
}

/// Loads the vectors of neurons `first..` of `[row, stride]`.
#[inline(always)]
pub(super) fn load<V: Simd, A: FixedArray<V>>(from: &[V::Elem], stride: usize, first: usize) -> A {
    assert!(first + V::LANES <= stride);
    holds(from, A::filled(V::splat(0.0)).as_ref().len(), stride, 1, 0);
    // SAFETY: all rows are there.
    unsafe { gather(from, 0, stride, first) }
}

/// Stores vectors as the neurons `first..` of `[row, stride]`.
#[inline(always)]
pub(super) fn store<V: Simd>(values: &[V], to: &mut [V::Elem], stride: usize, first: usize) {
    assert!(first + V::LANES <= stride);
    holds(to, values.len(), stride, 1, 0);
    // SAFETY: all rows are there.
    unsafe { scatter(values, to, 0, stride, first) }
}

/// Loads the vectors of neurons `first..` of `[row, stride]` that begins at `at`.
///
/// # Safety
/// `at + row * stride + first + V::LANES` must not exceed the length of the slice for any row.
#[inline(always)]
pub(super) unsafe fn gather<V: Simd, A: FixedArray<V>>(from: &[V::Elem], at: usize, stride: usize, first: usize) -> A {
    let mut to = A::filled(V::splat(0.0));
    for (row, to) in to.as_mut().iter_mut().enumerate() {
        // SAFETY: the caller ensures that the range is within the slice.
        *to = V::load(unsafe { from.get_unchecked(at + row * stride + first..at + row * stride + first + V::LANES) });
    }
    to
}

/// Stores vectors where [`gather`] loads them.
///
/// # Safety
/// `at + row * stride + first + V::LANES` must not exceed the length of the slice for any row.
#[inline(always)]
pub(super) unsafe fn scatter<V: Simd>(values: &[V], to: &mut [V::Elem], at: usize, stride: usize, first: usize) {
    for (row, v) in values.iter().enumerate() {
        let from = at + row * stride + first;
        // SAFETY: the caller ensures that the range is within the slice.
        v.store(unsafe { to.get_unchecked_mut(from..from + V::LANES) });
    }
}

/// Returns the offset of neurons `first..` in `[block, row, LINE]`, where the compiler knows the distance of their
/// rows.
#[inline(always)]
pub(super) fn place(first: usize, rows: usize) -> usize {
    first / LINE * LINE * rows + first % LINE
}

/// Panics unless the slice has `rows` rows of all neurons of a stride, and vectors do not cross blocks.
#[inline(always)]
pub(super) fn blocked<V: Simd>(slice: &[V::Elem], rows: usize, stride: usize) {
    assert!(stride.is_multiple_of(LINE) && LINE.is_multiple_of(V::LANES));
    holds(slice, rows, stride, 1, 0);
}

/// Loads the vectors of neurons `first..` of `[block, row, LINE]`.
///
/// # Safety
/// The slice must pass [`blocked`] for the rows of `A` and a stride above `first`, which must be a multiple of
/// `V::LANES`.
#[inline(always)]
pub(super) unsafe fn block<V: Simd, A: FixedArray<V>>(from: &[V::Elem], first: usize) -> A {
    let rows = A::filled(V::splat(0.0)).as_ref().len();
    // SAFETY: the caller ensures that the block of `first` is within the slice, and vectors do not cross blocks.
    unsafe { gather(from, place(first, rows), LINE, 0) }
}

/// Stores vectors where [`block`] loads them.
///
/// # Safety
/// The slice must pass [`blocked`] for these rows and a stride above `first`, which must be a multiple of `V::LANES`.
#[inline(always)]
pub(super) unsafe fn set_block<V: Simd>(values: &[V], to: &mut [V::Elem], first: usize) {
    // SAFETY: the caller ensures that the block of `first` is within the slice, and vectors do not cross blocks.
    unsafe { scatter(values, to, place(first, values.len()), LINE, 0) }
}
