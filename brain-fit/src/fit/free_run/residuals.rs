//! Residuals compare a free run with a recording, and say how they move with the parameters.
//!
//! | what | residual |
//! |---|---|
//! | time `t` of spikes 1, 2, 3, 5 .. n | `2 w / e log((t + 5 ms) / (t_data + 5 ms))`, with `e` the expected error |
//! | their peak, the logarithm of their width, the potential at parts of the next interval | over 4 mV, 0.12, 2 mV |
//! | mean error of the peaks, the logarithms of the widths, and the troughs of all spikes in order | over 1.5 mV, 0.06, 1.5 mV |
//! | potential before the onset | over 0.7 mV |
//! | potential before the first spike | over 1.5 mV |
//!
//! `w` is one over the root of the number of spikes compared; the last counts once more, for the count of spikes.
//! Spikes that a model lacks are put after its last one while it still fires, and at the end of the run once it is
//! silent; then its distance from threshold is added, so that a silent model has a slope too.

use super::target::{PHASES, Shape, Target, trough_after};
use super::track::{Spike, Track};

/// Added to times before the logarithm, ms: a first spike is not infinitely precise.
const OFFSET: f64 = 5.0;
/// Weight of times against the other residuals.
const TIMING: f64 = 2.0;
/// Expected errors: peak, mV; logarithm of the width; potential in intervals, at rest, and before the first spike, mV.
const PEAK: f64 = 4.0;
const WIDTH: f64 = 0.12;
/// Expected errors of the means of the peak, mV, the logarithm of the width, and the trough, mV: single spikes differ within a train
/// more than a model of fixed kinetics can follow, their mean does not.
const MEAN_PEAK: f64 = 1.5;
const MEAN_WIDTH: f64 = 0.06;
const MEAN_TROUGH: f64 = 1.5;
const INTERVAL: f64 = 2.0;
const REST: f64 = 0.7;
const EARLY: f64 = 1.0;
/// Residual of each property of a spike that a silent model does not have.
const NO_SHAPE: f64 = 3.0;
/// A spike before the onset has this residual.
const SPONTANEOUS: f64 = 5.0;
/// The potential before the first spike is compared up to this long before the model's own first, ms.
const CLEAR: f64 = 2.0;
/// A silent model is asked to come this far above the threshold, mV.
const ABOVE_THRESHOLD: f64 = 3.0;
/// Its distance from there vanishes over this range, mV.
const GAP_RANGE: f64 = 2.0;
/// The distance of a silent model from threshold is taken after this part of its silence.
const LATE: f64 = 0.3;
/// A model that was silent for this many of its intervals no longer fires.
const SILENT: f64 = 1.5;
/// A silent sweep may be this much lower than the model's highest potential, mV, and costs this much per mV beyond.
const SILENCE: (f64, f64) = (1.5, 0.5);

/// Residuals with their derivatives.
#[derive(Clone, Debug, Default)]
pub struct Residuals {
    /// The residuals.
    pub r: Vec<f64>,
    /// Their derivatives, `[residual, parameter]`.
    pub j: Vec<f64>,
}

impl Residuals {
    fn add(&mut self, r: f64, j: impl Iterator<Item = f64>, weight: f64) {
        self.r.push(r * weight);
        self.j.extend(j.map(|j| j * weight));
    }
}

/// A time of the model's spike, with its derivative; and the distance from threshold of a spike that it lacks.
struct Time {
    at: f64,
    by: Vec<f64>,
    gap: f64,
    by_gap: Vec<f64>,
}

/// Compares a run with a sweep.
pub fn residuals(target: &Target, track: &Track) -> Residuals {
    let k = track.parameters();
    let mut out = Residuals::default();
    let spikes: Vec<&Spike> = track.spikes.iter().filter(|s| s.up > target.onset && s.up < target.end).collect();
    let early = track.spikes.iter().filter(|s| s.up <= target.onset).count();
    if let Some(((from, to), rest)) = target.rest {
        let points = track.points(from, to);
        let n = points.len().max(1) as f64;
        let mut by = vec![0.0; k];
        let sum: f64 = points.clone().map(|p| track.v(p)).sum();
        points.for_each(|p| by.iter_mut().zip(track.by_v(p)).for_each(|(by, &s)| *by += f64::from(s) / n));
        out.add(sum / n - rest, by.into_iter(), 1.0 / REST);
    }
    if target.spikes.is_empty() {
        silence(target, track, &mut out);
    } else {
        times(target, track, &spikes, &mut out);
        means(target, track, &spikes, &mut out);
        shapes(target, track, &spikes, &mut out);
    }
    let until = spikes.first().map_or(target.recorded, |s| s.up - CLEAR);
    let weight = 1.0 / EARLY / (target.early.len().max(1) as f64).sqrt();
    for &(time, v) in &target.early {
        match time < until {
            true => {
                let (found, _, by) = track.at(time);
                out.add(found - v, by.into_iter(), weight);
            }
            false => out.add(0.0, std::iter::repeat_n(0.0, k), weight),
        }
    }
    if early > 0 {
        out.add(SPONTANEOUS * early as f64, std::iter::repeat_n(0.0, k), 1.0);
    }
    out
}

