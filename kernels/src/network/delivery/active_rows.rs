//! This module computes the gradient w.r.t. spikes along dense projections for the neurons with a non-zero surrogate
//! derivative only.
//!
//! A surrogate derivative of compact support is zero for most neurons in most steps, and the gradient w.r.t. a spike is
//! multiplied by it. This product therefore skips the rows of all other neurons. The weights are
//! `[presynaptic neuron, target]`; a row that one element of a batch tile needs is fetched once for all elements.

use super::{
    batch_tile::{BATCH_TILE, InputCotangents, PerElement, PerElementMut},
    dense_transpose::{DenseTranspose, Targets},
};
use crate::{
    Level, Precision, Simd,
    simd::{self, Work},
};
use std::ops::Range;

/// Number of neurons whose surrogate derivatives are scanned before the rows of the active ones are read.
pub(super) const SCANNED: usize = 256;

/// Number of neurons whose activity fits one word of bits.
const WORD: usize = u64::BITS as usize;

impl<F: Precision> DenseTranspose<F> {
    /// Does the same as [`DenseTranspose::multiply`] for those neurons only whose surrogate derivative is not zero in
    /// at least one element of the tile. `slopes` are the surrogate derivatives, `[neuron of the group]`. `packed` is
    /// scratch memory.
    ///
    /// # Panics
    ///
    /// Panics if `packed` has less than [`BATCH_TILE`] rows of [`row_length`](DenseTranspose::row_length) numbers.
    pub(crate) fn multiply_active_rows(
        &self,
        elements: usize,
        inputs: InputCotangents<F>,
        slopes: PerElement<F>,
        spikes: PerElementMut<F>,
        packed: &mut [F],
        level: Level,
    ) {
        match elements {
            BATCH_TILE => {
                let mut work =
                    ActiveRows::<F, BATCH_TILE> { weights: self, element: 0, inputs, slopes, spikes, packed };
                simd::run(&mut work, level)
            }
            _ => {
                let mut work = ActiveRows::<F, 1> { weights: self, element: 0, inputs, slopes, spikes, packed };
                for e in 0..elements {
                    work.element = e;
                    simd::run(&mut work, level)
                }
            }
        }
    }
}

/// The product for the batch elements `element..element + E`.
struct ActiveRows<'a, F, const E: usize> {
    weights: &'a DenseTranspose<F>,
    element: usize,
    inputs: InputCotangents<'a, F>,
    slopes: PerElement<'a, F>,
    spikes: PerElementMut<'a, F>,
    /// Gradients w.r.t. the inputs of all targets of each element, in the order of [`DenseTranspose::row_major`].
    packed: &'a mut [F],
}

impl<F: Precision, const E: usize> Work<F> for ActiveRows<'_, F, E> {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        self.pack::<V>();
        let ActiveRows { weights, element, slopes, .. } = *self;
        let length = weights.row_length;
        let mut packed = [&self.packed[..0]; E];
        for (e, to) in packed.iter_mut().enumerate() {
            *to = &self.packed[e * length..][..length];
        }
        let spikes = &mut PerElementMut { values: &mut *self.spikes.values, pitch: self.spikes.pitch };
        let own = PerElement { values: &slopes.values[element * slopes.pitch + weights.first..], ..slopes };
        for begin in (0..weights.rows).step_by(SCANNED) {
            let mut found = [0; SCANNED];
            let found = support::<V>(own, E, begin..weights.rows.min(begin + SCANNED), &mut found);
            let (twos, rest) = found.as_chunks::<2>();
            // These are loops because closures would not be compiled for the vector instructions.
            for &rows in twos {
                dots::<V, 2, E>(weights, rows, &packed, element, spikes);
            }
            for &row in rest {
                dots::<V, 1, E>(weights, [row], &packed, element, spikes);
            }
        }
    }
}

impl<F: Precision, const E: usize> ActiveRows<'_, F, E> {
    /// Copies the gradients w.r.t. the inputs of all targets into `packed`.
    #[inline(always)]
    fn pack<V: Simd<Elem = F>>(&mut self) {
        let length = self.weights.row_length;
        for (e, mut to) in self.packed[..E * length].chunks_exact_mut(length).enumerate() {
            for part in &self.weights.parts {
                let &Targets { delay, column, .. } = part;
                let from = &self.inputs.rows.values[self.inputs.begin(self.element + e, delay, column)..];
                let (own, rest) = to.split_at_mut(part.padded());
                for (to, from) in own.chunks_exact_mut(V::LANES).zip(from.chunks_exact(V::LANES)) {
                    V::load(from).store(to);
                }
                to = rest;
            }
        }
    }
}

