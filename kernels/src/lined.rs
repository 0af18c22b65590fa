//! Numbers that begin with a cache line, so that vectors of them do not cross one.

use std::ops::{Deref, DerefMut};

/// Numbers that rows are padded to: a multiple of every vector's lanes, and whole cache lines.
pub(crate) const LINE: usize = 16;

#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line<F>([F; LINE]);

/// A slice of its own, as a boxed one is.
#[derive(Clone, Debug)]
pub(crate) struct Lined<F> {
    lines: Vec<Line<F>>,
    count: usize,
}

impl<F: Copy + Default> Lined<F> {
    /// So many zeros.
    pub(crate) fn new(count: usize) -> Self {
        Lined { lines: vec![Line([F::default(); LINE]); count.div_ceil(LINE)], count }
    }
}

impl<F> Deref for Lined<F> {
    type Target = [F];
    #[inline(always)]
    fn deref(&self) -> &[F] {
        // SAFETY: lines follow each other without gaps, and hold as many.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.count) }
    }
}

impl<F> DerefMut for Lined<F> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [F] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_with_a_cache_line() {
        for count in [0, 1, 15, 16, 17, 1000] {
            let mut x = Lined::<f32>::new(count);
            assert_eq!((x.len(), x.as_ptr() as usize % 64), (count, 0));
            x.iter_mut().enumerate().for_each(|(k, x)| *x += k as f32);
            assert!(x.clone().iter().enumerate().all(|(k, &x)| x == k as f32));
            assert_eq!(Lined::<f64>::new(count).as_ptr() as usize % 64, 0);
        }
    }
}
