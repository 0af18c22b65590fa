//! This module holds the arrays of a batch tile: batch elements that are propagated through the same weights together.

/// Number of batch elements of a tile. A row of weights is fetched once for all of them.
pub(crate) const BATCH_TILE: usize = 4;

/// An array for each element of a batch tile. The array of element `e` begins at `e * pitch`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerElement<'a, F> {
    pub(crate) values: &'a [F],
    pub(crate) pitch: usize,
}

/// A writable [`PerElement`].
#[derive(Debug)]
pub(crate) struct PerElementMut<'a, F> {
    pub(crate) values: &'a mut [F],
    pub(crate) pitch: usize,
}

/// The gradients w.r.t. the inputs of all groups, `[row, input]` of each element, relative to one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputCotangents<'a, F> {
    pub(crate) rows: PerElement<'a, F>,
    /// Length of a row.
    pub(crate) row_length: usize,
    /// Row of the step of the spikes: a spike with delay `d` acted on row `now + d`.
    pub(crate) now: usize,
}

impl<F> InputCotangents<'_, F> {
    /// Returns the index of input `column`, `delay` steps later, in the array of `element`.
    #[inline(always)]
    pub(crate) fn begin(&self, element: usize, delay: usize, column: usize) -> usize {
        element * self.rows.pitch + (self.now + delay) * self.row_length + column
    }
}
