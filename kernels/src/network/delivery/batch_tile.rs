//! Arrays of the batch elements that go back through the same weights together.

/// Batch elements that go through a row of weights together, so that the row is fetched once for all of them.
pub(crate) const BATCH_TILE: usize = 4;

/// An array of each element of a batch tile, each `pitch` numbers after that of the element before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerElement<'a, F> {
    pub(crate) values: &'a [F],
    pub(crate) pitch: usize,
}

/// [`PerElement`] to be written to.
#[derive(Debug)]
pub(crate) struct PerElementMut<'a, F> {
    pub(crate) values: &'a mut [F],
    pub(crate) pitch: usize,
}

/// Gradients w.r.t. the inputs of all groups, `[row, input]` of each element, seen from one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputCotangents<'a, F> {
    pub(crate) rows: PerElement<'a, F>,
    /// Numbers of a row.
    pub(crate) row_length: usize,
    /// Row of the step in which the spikes were: a spike with delay `d` acted on row `now + d`.
    pub(crate) now: usize,
}

impl<F> InputCotangents<'_, F> {
    /// Where the inputs from `column` on, `delay` steps later, begin in the array of `element`.
    #[inline(always)]
    pub(crate) fn begin(&self, element: usize, delay: usize, column: usize) -> usize {
        element * self.rows.pitch + (self.now + delay) * self.row_length + column
    }
}