/// A sweep without spikes asks the model to stay below what was recorded.
fn silence(target: &Target, track: &Track, out: &mut Residuals) {
    let points = track.points(target.onset, target.recorded);
    let highest = points.max_by(|&a, &b| track.v(a).total_cmp(&track.v(b)));
    let over = highest.map_or(0.0, |p| track.v(p) - target.highest - SILENCE.0);
    let by = |&s: &f32| if over > 0.0 { f64::from(s) } else { 0.0 };
    match highest {
        Some(p) => out.add(over.max(0.0), track.by_v(p).iter().map(by), SILENCE.1),
        None => out.add(0.0, std::iter::repeat_n(0.0, track.parameters()), 1.0),
    }
}

/// The function `w log(1 + exp(x / w))`, which is `x` or zero but for a range of some `w` around zero, and its derivative.
fn softplus(x: f64, w: f64) -> (f64, f64) {
    (x.max(0.0) + w * (-x.abs() / w).exp().ln_1p(), 1.0 / (1.0 + (-x / w).exp()))
}

/// The highest potential in the late part of a silence, with its derivatives. The silence begins with a spike at `last`,
/// whose derivatives are `by_last`.
fn highest(track: &Track, last: f64, by_last: &[f64], end: f64) -> (f64, Vec<f64>) {
    let from = last + LATE * (end - last);
    let (v, slope, by) = track.at(from);
    let moved = |(by, by_last): (f64, &f64)| by + slope * (1.0 - LATE) * by_last;
    let points = track.points(from, end).filter(|&p| track.v(p) > v);
    match points.max_by(|&a, &b| track.v(a).total_cmp(&track.v(b))) {
        Some(p) => (track.v(p), track.by_v(p).iter().map(|&s| f64::from(s)).collect()),
        None => (v, by.into_iter().zip(by_last).map(moved).collect()),
    }
}

/// Times of the model's first `n` spikes; those that it lacks are continued.
fn continued(target: &Target, track: &Track, spikes: &[&Spike]) -> Vec<Time> {
    let (k, n) = (track.parameters(), target.spikes.len());
    let time = |s: &&Spike| Time { at: s.up, by: s.by_up.clone(), gap: 0.0, by_gap: vec![0.0; k] };
    let mut found: Vec<Time> = spikes.iter().take(n).map(time).collect();
    let m = found.len();
    if m == n {
        return found;
    }
    let last = found.last().map_or(target.onset, |t| t.at);
    let back = m.saturating_sub(1).min(3);
    if back > 0 {
        let (a, b) = (&found[m - 1], &found[m - 1 - back]);
        let interval = (a.at - b.at) / back as f64;
        if target.end - last < SILENT * interval {
            let by: Vec<f64> = a.by.iter().zip(&b.by).map(|(a, b)| (a - b) / back as f64).collect();
            let (at, by_last) = (a.at, a.by.clone());
            for i in 1..=n - m {
                let by = by_last.iter().zip(&by).map(|(last, by)| last + i as f64 * by).collect();
                found.push(Time { at: at + i as f64 * interval, by, gap: 0.0, by_gap: vec![0.0; k] });
            }
            return found;
        }
    }
    let (v, by_v) = highest(track, last, found.last().map_or(&vec![0.0; k], |t| &t.by), target.end);
    let (gap, slope) = softplus(target.threshold + ABOVE_THRESHOLD - v, GAP_RANGE);
    let by_gap: Vec<f64> = by_v.into_iter().map(|by| -slope * by).collect();
    let silent = || Time { at: target.end, by: vec![0.0; k], gap, by_gap: by_gap.clone() };
    found.extend((m..n).map(|_| silent()));
    found
}

