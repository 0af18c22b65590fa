//! This module is the clock.

use std::time::Instant;

/// Measures the seconds of each of `repeats` runs; a run before them warms caches and pages.
pub(super) fn repeat(repeats: usize, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Vec<f64>> {
    work()?;
    let timed = (0..repeats).map(|_| {
        let begin = Instant::now();
        work()?;
        Ok(begin.elapsed().as_secs_f64())
    });
    timed.collect()
}
