//! Rows of several batch elements or steps, at equal distances.

/// Rows `[row, stride]` of several elements, each `pitch` numbers after those of the one before.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a, F> {
    /// The numbers of all elements, those of the first from the start.
    pub rows: &'a [F],
    /// Distance from one element to the next.
    pub pitch: usize,
}

/// As [`Strided`], to write.
pub(crate) struct StridedMut<'a, F> {
    /// The numbers of all elements, those of the first from the start.
    pub rows: &'a mut [F],
    /// Distance from one element to the next.
    pub pitch: usize,
}
