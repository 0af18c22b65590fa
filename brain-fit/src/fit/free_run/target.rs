//! A target is what is compared of one recorded sweep.

use super::spline::Spline;
use crate::fit::spike_times::{errors, ordinals};
use crate::fit::sweep::FitSweep;
use brain_core::stats::{mean, median};

/// The run begins this long before the onset, ms.
const BEFORE: f64 = 100.0;
/// The potential at rest is its mean over this time before the onset, ms.
const REST: (f64, f64) = (50.0, 1.0);
/// The stimulus goes on for this part of its duration longer, so that a slow model still has its last spike.
const LONGER: f64 = 0.6;
/// Number of times, evenly spaced as logarithms, at which the potential before the first spike is compared.
const EARLY: usize = 11;
/// The first of them, ms after the onset.
const FIRST: f64 = 1.5;
/// Parts of the interval after a spike at which its potential is compared.
pub const PHASES: [f64; 6] = [0.1, 0.2, 0.4, 0.6, 0.8, 0.92];
/// The shape of a recorded spike is looked for in this time before and after its crossing, ms.
const AROUND: (f64, f64) = (2.0, 20.0);
/// The trough after a spike is looked for within this time, ms.
const TROUGH: f64 = 100.0;
/// Finest spacing on which a recorded spike is looked at, ms.
const FINE: f64 = 0.02;

/// A recorded spike, whose times are those of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedSpike {
    /// It rises through the level at this time, ms.
    pub up: f64,
    /// Its highest potential, mV.
    pub peak: f64,
    /// It falls through the level at this time, ms.
    pub down: f64,
}

impl RecordedSpike {
    /// Gives the logarithm of its width, ms, in a recording with samples every `dt`.
    pub fn log_width(&self, dt: f64) -> f64 {
        (self.down - self.up).max(dt / 10.0).ln()
    }
}

/// A spike that is compared.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Its number, from one.
    pub ordinal: usize,
    /// Expected error of the logarithm of its time.
    pub error: f64,
    /// Its shape, which the last spike does not have: no interval follows it.
    pub shape: Option<Shape>,
}

/// The shape of a spike and of the interval after it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Highest potential, mV.
    pub peak: f64,
    /// Logarithm of the width at the level, ms.
    pub width: f64,
    /// Potential at [`PHASES`] of the interval, mV.
    pub phases: [f64; PHASES.len()],
}

/// What is compared of a sweep. Times are those of the run, ms.
#[derive(Clone, Debug)]
pub struct Target {
    /// Sampling interval, ms.
    pub dt: f64,
    /// Potential whose upward crossing is a spike, mV; the width of spikes is measured there too.
    pub level: f64,
    /// Potential at the start, mV.
    pub v0: f64,
    /// Current of every sample of the run, in the unit of the model's input.
    pub current: Vec<f64>,
    /// The stimulus begins here.
    pub onset: f64,
    /// What is recorded of the stimulus ends here.
    pub recorded: f64,
    /// The run ends here.
    pub end: f64,
    /// The spikes.
    pub spikes: Vec<RecordedSpike>,
    /// Lowest potential between each spike and the next, mV.
    pub troughs: Vec<f64>,
    /// Those of them that are compared.
    pub compared: Vec<Compared>,
    /// Time from which to which the potential at rest is taken, and what it is, mV.
    pub rest: Option<((f64, f64), f64)>,
    /// Times before the first spike, with the potential there, mV.
    pub early: Vec<(f64, f64)>,
    /// Highest potential while the stimulus is on, mV.
    pub highest: f64,
    /// Potential at which spikes begin, mV.
    pub threshold: f64,
}

