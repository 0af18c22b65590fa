//! This module adds rows of weights to inputs where the targets of a row are consecutive, vector by vector.

use super::{connectivity::Connectivity, input_rows::InputRows};
use crate::{Precision, Simd, network::Delays};

/// Adds the packed weights of `K` neurons, which spiked in the step of row `now`, to the inputs of all their targets.
/// `projections` are those of their group; all of them are all-to-all, so that each has one delay.
#[inline(always)]
pub(super) fn deliver<V: Simd<Elem: Precision>, const K: usize>(
    connectivity: &Connectivity,
    weights: &[V::Elem],
    projections: &[usize],
    neurons: [u32; K],
    now: isize,
    inputs: &mut InputRows<V::Elem>,
) {
    for &k in projections {
        let (p, packed) = (&connectivity.projections[k], connectivity.layout.rows[k]);
        let Delays::Uniform(delay) = &p.edges.delays else { continue };
        let Some(base) = inputs.begin(now, *delay, p.column) else { continue };
        let mut rows = [&weights[..0]; K];
        for (row, &n) in rows.iter_mut().zip(&neurons) {
            *row = &weights[packed.row(p, n as usize)];
        }
        add_rows::<V, K>(&mut inputs.values[base..][..rows[0].len()], rows);
    }
}

/// Adds `K` rows in their order to a row of the same length.
///
/// # Panics
///
/// Panics if the lengths differ.
#[inline(always)]
pub(super) fn add_rows<V: Simd, const K: usize>(to: &mut [V::Elem], rows: [&[V::Elem]; K]) {
    let (count, whole) = (to.len(), to.len() / V::LANES * V::LANES);
    assert!(rows.iter().all(|row| row.len() == count));
    for o in (0..whole).step_by(V::LANES) {
        // SAFETY: `o + V::LANES <= whole <= count`, and the assertion says that all slices have length `count`.
        unsafe {
            let to = to.get_unchecked_mut(o..o + V::LANES);
            let mut sum = V::load(to);
            for row in &rows {
                sum = sum + V::load(row.get_unchecked(o..o + V::LANES));
            }
            sum.store(to);
        }
    }
    if whole < count {
        let to = &mut to[whole..];
        let mut sum = V::load_some(to);
        for row in rows {
            sum = sum + V::load_some(&row[whole..]);
        }
        sum.store_some(to);
    }
}
