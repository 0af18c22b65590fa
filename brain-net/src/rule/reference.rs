//! The reference code's Gaussian rule on the line of indices.

use crate::network::{Rows, draw_rows};
use brain_core::Seed;

/// Pairs `i, j` with probability `exp(-(i-j)^2 / (2 sigma^2))`, one uniform for every pair in reach; beyond 9 sigma the
/// probability is below 1e-17.
pub(super) fn gaussian(pre: u32, post: u32, sigma: f64, own: impl Fn(u32) -> Option<u32> + Sync, seed: Seed) -> Rows {
    let reach = (9.0 * sigma).ceil() as u32;
    draw_rows(pre, true, |i, emit| {
        let mut stream = seed.at(i.into());
        for j in i.saturating_sub(reach)..i.saturating_add(reach).saturating_add(1).min(post) {
            let x = f64::from(i.abs_diff(j)) / sigma;
            if stream.bernoulli((-0.5 * x * x).exp()) && own(i) != Some(j) {
                emit(j);
            }
        }
    })
}
