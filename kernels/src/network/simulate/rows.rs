//! Rows of numbers with a column for each neuron, which threads share by columns.

use crate::{memory::AlignedVec, step::simulated::BLOCK};
use std::cell::UnsafeCell;

/// Numbers `[row, column]`, whose rows are padded to whole blocks and aligned to cache lines.
pub(super) struct Rows<T> {
    numbers: AlignedVec<UnsafeCell<T>>,
    rows: usize,
    columns: usize,
    stride: usize,
}

// SAFETY: within a run each thread uses columns of its own, from one barrier to the next, through `Rows::as_ptr`; outside
// of runs, where `Rows::row` is called, no thread has them.
unsafe impl<T: Send> Sync for Rows<T> {}

/// Bytes after which addresses collide in the first-level cache.
const PAGE: usize = 4096;

impl<T: Copy> Rows<T> {
    pub(super) fn new(rows: usize, columns: usize, value: T) -> Self {
        let stride = Self::stride_of(columns);
        let numbers = AlignedVec::filled(rows * stride, || UnsafeCell::new(value));
        Rows { numbers, rows, columns, stride }
    }

    /// Distance of two rows of so many columns.
    pub(super) fn stride_of(columns: usize) -> usize {
        let stride = columns.div_ceil(BLOCK) * BLOCK;
        if (stride * size_of::<T>()).is_multiple_of(PAGE) { stride + BLOCK } else { stride }
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn bytes(&self) -> usize {
        self.rows * self.stride * size_of::<T>()
    }

    /// The first number; whoever reads or writes through it has columns of its own.
    pub(super) fn as_ptr(&self) -> *mut T {
        UnsafeCell::raw_get(self.numbers.as_ptr())
    }

    /// A row without its padding.
    pub(super) fn row(&self, row: usize) -> &[T] {
        assert!(row < self.rows);
        // SAFETY: within the allocation; no thread writes while somebody outside a run looks.
        unsafe { std::slice::from_raw_parts(self.as_ptr().add(row * self.stride), self.columns) }
    }

    /// As [`Rows::row`], to write.
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [T] {
        assert!(row < self.rows);
        // SAFETY: within the allocation, and borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.as_ptr().add(row * self.stride), self.columns) }
    }

    /// All rows with their padding.
    pub(super) fn all_mut(&mut self) -> &mut [T] {
        // SAFETY: the whole allocation, and borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.as_ptr(), self.numbers.len()) }
    }

    /// Fills the padding of a row with its last value.
    pub(super) fn pad(&mut self, row: usize) {
        if let Some(&last) = self.row(row).last() {
            for x in &mut self.numbers[row * self.stride..][self.columns..self.stride] {
                *x.get_mut() = last;
            }
        }
    }

    /// All rows without padding, one after the other.
    pub(super) fn to_vec(&self) -> Vec<T> {
        (0..self.rows).flat_map(|r| self.row(r).iter().copied()).collect()
    }

    /// The inverse of [`Rows::to_vec`].
    pub(super) fn copy_from(&mut self, values: &[T]) {
        for (r, row) in values.chunks(self.columns.max(1)).enumerate() {
            self.row_mut(r).copy_from_slice(row);
            self.pad(r);
        }
    }
}