impl Target {
    /// Reads off a sweep what is compared. `level` is the potential that its spikes rise through, `threshold` that at which
    /// they begin, mV, and `timing_error` the expected error of spike times, as a part of them.
    pub fn new(sweep: &FitSweep, level: f64, threshold: f64, timing_error: f64) -> Self {
        let dt = sweep.dt;
        let first = ((sweep.onset - BEFORE) / dt).round().max(0.0) as usize;
        let end = ((sweep.end / dt).round() as usize).min(sweep.voltage.len());
        let onset = sweep.onset - first as f64 * dt;
        let v = &sweep.voltage[first..end];
        let recorded = (v.len() as f64 - 1.0) * dt;
        let spikes: Vec<RecordedSpike> = sweep
            .spikes
            .iter()
            .filter(|&&k| k > first && k < end)
            .map(|&k| recorded_spike(sweep, level, k, first))
            .filter(|s| s.up > onset && s.up < recorded)
            .collect();
        let mut current = sweep.current[first..end].to_vec();
        let on = ((onset / dt) as usize).min(current.len());
        let mut end = recorded;
        if !spikes.is_empty() {
            let level = median(&current[on..]);
            let more = (LONGER * (recorded - onset) / dt) as usize;
            current.resize(current.len() + more, level);
            end += more as f64 * dt;
        }
        let at = |time: f64| {
            let x = (time / dt).clamp(0.0, (v.len() - 1) as f64);
            let (i, part) = (x as usize, x.fract());
            v[i] * (1.0 - part) + v[(i + 1).min(v.len() - 1)] * part
        };
        let trough = |pair: &[RecordedSpike]| {
            let (from, to) = trough_after(pair[0].up, pair[1].up);
            let samples = &v[(from / dt) as usize..((to / dt) as usize + 1).min(v.len())];
            samples.iter().copied().fold(f64::INFINITY, f64::min)
        };
        let troughs = spikes.windows(2).map(trough).collect();
        let times: Vec<f64> = spikes.iter().map(|s| s.up).collect();
        let numbers = if spikes.is_empty() { Vec::new() } else { ordinals(spikes.len()) };
        let errors = errors(&times, &numbers, timing_error);
        let compared = numbers.iter().zip(errors).map(|(&ordinal, error)| {
            let spike = spikes[ordinal - 1];
            let shape = spikes.get(ordinal).map(|next| Shape {
                peak: spike.peak,
                width: spike.log_width(dt),
                phases: PHASES.map(|f| at(spike.up + f * (next.up - spike.up))),
            });
            Compared { ordinal, error, shape }
        });
        let window = (onset - REST.0, onset - REST.1);
        let before: Vec<usize> = (0..v.len()).filter(|&k| (window.0..window.1).contains(&(k as f64 * dt))).collect();
        let silence = spikes.first().map_or(recorded, |s| s.up) - onset;
        let early = match silence > 2.0 * FIRST {
            true => (0..EARLY).map(|k| onset + FIRST * (silence / FIRST).powf(k as f64 / EARLY as f64)).collect(),
            false => Vec::new(),
        };
        Self {
            dt,
            level,
            v0: median(&v[..v.len().min((5.0 / dt).max(1.0) as usize)]),
            onset,
            recorded,
            end,
            troughs,
            compared: compared.collect(),
            rest: (before.len() > 1).then(|| (window, mean(&before.iter().map(|&k| v[k]).collect::<Vec<_>>()))),
            early: early.into_iter().map(|time| (time, at(time))).collect(),
            highest: v[on.min(v.len() - 1)..].iter().copied().fold(f64::NEG_INFINITY, f64::max),
            spikes,
            current,
            threshold,
        }
    }
}

/// The time in which the trough between two spikes is looked for.
pub(super) fn trough_after(spike: f64, next: f64) -> (f64, f64) {
    (spike, next.min(spike + TROUGH))
}

/// The spike whose first sample above the level is `k`; times are counted from sample `first`.
fn recorded_spike(sweep: &FitSweep, level: f64, k: usize, first: usize) -> RecordedSpike {
    let (voltage, dt) = (&sweep.voltage, sweep.dt);
    let from = k.saturating_sub((AROUND.0 / dt).ceil() as usize);
    let to = (k + (AROUND.1 / dt) as usize + 1).min(voltage.len());
    let spline = Spline::new(&voltage[from..to]);
    let parts = (dt / FINE).round().max(1.0) as usize;
    let places: Vec<f64> =
        ((k - 1 - from) * parts..=(to - 1 - from) * parts).map(|i| i as f64 / parts as f64).collect();
    let v: Vec<f64> = places.iter().map(|&x| spline.at(x)).collect();
    let crossing = |i: usize| {
        let part = (level - v[i - 1]) / (v[i] - v[i - 1]);
        (places[i - 1] + part * (places[i] - places[i - 1]) + from as f64 - first as f64) * dt
    };
    let up = (1..v.len()).find(|&i| v[i - 1] < level && v[i] >= level);
    let up = up.unwrap_or(1);
    let down = (up + 1..v.len()).find(|&i| v[i] < level);
    let peak = v[up..down.unwrap_or(v.len())].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let end = (to as f64 - first as f64) * dt;
    RecordedSpike { up: crossing(up), peak, down: down.map_or(end, crossing) }
}

impl Target {
    /// Tells whether all that is compared of a run has happened.
    pub fn is_told_by(&self, track: &super::track::Track) -> bool {
        let spikes = track.spikes.iter().take(track.whole_spikes()).filter(|s| s.up > self.onset).count();
        track.time() >= self.end || !self.spikes.is_empty() && spikes >= self.spikes.len()
    }
}
