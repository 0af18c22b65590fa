//! This module draws the samples that several rules need.

use brain_core::Stream;

/// Emits `k` different numbers of `0..n` in ascending order, where every subset is equally likely. It emits all of them
/// where `k >= n`.
pub(crate) fn distinct(n: u32, k: u32, stream: &mut Stream, mut emit: impl FnMut(u32)) {
    if k >= n {
        return (0..n).for_each(emit);
    }
    // The smaller of the subset and its complement is drawn.
    let (drawn, inside) = if k <= n / 2 { (k, true) } else { (n - k, false) };
    let mut chosen = Vec::with_capacity(drawn as usize);
    while chosen.len() < drawn as usize {
        chosen.extend((chosen.len()..drawn as usize).map(|_| stream.below(u64::from(n)) as u32));
        chosen.sort_unstable();
        chosen.dedup();
    }
    if inside {
        return chosen.into_iter().for_each(emit);
    }
    let mut out = chosen.into_iter().peekable();
    for i in 0..n {
        if out.peek() == Some(&i) {
            out.next();
        } else {
            emit(i);
        }
    }
}

/// Turns an index into `0..n` without `skipped` into an index into `0..n`.
pub(crate) fn without(i: u32, skipped: Option<u32>) -> u32 {
    i + u32::from(skipped.is_some_and(|s| i >= s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    #[test]
    fn subsets_are_uniform() {
        // Five numbers have 10 subsets of size 2 and 10 of size 3.
        for k in [2, 3] {
            let mut seen = std::collections::BTreeMap::new();
            for run in 0..10_000 {
                let mut set = vec![];
                distinct(5, k, &mut Seed::new(5).at(run), |i| set.push(i));
                assert!(set.windows(2).all(|w| w[0] < w[1]));
                *seen.entry(set).or_insert(0) += 1;
            }
            assert!(seen.len() == 10 && seen.values().all(|&n: &i32| (n - 1000).abs() < 130), "{seen:?}");
        }
        for (n, k) in [(3, 3), (3, 9), (0, 4), (7, 0)] {
            let mut count = 0;
            distinct(n, k, &mut Seed::new(5).at(0), |_| count += 1);
            assert_eq!(count, k.min(n));
        }
    }
}
