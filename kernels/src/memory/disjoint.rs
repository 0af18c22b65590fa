//! This module provides a slice that threads write to concurrently, each to places of its own.

use std::marker::PhantomData;

/// A mutable slice that threads share and write to disjoint parts of.
///
/// Like a `&mut [T]` it borrows the numbers exclusively. Unlike one it can be copied, and callers of the unsafe methods
/// must ensure that the parts are disjoint.
pub(crate) struct DisjointMut<'a, T> {
    at: *mut T,
    length: usize,
    borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: it acts as a `&mut [T]`, which may be sent to another thread if `T` may.
unsafe impl<T: Send> Send for DisjointMut<'_, T> {}
// SAFETY: by the contract of its methods, the parts that are accessed through shared references do not overlap, so that
// each acts as a `&mut [T]` that is sent to one thread.
unsafe impl<T: Send> Sync for DisjointMut<'_, T> {}

impl<T> Clone for DisjointMut<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for DisjointMut<'_, T> {}

impl<'a, T> DisjointMut<'a, T> {
    pub(crate) fn new(slice: &'a mut [T]) -> Self {
        DisjointMut { at: slice.as_mut_ptr(), length: slice.len(), borrowed: PhantomData }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the places `first..first + count`.
    ///
    /// # Panics
    /// Panics if they are not all within the slice.
    ///
    /// # Safety
    /// While the part is in use, no other part that overlaps with it may be used.
    #[inline(always)]
    pub(crate) unsafe fn part(&self, first: usize, count: usize) -> &'a mut [T] {
        assert!(first <= self.length && count <= self.length - first);
        // SAFETY: the assertion keeps the part within the slice, and the caller ensures that no other part overlaps
        // with it.
        unsafe { std::slice::from_raw_parts_mut(self.at.add(first), count) }
    }

    /// Returns a pointer to the place `first`, through which the caller may write to places of its own.
    ///
    /// # Panics
    /// Panics if the place is not within the slice.
    #[inline(always)]
    pub(crate) fn pointer(&self, first: usize) -> *mut T {
        assert!(first < self.length);
        // SAFETY: the assertion keeps the place within the slice.
        unsafe { self.at.add(first) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_write_to_their_parts() {
        let mut x = vec![0; 100];
        let shared = DisjointMut::new(&mut x);
        std::thread::scope(|scope| {
            for k in 0..4 {
                // SAFETY: the parts do not overlap.
                scope.spawn(move || unsafe { shared.part(25 * k, 25) }.fill(k));
            }
        });
        assert!(x.iter().enumerate().all(|(k, &x)| x == k / 25));
    }

    #[test]
    #[should_panic(expected = "first <= self.length")]
    fn a_part_beyond_the_end_is_refused() {
        // SAFETY: there is no other part.
        unsafe { DisjointMut::new(&mut [0; 4]).part(3, 2) };
    }
}
