//! A piecewise constant current is cut into its levels.
//!
//! Changes are found by binary segmentation on the CUSUM statistic: the cut that separates two means best,
//!
//! ```text
//! |mean(left) - mean(right)| sqrt(n_left n_right / n) / sigma
//! ```
//!
//! is made while it exceeds a threshold of order sqrt(2 log n), then repeated on both sides (Vostrikova 1981;
//! Fryzlewicz 2014, doi:10.1214/14-AOS1245).

/// More levels than this is not a step protocol.
pub(super) const MOST_LEVELS: usize = 64;
/// Cuts stand this many times above what noise alone would reach.
const CAUTION: f64 = 1.5;
/// A level needs this many samples for its own slope to count.
const SLOPED: usize = 8;

/// Neighbouring samples of one mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub start: usize,
    pub end: usize,
    pub mean: f64,
}

impl Level {
    pub fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Cuts the best-separated segment first, until noise explains what is left or there are too many.
pub(super) fn segment(current: &[f64], sigma: f64) -> Vec<Level> {
    let mut sums = Vec::with_capacity(current.len() + 1);
    sums.push(0.0);
    for value in current {
        sums.push(sums[sums.len() - 1] + value);
    }
    let threshold = CAUTION * sigma * (2.0 * (current.len().max(2) as f64).ln()).sqrt();
    let mut open = vec![(0, current.len(), best_cut(&sums, 0, current.len()))];
    let mut closed = Vec::new();
    while let Some(at) = (0..open.len()).max_by(|a, b| open[*a].2.1.total_cmp(&open[*b].2.1)) {
        let (start, end, (cut, gain)) = open.swap_remove(at);
        if gain <= threshold || open.len() + closed.len() + 1 >= MOST_LEVELS {
            closed.push((start, end));
            continue;
        }
        open.push((start, cut, best_cut(&sums, start, cut)));
        open.push((cut, end, best_cut(&sums, cut, end)));
    }
    closed.sort_unstable();
    let mean = |start: usize, end: usize| (sums[end] - sums[start]) / (end - start).max(1) as f64;
    closed.into_iter().map(|(start, end)| Level { start, end, mean: mean(start, end) }).collect()
}

/// The cut of `start..end` with the largest CUSUM statistic, and that statistic.
fn best_cut(sums: &[f64], start: usize, end: usize) -> (usize, f64) {
    let (n, total) = ((end - start) as f64, sums[end] - sums[start]);
    let mut best = (start, 0.0);
    for cut in start + 1..end {
        let left = (cut - start) as f64;
        let excess = sums[cut] - sums[start] - total * left / n;
        let gain = excess.abs() / (left * (n - left) / n).sqrt();
        if gain > best.1 {
            best = (cut, gain);
        }
    }
    best
}

/// Mean square around the levels.
pub(super) fn unexplained(current: &[f64], levels: &[Level]) -> f64 {
    let square = |level: &Level| current[level.start..level.end].iter().map(|v| (v - level.mean).powi(2)).sum::<f64>();
    levels.iter().map(square).sum::<f64>() / current.len().max(1) as f64
}

/// Tells whether the levels only approximate a ramp: the current then rises within them about as much as between them, apart
/// from the one jump at which a ramp ends.
pub(super) fn is_ramp(current: &[f64], levels: &[Level]) -> bool {
    let jumps = || levels.windows(2).map(|pair| (pair[1].mean - pair[0].mean).abs());
    let between = jumps().sum::<f64>() - jumps().fold(0.0, f64::max);
    let within: f64 = levels.iter().filter(|level| level.len() >= SLOPED).map(|level| rise(current, level).abs()).sum();
    levels.len() > 3 && within > 0.5 * between
}

/// Rise of the straight line through a level, over its length.
fn rise(current: &[f64], level: &Level) -> f64 {
    let centre = 0.5 * (level.len() as f64 - 1.0);
    let (mut product, mut square) = (0.0, 0.0);
    for (k, value) in current[level.start..level.end].iter().enumerate() {
        let x = k as f64 - centre;
        product += x * (value - level.mean);
        square += x * x;
    }
    product / square * level.len() as f64
}

/// A moment between two levels is the filtered edge, not a step: it goes to the nearer level.
pub(super) fn drop_edges(levels: &mut Vec<Level>, longest: usize) {
    let mut at = 1;
    while at + 1 < levels.len() {
        let (before, here, after) = (levels[at - 1].mean, levels[at], levels[at + 1].mean);
        let between = here.mean > before.min(after) && here.mean < before.max(after);
        if here.len() > longest || !between {
            at += 1;
            continue;
        }
        if (here.mean - before).abs() < (here.mean - after).abs() {
            levels[at - 1].end = here.end;
        } else {
            levels[at + 1].start = here.start;
        }
        levels.remove(at);
    }
}

/// Joins neighbours that differ by less than `least`: drift, not a command.
pub(super) fn join(levels: &mut Vec<Level>, least: f64) {
    let mut at = 1;
    while at < levels.len() {
        let (before, here) = (levels[at - 1], levels[at]);
        if (before.mean - here.mean).abs() > least {
            at += 1;
            continue;
        }
        let weight = before.len() as f64 / (before.len() + here.len()) as f64;
        levels[at - 1].mean = weight * before.mean + (1.0 - weight) * here.mean;
        levels[at - 1].end = here.end;
        levels.remove(at);
    }
}

/// Holding is the level before the first step. A sweep cut at the onset begins with its step: if it returns to a
/// level nearer to zero and ends there, that is the holding.
pub(super) fn holding(levels: &[Level], least: f64) -> f64 {
    match levels {
        [] => 0.0,
        [first, last] if last.mean.abs() + least < first.mean.abs() => last.mean,
        [first, .., last] if (first.mean - last.mean).abs() <= least => {
            let weight = first.len() as f64 / (first.len() + last.len()) as f64;
            weight * first.mean + (1.0 - weight) * last.mean
        }
        [first, ..] => first.mean,
    }
}
