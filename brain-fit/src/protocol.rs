//! A protocol is what was injected: holding current, steps, noise, or nothing.
//!
//! A measured current is its command plus a few pA of noise, so a step is a change of mean, not of sample.
//! Changes are found by binary segmentation on the CUSUM statistic: the cut that separates two means best,
//!
//! ```text
//! |mean(left) - mean(right)| sqrt(n_left n_right / n) / sigma
//! ```
//!
//! is made while it exceeds a threshold of order sqrt(2 log n), then repeated on both sides (Vostrikova 1981;
//! Fryzlewicz 2014, doi:10.1214/14-AOS1245). The noise sigma comes from differences of neighbouring samples, which
//! a step hardly touches. A current that a few tens of levels do not describe is noise or a ramp.

use brain_core::stats::{median, quantile, sd};
use serde::{Deserialize, Serialize};

/// More levels than this is not a step protocol.
const MOST_LEVELS: usize = 64;
/// A command takes at most this long, or two samples, to reach the amplifier's output.
const EDGE_MS: f64 = 0.2;
/// The current is averaged over this, ms, where the edges of the stimulus are looked for.
const SMOOTHING: f64 = 5.0;
/// Cuts stand this many times above what noise alone would reach.
const CAUTION: f64 = 1.5;

/// The shape of the injected current over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Waveform {
    /// Nothing injected, not even to hold the cell.
    Zero,
    /// The holding current throughout.
    Constant,
    /// Steps between constant levels.
    Steps,
    /// A fluctuating current, such as frozen noise.
    Noise,
    /// Ramps, sinusoids, synaptic waveforms.
    Varying,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurrentStep {
    /// Start of the first sample at the new level, ms.
    pub onset_ms: f64,
    /// End of the last sample at it, ms.
    pub offset_ms: f64,
    /// Mean current above holding, pA.
    pub amplitude_pa: f64,
}

/// A protocol is what the experimenter did, as far as the current tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// The kind of stimulus.
    pub stimulus: Waveform,
    /// Mean current before the first step, or of the whole sweep where there is none, pA.
    pub holding_pa: f64,
    /// Standard deviation of the measurement noise, pA.
    pub noise_pa: f64,
    /// The steps in order; empty unless the stimulus is [`Waveform::Steps`].
    pub steps: Vec<CurrentStep>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    start: usize,
    end: usize,
    mean: f64,
}

impl Level {
    fn len(&self) -> usize {
        self.end - self.start
    }
}

impl Protocol {
    /// Recovers the protocol of a current; an empty one is [`Waveform::Zero`].
    pub fn of(current_pa: &[f64], dt_ms: f64) -> Self {
        let peak = current_pa.iter().fold(0.0f64, |peak, value| peak.max(value.abs()));
        let noise_pa = noise(current_pa);
        let mean = current_pa.iter().sum::<f64>() / current_pa.len().max(1) as f64;
        let flat = |stimulus, holding_pa| Self { stimulus, holding_pa, noise_pa, steps: Vec::new() };
        if peak == 0.0 {
            return flat(Waveform::Zero, 0.0);
        }
        let sigma = noise_pa.max(1e-6 * peak);
        let mut levels = segment(current_pa, sigma);
        if levels.len() >= MOST_LEVELS || unexplained(current_pa, &levels) > (2.5 * sigma).powi(2) {
            return flat(if fluctuates(current_pa, dt_ms) { Waveform::Noise } else { Waveform::Varying }, mean);
        }
        drop_edges(&mut levels, ((EDGE_MS / dt_ms.max(1e-6)) as usize).max(2));
        let range = levels.iter().map(|level| (level.mean - levels[0].mean).abs()).fold(0.0, f64::max);
        let least = (0.5 * noise_pa).max(0.02 * range).max(if noise_pa > 0.0 { 0.5 } else { 0.0 });
        join(&mut levels, least);
        let holding_pa = holding(&levels, least);
        let steps: Vec<CurrentStep> = levels
            .iter()
            .filter(|level| (level.mean - holding_pa).abs() > least)
            .map(|level| CurrentStep {
                onset_ms: level.start as f64 * dt_ms,
                offset_ms: level.end as f64 * dt_ms,
                amplitude_pa: level.mean - holding_pa,
            })
            .collect();
        let nothing = holding_pa.abs() <= 0.1 * noise_pa && noise_pa > 0.0;
        match (steps.is_empty(), nothing) {
            (true, true) => flat(Waveform::Zero, holding_pa),
            (true, false) => flat(Waveform::Constant, holding_pa),
            (false, _) => Self { stimulus: Waveform::Steps, holding_pa, noise_pa, steps },
        }
    }

