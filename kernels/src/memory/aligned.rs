//! This module allocates numbers at the start of a cache line, so that no vector of them crosses two lines.

use std::ops::{Deref, DerefMut};

/// Number of values that rows are padded to a multiple of: whole vectors of every instruction set, and whole cache
/// lines.
pub(crate) const LINE: usize = 16;

#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Line<T>([T; LINE]);

/// A vector of fixed length that begins at the start of a cache line.
#[derive(Clone, Debug)]
pub(crate) struct AlignedVec<T> {
    lines: Vec<Line<T>>,
    count: usize,
}

impl<T: Copy + Default> AlignedVec<T> {
    /// Makes a vector of `count` zeros.
    pub(crate) fn new(count: usize) -> Self {
        AlignedVec::filled(count, T::default)
    }
}

impl<T> AlignedVec<T> {
    /// Makes a vector of `count` results of `value`, which is called for the padding too.
    pub(crate) fn filled(count: usize, value: impl Fn() -> T) -> Self {
        let line = || Line(std::array::from_fn(|_| value()));
        AlignedVec { lines: std::iter::repeat_with(line).take(count.div_ceil(LINE)).collect(), count }
    }
}

impl<T> Deref for AlignedVec<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        const { assert!(size_of::<Line<T>>() == LINE * size_of::<T>()) };
        // SAFETY: lines have no padding, as asserted, so that their numbers are contiguous, and there are at least
        // `count`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.count) }
    }
}

impl<T> DerefMut for AlignedVec<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        const { assert!(size_of::<Line<T>>() == LINE * size_of::<T>()) };
        // SAFETY: as in `deref`; the borrow of `self` is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_vectors_begin_with_a_cache_line() {
        for count in [0, 1, 15, 16, 17, 1000] {
            let mut x = AlignedVec::<f32>::new(count);
            assert_eq!((x.len(), x.as_ptr() as usize % 64), (count, 0));
            x.iter_mut().enumerate().for_each(|(k, x)| *x += k as f32);
            assert!(x.clone().iter().enumerate().all(|(k, &x)| x == k as f32));
            assert_eq!(AlignedVec::<f64>::new(count).as_ptr() as usize % 64, 0);
        }
    }
}
