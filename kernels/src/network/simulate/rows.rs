//! This module holds rows of numbers with a column for each neuron; threads share them by columns.

use crate::{memory::AlignedVec, step::simulated::BLOCK};
use std::cell::UnsafeCell;

/// A matrix `[row, column]` whose rows are padded to whole blocks and aligned to cache lines.
pub(super) struct Rows<T> {
    numbers: AlignedVec<UnsafeCell<T>>,
    rows: usize,
    columns: usize,
    stride: usize,
}

// SAFETY: within a run each thread accesses only its own columns between two barriers, through `Rows::as_ptr`.
// `Rows::row` is called only outside of runs, when no thread has access.
unsafe impl<T: Send> Sync for Rows<T> {}

/// Distance at which addresses collide in the first-level cache, bytes.
const PAGE: usize = 4096;

impl<T: Copy> Rows<T> {
    pub(super) fn new(rows: usize, columns: usize, value: T) -> Self {
        let stride = Self::stride_of(columns);
        let numbers = AlignedVec::filled(rows * stride, || UnsafeCell::new(value));
        Rows { numbers, rows, columns, stride }
    }

    /// Returns the distance between two rows of `columns` columns, in numbers; it avoids multiples of [`PAGE`].
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

    /// Returns the address of the first number. A thread may access only its own columns through it.
    pub(super) fn as_ptr(&self) -> *mut T {
        UnsafeCell::raw_get(self.numbers.as_ptr())
    }

    /// Returns a row without its padding.
    pub(super) fn row(&self, row: usize) -> &[T] {
        assert!(row < self.rows);
        // SAFETY: the assertion keeps the row within the allocation, and no thread writes outside of a run, when this
        // is called.
        unsafe { std::slice::from_raw_parts(self.as_ptr().add(row * self.stride), self.columns) }
    }

    /// Returns a row without its padding, to write to.
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [T] {
        assert!(row < self.rows);
        // SAFETY: the assertion keeps the row within the allocation, and `&mut self` excludes all other access.
        unsafe { std::slice::from_raw_parts_mut(self.as_ptr().add(row * self.stride), self.columns) }
    }

    /// Returns all rows with their padding, to write to.
    pub(super) fn all_mut(&mut self) -> &mut [T] {
        // SAFETY: the slice is the whole allocation, and `&mut self` excludes all other access.
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

    /// Copies all rows without padding, one after the other.
    pub(super) fn to_vec(&self) -> Vec<T> {
        (0..self.rows).flat_map(|r| self.row(r).iter().copied()).collect()
    }

    /// Copies rows from the form of [`Rows::to_vec`] and fills the padding.
    pub(super) fn copy_from(&mut self, values: &[T]) {
        for (r, row) in values.chunks(self.columns.max(1)).enumerate() {
            self.row_mut(r).copy_from_slice(row);
            self.pad(r);
        }
    }
}
