//! A slice that threads write to at once, each to places of its own.

use std::marker::PhantomData;

/// A mutable slice, shared by threads that write to disjoint parts of it.
///
/// Like a `&mut [T]` it borrows the numbers exclusively; unlike one it can be copied, and the threads' disjointness is
/// up to them: that is what the unsafe methods ask for.
pub(crate) struct DisjointMut<'a, T> {
    at: *mut T,
    length: usize,
    borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: it is a `&mut [T]`, which may go to another thread if `T` may.
unsafe impl<T: Send> Send for DisjointMut<'_, T> {}
// SAFETY: sharing it hands out parts that do not overlap, by the contract of its methods: each is like a `&mut [T]` that
// is sent to one thread.
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

    /// The places `first..first + count`.
    ///
    /// # Panics
    /// If they are not all within the slice.
    ///
    /// # Safety
    /// As long as the part is used, nobody else uses a part with a place of it.
    #[inline(always)]
    pub(crate) unsafe fn part(&self, first: usize, count: usize) -> &'a mut [T] {
        assert!(first <= self.length && count <= self.length - first);
        // SAFETY: within the slice, as asserted, and used by the caller alone.
        unsafe { std::slice::from_raw_parts_mut(self.at.add(first), count) }
    }

    /// A pointer to the place `first`, from where on the caller writes to places of its own.
    ///
    /// # Panics
    /// If it is not within the slice.
    #[inline(always)]
    pub(crate) fn pointer(&self, first: usize) -> *mut T {
        assert!(first < self.length);
        // SAFETY: within the slice, as asserted.
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
