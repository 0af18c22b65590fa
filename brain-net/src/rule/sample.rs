//! Draws on which the rules stand.

use brain_core::Stream;

/// Emits, ascending, every one of `0..n` with probability `p`, by geometric gaps: the work is that of the successes.
///
/// The gap before the next success is `floor(ln(1 - u) / ln(1 - p))` (Devroye 1986, Non-Uniform Random Variate
/// Generation, chapter X.2).
pub(super) fn bernoulli_run(n: u64, p: f64, stream: &mut Stream, mut emit: impl FnMut(u64)) {
    if p >= 1.0 {
        (0..n).for_each(emit);
    } else if p > 0.0 {
        let scale = (-p).ln_1p().recip();
        let mut at = 0u64;
        loop {
            // Saturates: a gap beyond any n ends the run.
            let gap = ((1.0 - stream.uniform()).ln() * scale) as u64;
            at = at.saturating_add(gap);
            if at >= n {
                return;
            }
            emit(at);
            at += 1;
        }
    }
}

/// Emits `k` different ones of `0..n`, ascending, every set of them equally likely; all of them where `k >= n`.
pub(crate) fn distinct(n: u32, k: u32, stream: &mut Stream, mut emit: impl FnMut(u32)) {
    if k >= n {
        return (0..n).for_each(emit);
    }
    // What is rarer is drawn: those that are in, or those that are out.
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

/// Index `i` of `0..n` without `skipped`, as an index of `0..n`.
pub(crate) fn without(i: u32, skipped: Option<u32>) -> u32 {
    i + u32::from(skipped.is_some_and(|s| i >= s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    #[test]
    fn gaps_are_those_of_independent_coins() {
        let (n, p, runs) = (40u64, 0.15, 20_000);
        let mut hits = vec![0u32; n as usize];
        let (mut pairs, mut sum, mut squares) = (0u32, 0.0, 0.0);
        for run in 0..runs {
            let (mut last, mut count) = (None, 0.0);
            bernoulli_run(n, p, &mut Seed::new(3).at(run), |i| {
                hits[i as usize] += 1;
                pairs += u32::from(last == Some(i.wrapping_sub(1)));
                last = Some(i);
                count += 1.0;
            });
            sum += count;
            squares += count * count;
        }
        let runs = runs as f64;
        assert!(hits.iter().all(|&h| (f64::from(h) / runs - p).abs() < 0.012), "{hits:?}");
        let (mean, var) = (sum / runs, squares / runs - (sum / runs).powi(2));
        assert!((mean - 6.0).abs() < 0.07 && (var - 40.0 * p * (1.0 - p)).abs() < 0.2, "binomial: {mean} {var}");
        assert!((f64::from(pairs) / runs - 39.0 * p * p).abs() < 0.05, "neighbours are independent");
        let mut none = 0;
        bernoulli_run(1000, 0.0, &mut Seed::new(3).at(0), |_| none += 1);
        bernoulli_run(1000, 1e-300, &mut Seed::new(3).at(0), |_| none += 1);
        assert_eq!(none, 0);
    }

    #[test]
    fn subsets_are_uniform() {
        // The 10 subsets of size 2 and of size 3 of 5.
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
