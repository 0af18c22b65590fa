//! Rows of numbers, one column per neuron, that threads share by columns.

use crate::cpu::advance::BLOCK;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line<T>([T; 16]);

/// `[row, column]` with rows padded to whole blocks and aligned to cache lines.
pub(super) struct Rows<T> {
    at: *mut Line<T>,
    lines: usize,
    capacity: usize,
    rows: usize,
    columns: usize,
    stride: usize,
}

// SAFETY: threads write to columns of their own, between barriers.
unsafe impl<T: Send> Send for Rows<T> {}
unsafe impl<T: Send> Sync for Rows<T> {}

/// Bytes after which addresses collide in the first-level cache.
const PAGE: usize = 4096;

impl<T: Copy> Rows<T> {
    pub(super) fn new(rows: usize, columns: usize, value: T) -> Self {
        let stride = Self::stride_of(columns);
        let mut lines = vec![Line([value; 16]); rows * stride / 16];
        let made =
            Rows { at: lines.as_mut_ptr(), lines: lines.len(), capacity: lines.capacity(), rows, columns, stride };
        std::mem::forget(lines);
        made
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

    /// The first number; who writes where is up to the caller.
    pub(super) fn as_ptr(&self) -> *mut T {
        self.at.cast()
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

    /// Fills the padding of a row with its last value.
    pub(super) fn pad(&mut self, row: usize) {
        if let Some(&last) = self.row(row).last() {
            // SAFETY: padding lies within the row's stride.
            for column in self.columns..self.stride {
                unsafe { *self.as_ptr().add(row * self.stride + column) = last };
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

impl<T> Drop for Rows<T> {
    fn drop(&mut self) {
        // SAFETY: the parts of the vector it was made from.
        drop(unsafe { Vec::from_raw_parts(self.at, self.lines, self.capacity) });
    }
}
