//! Currents that no levels describe: their measurement noise, whether they turn back often, and when they are on.

use brain_core::stats::{mean, median, sd};

/// The current is averaged over this, ms, where its turns are counted, and its base is the median over it.
const AVERAGED: f64 = 5.0;
/// A base before or after the stimulus lasts at least this long, ms.
const BASE: f64 = 10.0;
/// A base fluctuates by no more than this part of the standard deviation of the whole current.
const QUIET: f64 = 0.33;
/// A sample has left the base beyond this many standard deviations of the base, or this part of the range.
const LEFT: (f64, f64) = (6.0, 0.02);

/// Noise of one sample, from differences of neighbours: their median where noise moves most samples, the mean
/// square of all but the largest where the converter's steps hide it.
pub(super) fn noise(current: &[f64]) -> f64 {
    let mut steps: Vec<f64> = current.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    if steps.is_empty() {
        return 0.0;
    }
    steps.sort_by(f64::total_cmp);
    let median = steps[steps.len() / 2] / 0.6745;
    let kept = &steps[..steps.len() - (steps.len() / 100).max(20).min(steps.len())];
    let mean_square = kept.iter().map(|step| step * step).sum::<f64>() / kept.len().max(1) as f64;
    if median > 0.0 {
        median.min(1.5 * mean_square.sqrt().max(median / 1.5)) / 2f64.sqrt()
    } else {
        (mean_square / 2.0).sqrt()
    }
}

/// Whether the current turns back often: its path, in means of 5 ms, is many times its range.
pub(super) fn fluctuates(current: &[f64], dt_ms: f64) -> bool {
    let means: Vec<f64> = current.chunks(samples(AVERAGED, dt_ms, current.len())).map(mean).collect();
    let path: f64 = means.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    let (low, high) = extremes(&means);
    path > 12.0 * (high - low)
}

/// The samples between the base before the stimulus and the base after it; all samples where there is neither.
pub(super) fn active(current: &[f64], dt_ms: f64) -> (usize, usize) {
    let (low, high) = extremes(current);
    let (range, whole) = (high - low, sd(current));
    let first = base(current.iter().copied(), current.len(), dt_ms, range, whole);
    let last = base(current.iter().rev().copied(), current.len(), dt_ms, range, whole);
    match first + last < current.len() {
        true => (first, current.len() - last),
        false => (0, current.len()),
    }
}

/// Number of samples, from the first on, that stay at the level of the first 5 ms; none where that is not a base.
fn base(current: impl Iterator<Item = f64> + Clone, n: usize, dt_ms: f64, range: f64, whole: f64) -> usize {
    let beginning: Vec<f64> = current.clone().take(samples(AVERAGED, dt_ms, n)).collect();
    if beginning.is_empty() || sd(&beginning) > QUIET * whole {
        return 0;
    }
    let level = median(&beginning);
    let least = (LEFT.0 * noise(&beginning)).max(LEFT.1 * range);
    let stays = current.take_while(|value| (value - level).abs() <= least).count();
    if stays as f64 * dt_ms >= BASE { stays } else { 0 }
}

fn samples(time_ms: f64, dt_ms: f64, most: usize) -> usize {
    ((time_ms / dt_ms.max(1e-6)) as usize).clamp(1, most.max(1))
}

fn extremes(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)))
}
