//! Runs of samples that no membrane makes.

/// A run of exact zeros is padding from so many samples on that last so long, ms.
const ZEROS: (usize, f64) = (4, 2.0);
/// No spike stays above its level for this long, ms, and in this part of it at least.
const ABOVE: (f64, f64) = (10.0, 0.8);
/// A trace is noisy where at least this part of its changes turn back.
const TURNS: f64 = 0.25;
/// Equal samples in a noisy trace are stuck from so many on, that last so long, ms, and this many times longer than chance
/// makes them.
const STUCK: (usize, f64, f64) = (20, 5.0, 5.0);

/// Samples `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
}

impl Run {
    fn len(self) -> usize {
        self.end - self.start
    }

    pub fn overlaps(self, other: Run) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Where the run is, in words.
    pub fn words(self, dt: f64) -> String {
        let (from, to) = (self.start as f64 * dt, self.end as f64 * dt);
        format!("samples {} to {} ({from:.1} to {to:.1} ms)", self.start, self.end - 1)
    }
}

/// The longest run of samples that satisfy a condition.
fn longest(n: usize, holds: impl Fn(usize) -> bool) -> Option<Run> {
    let mut best: Option<Run> = None;
    let mut start = None;
    for k in 0..=n {
        match (k < n && holds(k), start) {
            (true, None) => start = Some(k),
            (false, Some(from)) => {
                let run = Run { start: from, end: k };
                best = best.filter(|best| best.len() >= run.len()).or(Some(run));
                start = None;
            }
            _ => {}
        }
    }
    best
}

/// The longest run of exact zeros, where it is no chance.
pub(super) fn zeros(voltage: &[f64], dt: f64) -> Option<Run> {
    longest(voltage.len(), |k| voltage[k] == 0.0).filter(|run| run.len() >= ZEROS.0 && run.len() as f64 * dt >= ZEROS.1)
}

/// The longest time above a level that is longer than a spike; a few samples below it do not end it.
pub(super) fn above(voltage: &[f64], dt: f64, level: f64) -> Option<Run> {
    let width = ((ABOVE.0 / dt).ceil() as usize).max(3);
    if voltage.len() < width {
        return None;
    }
    let mut sums = vec![0usize];
    voltage.iter().for_each(|v| sums.push(sums[sums.len() - 1] + usize::from(*v > level)));
    let least = (ABOVE.1 * width as f64).ceil() as usize;
    let run = longest(voltage.len() - width + 1, |k| sums[k + width] - sums[k] >= least)?;
    let (mut start, mut end) = (run.start, run.end + width - 1);
    while start < end && voltage[start] <= level {
        start += 1;
    }
    while end > start && voltage[end - 1] <= level {
        end -= 1;
    }
    Some(Run { start, end })
}

/// The longest run of equal samples in a trace that is noisy elsewhere, where it is no chance.
pub(super) fn stuck(voltage: &[f64], dt: f64) -> Option<Run> {
    let pairs = voltage.len().checked_sub(1)?;
    let run = longest(pairs, |k| voltage[k] == voltage[k + 1])?;
    let run = Run { start: run.start, end: run.end + 1 };
    let others = |k: &usize| *k < run.start || *k >= run.end;
    let changes: Vec<f64> = (0..pairs).filter(others).map(|k| voltage[k + 1] - voltage[k]).collect();
    let equal = changes.iter().filter(|change| **change == 0.0).count() as f64 / changes.len().max(1) as f64;
    let moves: Vec<f64> = changes.into_iter().filter(|change| *change != 0.0).collect();
    let turns = moves.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count() as f64;
    if moves.len() < 2 || turns < TURNS * moves.len() as f64 {
        return None;
    }
    // Of n pairs that are equal with probability p, the longest run has about ln n / -ln p.
    let chance = (voltage.len() as f64).ln() / -equal.clamp(0.05, 0.999).ln();
    let long = run.len() >= STUCK.0 && run.len() as f64 * dt >= STUCK.1 && run.len() as f64 > STUCK.2 * chance;
    long.then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trace at rest with uniform noise of 0.2 mV, rounded to a converter's steps.
    fn noisy(n: usize, step: f64) -> Vec<f64> {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        (0..n).map(|_| ((-70.0 + 0.7 * draw()) / step).round() * step).collect()
    }

    #[test]
    fn zeros_are_padding_where_they_last() {
        let mut voltage = noisy(4000, 0.1);
        voltage[1000] = 0.0;
        assert_eq!(zeros(&voltage, 0.25), None);
        voltage[3400..].fill(0.0);
        assert_eq!(zeros(&voltage, 0.25), Some(Run { start: 3400, end: 4000 }));
        assert_eq!(zeros(&[], 0.25), None);
    }

    #[test]
    fn a_plateau_is_longer_than_a_spike() {
        let mut voltage = noisy(4000, 0.1);
        for k in 0..20 {
            // Spikes of 4 ms at 100 Hz.
            voltage[1000 + 40 * k..1016 + 40 * k].fill(20.0);
        }
        assert_eq!(above(&voltage, 0.25, -10.0), None);
        voltage[3000..3100].fill(-5.0);
        voltage[3050] = -12.0;
        assert_eq!(above(&voltage, 0.25, -10.0), Some(Run { start: 3000, end: 3100 }));
    }

    #[test]
    fn only_a_noisy_trace_can_be_stuck() {
        for step in [0.1, 0.3, 0.01] {
            let mut voltage = noisy(4000, step);
            assert_eq!(stuck(&voltage, 0.25), None, "{step}");
            voltage[2000..2400].fill(-33.3);
            assert_eq!(stuck(&voltage, 0.25), Some(Run { start: 2000, end: 2400 }), "{step}");
        }
        // A simulated cell rests exactly, and decays in one direction.
        let smooth: Vec<f64> = (0..4000).map(|k| -70.0 + 20.0 * (-f64::from((k - 1000).max(0)) / 80.0).exp()).collect();
        assert_eq!(stuck(&smooth, 0.25), None);
        assert_eq!(stuck(&[], 0.25), None);
    }
}
