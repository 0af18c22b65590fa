//! This module holds rows of several batch elements or steps, at equal distances.

/// The rows `[row, stride]` of several elements. Those of element `e` begin at `e * pitch`.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a, F> {
    /// The numbers of all elements, those of the first from the start.
    pub rows: &'a [F],
    /// Distance from one element to the next.
    pub pitch: usize,
}

/// A writable [`Strided`].
pub(crate) struct StridedMut<'a, F> {
    /// The numbers of all elements, those of the first from the start.
    pub rows: &'a mut [F],
    /// Distance from one element to the next.
    pub pitch: usize,
}
