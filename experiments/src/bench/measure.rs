//! The clock.

use std::time::Instant;

/// Seconds of each of `repeats` runs; a run before them warms caches and pages.
pub(super) fn repeat(repeats: usize, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Vec<f64>> {
    work()?;
    let timed = (0..repeats).map(|_| {
        let begin = Instant::now();
        work()?;
        Ok(begin.elapsed().as_secs_f64())
    });
    timed.collect()
}

/// Middle of the sorted values.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    (low + high) / 2.0
}