/// Adds the dot products of `R` rows with the packed gradients to the gradients w.r.t. the spikes of their neurons.
#[inline(always)]
fn dots<V: Simd<Elem: Precision>, const R: usize, const E: usize>(
    weights: &DenseTranspose<V::Elem>,
    rows: [usize; R],
    packed: &[&[V::Elem]; E],
    element: usize,
    spikes: &mut PerElementMut<V::Elem>,
) {
    let DenseTranspose { first, row_major, row_length, .. } = weights;
    let mut own = [&row_major[..0]; R];
    for (own, row) in own.iter_mut().zip(rows) {
        *own = &row_major[row * row_length..][..*row_length];
    }
    let mut sums = [[V::splat(0.0); E]; R];
    for o in (0..*row_length).step_by(V::LANES) {
        let mut w = [V::splat(0.0); R];
        for (w, own) in w.iter_mut().zip(&own) {
            // SAFETY: every row has `row_length` numbers, a multiple of the vector length, and `o` is below it.
            *w = V::load(unsafe { own.get_unchecked(o..o + V::LANES) });
        }
        for (e, by) in packed.iter().enumerate() {
            // SAFETY: `run` cuts each of `packed` to `row_length` numbers, so that the bound above holds here too.
            let b = V::load(unsafe { by.get_unchecked(o..o + V::LANES) });
            for (sums, &w) in sums.iter_mut().zip(&w) {
                sums[e] = V::fma(w, b, sums[e]);
            }
        }
    }
    for (row, sums) in rows.into_iter().zip(sums) {
        let mut four = [V::splat(0.0); BATCH_TILE];
        four[..E].copy_from_slice(&sums);
        for (e, sum) in V::totals(four).into_iter().take(E).enumerate() {
            spikes.values[(element + e) * spikes.pitch + first + row] += sum;
        }
    }
}

/// Finds the neurons of `own`, at most [`SCANNED`], whose surrogate derivative is not zero in at least one of the first
/// `elements`. They are written to `found` in ascending order.
#[inline(always)]
pub(super) fn support<'f, V: Simd<Elem: Precision>>(
    slopes: PerElement<V::Elem>,
    elements: usize,
    own: Range<usize>,
    found: &'f mut [usize; SCANNED],
) -> &'f [usize] {
    let mut count = 0;
    for begin in own.clone().step_by(WORD) {
        let own = begin..own.end.min(begin + WORD);
        let mut left = 0;
        for e in 0..elements {
            left |= nonzero_bits::<V>(&slopes.values[e * slopes.pitch..][own.clone()]);
        }
        while left != 0 {
            found[count] = begin + left.trailing_zeros() as usize;
            left &= left - 1;
            count += 1;
        }
    }
    &found[..count]
}

/// Returns a bit for each of at most [`WORD`] numbers, which is set where the number is not zero.
#[inline(always)]
fn nonzero_bits<V: Simd<Elem: Precision>>(x: &[V::Elem]) -> u64 {
    let (whole, rest) = (x.chunks_exact(V::LANES), x.len() / V::LANES * V::LANES);
    let mut bits = 0;
    for (k, lanes) in whole.enumerate() {
        bits |= u64::from(V::load(lanes).abs().positive()) << (k * V::LANES);
    }
    for (k, x) in x.iter().enumerate().skip(rest) {
        bits |= u64::from(*x != V::Elem::default()) << k;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        memory::LINE,
        network::{
            Delays, Edges,
            delivery::test_support::{
                by_projection, connectivity, noise, projection, random, sparse_noise, spike_gradient, tile_of,
            },
        },
    };

    /// Checks that both products equal those of plain loops; that of active rows adds nothing for the other neurons.
    fn holds<F: Precision>(elements: usize, level: Level, tolerance: f64) {
        let (all, some) = (Edges::dense(75, 37, Delays::Uniform(1)), random(75, 21, 0.6, Delays::Uniform(3)));
        let synapses = connectivity(&[83, 37, 21], vec![projection(0, 3, 1, 1, all), projection(0, 3, 2, 1, some)]);
        let weights = noise::<F>(1, synapses.synapses);
        let dense = DenseTranspose::all(&synapses, &by_projection(&synapses, &weights));
        let [dense] = &dense[..] else { panic!("two projections of the same neurons are packed together") };
        let (now, row_length) = (1, synapses.input_row);
        let (window, width) = (5 * row_length, 83usize.next_multiple_of(LINE) + LINE);
        let by = noise::<F>(2, elements * window);
        let inputs = InputCotangents { rows: PerElement { values: &by, pitch: window }, row_length, now };
        // The last row of the surrogate derivatives is not padded.
        let slopes = sparse_noise::<F>(3, elements * 83);
        let [mut full, mut active] = [0; 2].map(|_| vec![F::default(); elements * width]);
        dense.multiply(elements, inputs, PerElementMut { values: &mut full, pitch: width }, level);
        let mut packed = vec![F::default(); BATCH_TILE * dense.row_length];
        let (own, spikes) =
            (PerElement { values: &slopes[..], pitch: 83 }, PerElementMut { values: &mut active[..], pitch: width });
        dense.multiply_active_rows(elements, inputs, own, spikes, &mut packed, level);
        let mut seen = [0; 2];
        for e in 0..elements {
            for n in 0..83 {
                let on = tile_of(e, elements).any(|e| slopes[e * 83 + n] != F::default());
                let plain = spike_gradient(&synapses, &weights, n, now, |at| by[e * window + at].to());
                for (got, want) in [(&full, plain), (&active, if on { plain } else { 0.0 })] {
                    let got = got[e * width + n].to();
                    assert!((got - want).abs() <= tolerance, "{elements} {n}: {got} for {want}");
                }
                seen[usize::from(on)] += usize::from(plain.abs() > 0.1);
            }
        }
        assert!(seen.iter().all(|&n| n > 10 * elements), "{seen:?}");
    }

    #[test]
    fn products_with_active_and_all_rows_match_plain_loops() {
        for level in [Level::Baseline, Level::best()] {
            for elements in [1, 3, 4] {
                holds::<f64>(elements, level, 1e-12);
                holds::<f32>(elements, level, 1e-4);
            }
        }
    }
}