    /// Finds the step that lasts longest: responses are measured on it.
    pub fn main_step(&self) -> Option<CurrentStep> {
        self.steps.iter().copied().max_by(|a, b| (a.offset_ms - a.onset_ms).total_cmp(&(b.offset_ms - b.onset_ms)))
    }
}

/// Holding is the level before the first step. A sweep cut at the onset begins with its step: if it returns to a
/// level nearer to zero and ends there, that is the holding.
fn holding(levels: &[Level], least: f64) -> f64 {
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

/// Noise of one sample, from differences of neighbours: their median where noise moves most samples, the mean
/// square of all but the largest where the converter's steps hide it.
fn noise(current: &[f64]) -> f64 {
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

/// Cuts the best-separated segment first, until noise explains what is left or there are too many.
fn segment(current: &[f64], sigma: f64) -> Vec<Level> {
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
fn unexplained(current: &[f64], levels: &[Level]) -> f64 {
    let square = |level: &Level| current[level.start..level.end].iter().map(|v| (v - level.mean).powi(2)).sum::<f64>();
    levels.iter().map(square).sum::<f64>() / current.len().max(1) as f64
}

/// A moment between two levels is the filtered edge, not a step: it goes to the nearer level.
fn drop_edges(levels: &mut Vec<Level>, longest: usize) {
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
fn join(levels: &mut Vec<Level>, least: f64) {
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

/// Whether the current turns back often: its path, in means of 5 ms, is many times its range.
fn fluctuates(current: &[f64], dt_ms: f64) -> bool {
    let window = ((5.0 / dt_ms.max(1e-6)) as usize).clamp(1, current.len().max(1));
    let means: Vec<f64> = current.chunks(window).map(brain_core::stats::mean).collect();
    let path: f64 = means.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    path > 12.0 * (high - low)
}

/// The time in which the stimulus of a sweep is on, for fits and figures.
///
/// It needs no model of the noise as [`Protocol`] does: the edges are where the current, averaged over 5 ms, is half way
/// from its base to its extreme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StimulusWindow {
    /// The stimulus begins here, ms; it is 0 where the current fluctuates from the start.
    pub onset_ms: f64,
    /// It ends here, ms.
    pub end_ms: f64,
    /// It is true where the current fluctuates all along instead of stepping.
    pub noise: bool,
}

impl StimulusWindow {
    /// Finds the window of a current; there is none where the current never changes, or is too short to be averaged.
    pub fn of(current_pa: &[f64], dt_ms: f64) -> Option<Self> {
        let (current, dt) = (current_pa, dt_ms);
        let n = ((SMOOTHING / dt) as usize).max(1);
        if current.len() <= n {
            return None;
        }
        let smooth = moving_average(current, n);
        let inner = &smooth[n.min(smooth.len() / 3)..smooth.len() - n.min(smooth.len() / 3)];
        let base = median(&smooth[..((50.0 / dt) as usize).clamp(1, smooth.len())]);
        let range = (quantile(inner, 0.995) - base).max(base - quantile(inner, 0.005));
        if range <= 1e-9 {
            return None;
        }
        let early = &smooth[n..((100.0 / dt) as usize).clamp(n + 1, smooth.len())];
        if sd(early) > 0.2 * range {
            return Some(Self { onset_ms: 0.0, end_ms: current.len() as f64 * dt, noise: true });
        }
        let on = |x: &f64| (x - base).abs() > 0.5 * range;
        let (first, last) = (smooth.iter().position(on)?, smooth.iter().rposition(on)?);
        Some(Self { onset_ms: first as f64 * dt, end_ms: last as f64 * dt, noise: false })
    }
}

/// Mean over `n` samples around each; missing ones count as zero.
fn moving_average(x: &[f64], n: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    for v in x {
        sums.push(sums[sums.len() - 1] + v);
    }
    let after = (n - 1) / 2;
    (0..x.len())
        .map(|i| (sums[(i + after + 1).min(x.len())] - sums[(i + after + 1).saturating_sub(n)]) / n as f64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform noise of standard deviation `sd`, the same on every run.
    fn noisy(command: impl Fn(usize) -> f64, samples: usize, sd: f64) -> Vec<f64> {
        let mut state = 0x2545_f491_4f6c_dd1du64;
        let draw = |state: &mut u64| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            (*state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        (0..samples).map(|index| command(index) + 12f64.sqrt() * sd * draw(&mut state)).collect()
    }

    fn pulse(index: usize) -> f64 {
        if (2800..10_800).contains(&index) { 93.0 } else { -12.0 }
    }

    #[test]
    fn a_noisy_step() {
        for sd in [0.0, 3.0, 10.0] {
            let protocol = Protocol::of(&noisy(pulse, 12_000, sd), 0.25);
            assert_eq!(protocol.stimulus, Waveform::Steps, "{sd}");
            assert!((protocol.noise_pa - sd).abs() < 0.3 * sd + 1e-9, "{protocol:?}");
            assert!((protocol.holding_pa + 12.0).abs() < 0.5, "{protocol:?}");
            let [step] = protocol.steps[..] else { panic!("{protocol:?}") };
            assert_eq!((step.onset_ms, step.offset_ms), (700.0, 2700.0), "{sd}");
            assert!((step.amplitude_pa - 105.0).abs() < 0.6, "{step:?}");
        }
    }

    #[test]
    fn a_step_no_larger_than_the_noise() {
        let protocol = Protocol::of(&noisy(|i| if (2800..10_800).contains(&i) { 6.8 } else { 0.0 }, 12_000, 5.0), 0.25);
        let [step] = protocol.steps[..] else { panic!("{protocol:?}") };
        assert!((step.onset_ms - 700.0).abs() < 10.0 && (step.amplitude_pa - 6.8).abs() < 0.5, "{step:?}");
    }

    #[test]
    fn short_pulses_and_several_levels() {
        let train = |i: usize| if i >= 1000 && i % 1000 < 40 { 800.0 } else { 0.0 };
        let protocol = Protocol::of(&noisy(train, 20_000, 2.0), 0.05);
        assert_eq!(protocol.steps.len(), 19);
        assert_eq!((protocol.steps[0].onset_ms, protocol.steps[0].offset_ms), (50.0, 52.0));
        let stairs = Protocol::of(&noisy(|i| [0.0, -50.0, 100.0, 0.0][i / 1000], 4000, 3.0), 0.1);
        assert_eq!(stairs.steps.iter().map(|step| step.amplitude_pa.round()).collect::<Vec<_>>(), [-50.0, 100.0]);
    }

    #[test]
    fn nothing_constant_noise_and_ramps() {
        let kind = |current: &[f64]| Protocol::of(current, 0.1).stimulus;
        assert_eq!(kind(&[]), Waveform::Zero);
        assert_eq!(kind(&[0.0; 1000]), Waveform::Zero);
        assert_eq!(kind(&[50.0; 1000]), Waveform::Constant);
        assert_eq!(kind(&noisy(|_| 50.0, 5000, 3.0)), Waveform::Constant);
        assert_eq!(Protocol::of(&[50.0; 9], 0.1).holding_pa, 50.0);
        let mut ou = noisy(|_| 0.0, 50_000, 1.0);
        let mut state = 0.0;
        ou.iter_mut().for_each(|x| {
            state += -state * 0.1 / 3.0 + 40.0 * *x;
            *x = state + 100.0;
        });
        assert_eq!(kind(&ou), Waveform::Noise);
        assert_eq!(kind(&noisy(|_| 0.0, 5000, 3.0)), Waveform::Zero);
        assert_eq!(kind(&noisy(|i| i as f64 / 10.0, 20_000, 3.0)), Waveform::Varying);
        assert_eq!(kind(&noisy(|i| i as f64 / 10.0, 20_000, 0.0)), Waveform::Varying);
    }

    #[test]
    fn a_sweep_cut_at_its_onset() {
        let protocol = Protocol::of(&noisy(|i| if i < 1000 { 80.0 } else { 0.0 }, 3000, 2.0), 0.1);
        assert_eq!((protocol.steps[0].onset_ms, protocol.steps[0].offset_ms), (0.0, 100.0));
        assert!(protocol.holding_pa.abs() < 0.5);
    }

    #[test]
    fn the_window_of_a_step_and_of_noise() {
        let current: Vec<f64> = (0..8000).map(|k| if (2000..6000).contains(&k) { 80.0 } else { -20.0 }).collect();
        let window = StimulusWindow::of(&current, 0.25).unwrap();
        assert!((window.onset_ms - 500.0).abs() < 1.0 && (window.end_ms - 1500.0).abs() < 1.0 && !window.noise);
        for flat in [&[0.0; 4000][..], &[1.0, 2.0], &[]] {
            assert!(StimulusWindow::of(flat, 0.25).is_none());
        }
        // A small test pulse at 50 ms is not the stimulus at 200 ms.
        let pulse = |k: usize| if (200..240).contains(&k) { -20.0 } else { 0.0 };
        let tested: Vec<f64> = (0..4000).map(|k| if k >= 800 { 100.0 } else { pulse(k) }).collect();
        assert!((StimulusWindow::of(&tested, 0.25).unwrap().onset_ms - 200.0).abs() < 1.0);
        let noisy: Vec<f64> = (0..8000).map(|k| ((k as f64) * 0.01).sin() * 50.0).collect();
        assert!(StimulusWindow::of(&noisy, 0.25).unwrap().noise);
    }
}
