//! This module holds the inputs that spikes are added to, and the loop that takes four spikes at a time.

/// The inputs of all groups that spikes are added to, `[row, input]`, with a row for each step.
pub(crate) struct InputRows<'a, F> {
    pub(crate) values: &'a mut [F],
    /// Length of a row.
    pub(crate) row_length: usize,
    /// Whether the rows are a ring buffer. Where they are not, spikes that would arrive before the first or after the
    /// last row are dropped.
    pub(crate) ring: bool,
}

impl<F> InputRows<'_, F> {
    /// Returns the index of input `column` in the row in which a spike of row `now` arrives after `delay` steps; `None`
    /// where there is no such row.
    #[inline(always)]
    pub(super) fn begin(&self, now: isize, delay: u16, column: usize) -> Option<usize> {
        let all = self.values.len() as isize;
        let mut at = (now + delay as isize) * self.row_length as isize;
        if self.ring && at >= all {
            at -= all;
        }
        (at >= 0 && at < all).then_some(at as usize + column)
    }
}

/// Runs the body for a whole slice, in arrays of four and one array of the rest.
///
/// This is a macro because the body is compiled for each length, over which its loops unroll, and because a closure
/// would not be compiled for the vector instructions.
macro_rules! by_fours {
    ($all:expr, |$some:ident| $body:expr) => {
        let (fours, rest) = $all.as_chunks::<4>();
        for &$some in fours {
            $body
        }
        match *rest {
            [a, b, c] => {
                let $some = [a, b, c];
                $body
            }
            [a, b] => {
                let $some = [a, b];
                $body
            }
            [a] => {
                let $some = [a];
                $body
            }
            _ => {}
        }
    };
}
pub(super) use by_fours;
