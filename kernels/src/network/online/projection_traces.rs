//! This module loops over the synapses of a projection: it finds arriving spikes and computes sums over rows.

use super::super::delivery::placed_projection::PlacedProjection;
use crate::Precision;
use crate::network::Delays;
use std::ops::Range;

/// Magnitude below which traces are set to zero: traces that decay would become denormal numbers, which are slow.
const NOTHING: f64 = 1e-30;

/// Calls `each` for the spikes of step `now` that arrive within `rows` steps, with the presynaptic row, its synapses,
/// their targets, and the step of arrival.
#[inline(always)]
pub(super) fn arrivals(
    link: &PlacedProjection,
    spikes: &[u32],
    now: isize,
    rows: usize,
    mut each: impl FnMut(usize, Range<usize>, &[u32], usize),
) {
    let edges = &link.edges;
    let place = |d: u16| Some(now + d as isize).filter(|r| (0..rows as isize).contains(r)).map(|r| r as usize);
    let uniform = match edges.delays {
        Delays::Uniform(d) => match place(d) {
            Some(row) => Some(row),
            None => return,
        },
        Delays::Each(_) => None,
    };
    let from = spikes.partition_point(|&n| n < link.first);
    for &n in &spikes[from..] {
        let pre = (n - link.first) as usize;
        if pre >= edges.rows() {
            break;
        }
        let range = synapses(link, pre);
        match (&edges.delays, uniform) {
            (_, Some(row)) => each(pre, range.clone(), &edges.targets[range], row),
            (Delays::Each(d), _) => {
                for e in range {
                    if let Some(row) = place(d[e]) {
                        each(pre, e..e + 1, &edges.targets[e..e + 1], row);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Returns the indices of the synapses of a row.
#[inline(always)]
pub(super) fn synapses(link: &PlacedProjection, row: usize) -> Range<usize> {
    link.edges.starts[row] as usize..link.edges.starts[row + 1] as usize
}

/// Returns the first target if the targets are consecutive.
#[inline(always)]
fn run_of(targets: &[u32]) -> Option<usize> {
    let (&first, &last) = (targets.first()?, targets.last()?);
    (last as usize - first as usize + 1 == targets.len()).then_some(first as usize)
}

/// Computes `to[s] += by[target of s]`.
#[inline(always)]
pub(super) fn gather_add<F: Precision>(to: &mut [F], by: &[F], targets: &[u32]) {
    match run_of(targets) {
        Some(first) => to.iter_mut().zip(&by[first..]).for_each(|(to, &x)| *to += x),
        None => to.iter_mut().zip(targets).for_each(|(to, &n)| *to += by[n as usize]),
    }
}

/// Computes `to[s] += by[target of s] x[s]`.
#[inline(always)]
pub(super) fn gather_product<F: Precision>(to: &mut [F], by: &[F], targets: &[u32], x: &[F]) {
    match run_of(targets) {
        Some(first) => product(to, &by[first..], x),
        None => to.iter_mut().zip(targets).zip(x).for_each(|((to, &n), &x)| *to += by[n as usize] * x),
    }
}

/// Computes `to[s] += by[target of s] x`.
#[inline(always)]
pub(super) fn gather_scaled<F: Precision>(to: &mut [F], by: &[F], targets: &[u32], x: F) {
    match run_of(targets) {
        Some(first) => scaled(to, &by[first..], x),
        None => to.iter_mut().zip(targets).for_each(|(to, &n)| *to += by[n as usize] * x),
    }
}

/// Computes `to += a b`.
#[inline(always)]
pub(super) fn product<F: Precision>(to: &mut [F], a: &[F], b: &[F]) {
    to.iter_mut().zip(a).zip(b).for_each(|((to, &a), &b)| *to += a * b);
}

/// Computes `to += a x`.
#[inline(always)]
pub(super) fn scaled<F: Precision>(to: &mut [F], a: &[F], x: F) {
    to.iter_mut().zip(a).for_each(|(to, &a)| *to += a * x);
}

/// Sets magnitudes below [`NOTHING`] to zero.
#[inline(always)]
pub(super) fn flush<F: Precision>(x: &mut [F]) {
    let (below, above) = (F::of(-NOTHING), F::of(NOTHING));
    x.iter_mut().for_each(|x| *x = if *x > below && *x < above { F::default() } else { *x });
}