fn times(target: &Target, track: &Track, spikes: &[&Spike], out: &mut Residuals) {
    let found = continued(target, track, spikes);
    let weight = 1.0 / (target.compared.len() as f64).sqrt();
    for (i, compared) in target.compared.iter().enumerate() {
        let last = i + 1 == target.compared.len();
        let w = if last { (weight * weight + 1.0).sqrt() } else { weight };
        let (model, data) = (&found[compared.ordinal - 1], target.spikes[compared.ordinal - 1].up);
        let x = (model.at - target.onset + OFFSET).max(1.0);
        let scale = TIMING / compared.error;
        let r = (x / (data - target.onset + OFFSET)).ln() * scale + model.gap;
        let by = model.by.iter().zip(&model.by_gap).map(|(by, gap)| by / x * scale + gap);
        out.add(r, by, w);
    }
}

/// The logarithm of a spike's width with its derivative. A width without an end lasts until the run is over.
fn width(track: &Track, spike: &Spike) -> (f64, Vec<f64>) {
    let width = (spike.down.min(track.time()) - spike.up).max(0.1);
    (width.ln(), spike.by_down.iter().zip(&spike.by_up).map(|(down, up)| (down - up) / width).collect())
}

/// Adds the mean of some errors, each with its derivatives.
fn add_mean(errors: Vec<(f64, Vec<f64>)>, expected: f64, k: usize, out: &mut Residuals) {
    let n = errors.len() as f64;
    if errors.is_empty() {
        out.add(NO_SHAPE, std::iter::repeat_n(0.0, k), 1.0);
        return;
    }
    let mut mean = vec![0.0; k];
    errors.iter().for_each(|(_, by)| mean.iter_mut().zip(by).for_each(|(mean, by)| *mean += by / n));
    out.add(errors.iter().map(|(error, _)| error / n).sum(), mean.into_iter(), 1.0 / expected);
}

/// Compares the mean peak and width of the spikes and the mean trough after them, taken in order.
fn means(target: &Target, track: &Track, spikes: &[&Spike], out: &mut Residuals) {
    let k = track.parameters();
    let pairs = || spikes.iter().zip(&target.spikes);
    add_mean(pairs().map(|(s, data)| (s.peak - data.peak, s.by_peak.clone())).collect(), MEAN_PEAK, k, out);
    let widths = pairs().map(|(s, data)| {
        let (log, by) = width(track, s);
        (log - data.log_width(target.dt), by)
    });
    add_mean(widths.collect(), MEAN_WIDTH, k, out);
    if !target.troughs.is_empty() {
        let troughs = spikes.windows(2).zip(&target.troughs).filter_map(|(pair, data)| {
            let (from, to) = trough_after(pair[0].up, pair[1].up);
            track.lowest(from, to).map(|(v, by)| (v - data, by))
        });
        add_mean(troughs.collect(), MEAN_TROUGH, k, out);
    }
}

/// The shape of a model's spike with its derivatives, in the order peak, width, phases.
fn shape(target: &Target, track: &Track, spikes: &[&Spike], number: usize) -> Vec<(f64, Vec<f64>)> {
    let k = track.parameters();
    let spike = spikes[number];
    let (next, by_next) = match spikes.get(number + 1) {
        Some(next) => (next.up, next.by_up.clone()),
        None if target.recorded > spike.up => (target.recorded, vec![0.0; k]),
        None => (spike.up, spike.by_up.clone()),
    };
    let mut found = vec![(spike.peak, spike.by_peak.clone()), width(track, spike)];
    for f in PHASES {
        let (v, slope, by) = track.at(spike.up + f * (next - spike.up));
        let moved = spike.by_up.iter().zip(&by_next).map(|(a, b)| slope * (a * (1.0 - f) + b * f));
        found.push((v, by.iter().zip(moved).map(|(s, moved)| s + moved).collect()));
    }
    found
}

fn shapes(target: &Target, track: &Track, spikes: &[&Spike], out: &mut Residuals) {
    let k = track.parameters();
    let with_shape = target.compared.iter().filter(|c| c.shape.is_some()).count();
    let weight = 1.0 / (with_shape.max(1) as f64).sqrt();
    for compared in &target.compared {
        let Some(Shape { peak, width, phases }) = compared.shape else { continue };
        let data = [peak, width].into_iter().chain(phases);
        let errors = [PEAK, WIDTH].into_iter().chain([INTERVAL; PHASES.len()]);
        let Some(number) = spikes.len().checked_sub(1).map(|last| last.min(compared.ordinal - 1)) else {
            data.for_each(|_| out.add(NO_SHAPE, std::iter::repeat_n(0.0, k), weight));
            continue;
        };
        let model = shape(target, track, spikes, number);
        for (((v, by), data), error) in model.into_iter().zip(data).zip(errors) {
            out.add(v - data, by.into_iter(), weight / error);
        }
    }
}
