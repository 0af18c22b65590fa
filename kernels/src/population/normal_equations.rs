//! This module sums what the normal equations of a block consist of: the loss, `J^T W r` and `J^T W J`.

use super::MOST_TANGENTS as MOST;
use crate::Simd;

/// Number of steps whose derivatives are saved before they enter the products, or are recorded.
pub(super) const KEPT: usize = 8;

/// The sums of a block.
#[derive(Clone, Copy)]
pub(super) struct Sums<V> {
    pub(super) loss: V,
    pub(super) gradient: [V; MOST],
    pub(super) curvature: [V; MOST * (MOST + 1) / 2],
}

impl<V: Simd> Sums<V> {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        let zero = V::splat(0.0);
        Sums { loss: zero, gradient: [zero; MOST], curvature: [zero; MOST * (MOST + 1) / 2] }
    }

    /// Moves all of `other` here, and leaves zeros there.
    #[inline(always)]
    pub(super) fn take(&mut self, other: &mut Sums<V>, count: usize, pairs: usize) {
        let loss = (&mut self.loss, &mut other.loss);
        let gradient = self.gradient[..count].iter_mut().zip(&mut other.gradient);
        let curvature = self.curvature[..pairs].iter_mut().zip(&mut other.curvature);
        for (to, from) in std::iter::once(loss).chain(gradient).chain(curvature) {
            *to = *to + *from;
            *from = V::splat(0.0);
        }
    }
}

/// Steps that have not yet entered the products, or been recorded.
pub(super) struct Kept<V> {
    pub(super) values: [V; KEPT],
    pub(super) weights: [V; KEPT],
    pub(super) slopes: [[V; MOST]; KEPT],
}

impl<V: Simd> Kept<V> {
    #[inline(always)]
    pub(super) fn none() -> Self {
        let zero = V::splat(0.0);
        Kept { values: [zero; KEPT], weights: [zero; KEPT], slopes: [[zero; MOST]; KEPT] }
    }
}

/// Adds `sum_t w_t s_tk s_tl` to the sum of every pair of parameters `k` and `l`.
#[inline(always)]
pub(super) fn products<V: Simd>(slopes: &[[V; MOST]; KEPT], weights: &[V; KEPT], count: usize, sums: &mut Sums<V>) {
    let mut pair = 0;
    for k in 0..count {
        let mut weighted = [V::splat(0.0); KEPT];
        for ((w, &weight), slopes) in weighted.iter_mut().zip(weights).zip(slopes) {
            *w = weight * slopes[k];
        }
        for l in k..count {
            let mut sum = sums.curvature[pair];
            for (&w, slopes) in weighted.iter().zip(slopes) {
                sum = V::fma(w, slopes[l], sum);
            }
            sums.curvature[pair] = sum;
            pair += 1;
        }
    }
}
