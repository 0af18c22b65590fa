//! Landmarks are what the recorded traces of a cell say of it directly: where it rests, how its membrane charges, where
//! its spikes begin and end. A fit of conductances starts from them.

use super::sweep::FitSweep;
use brain_core::stats::{mean, median};

/// The potential at rest is taken over this time before the onset, ms.
const REST: (f64, f64) = (50.0, 1.0);
/// The charging of the membrane is looked at for this long, ms, or until this long before the first spike.
const CHARGING: f64 = 60.0;
const BEFORE_SPIKE: f64 = 5.0;
/// Time constants that are tried, ms: lowest, highest, number.
const TIME_CONSTANTS: (f64, f64, usize) = (3.0, 80.0, 30);
/// A spike begins where the potential rises faster than this, mV/ms; it is looked for this long before its crossing, ms.
const RISE: f64 = 5.0;
const FOOT: f64 = 3.0;
/// Spikes of a sweep that are looked at.
const SPIKES: usize = 3;
/// Their peak and their trough are looked for in this time after the crossing, ms.
const PEAK: f64 = 6.0;
const TROUGH: f64 = 30.0;

/// What is read off the traces, medians over the sweeps; currents are in the unit of the model's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmarks {
    /// Input resistance, mV over the unit of current.
    pub resistance: f64,
    /// Time constant of the charging, ms.
    pub time_constant: f64,
    /// Potential before the stimulus, mV.
    pub rest: f64,
    /// Current before the stimulus.
    pub holding: f64,
    /// Potential at which spikes begin, mV.
    pub threshold: f64,
    /// Their highest potential, mV.
    pub peak: f64,
    /// The lowest potential after them, mV.
    pub trough: f64,
}

impl Landmarks {
    /// Reads them off the traces; what these do not show is none.
    pub fn new(sweeps: &[FitSweep]) -> Option<Self> {
        let (mut resistance, mut tau, mut rest, mut holding) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut threshold, mut peak, mut trough) = (Vec::new(), Vec::new(), Vec::new());
        for s in sweeps {
            let at = |time: f64| ((time / s.dt).max(0.0) as usize).min(s.voltage.len());
            let before = at(s.onset - REST.0)..at(s.onset - REST.1);
            let (v0, i0) = match before.len() > 1 {
                true => (mean(&s.voltage[before.clone()]), mean(&s.current[before])),
                false => (s.v0, s.current[0]),
            };
            rest.push(v0);
            holding.push(i0);
            let first = s.times().into_iter().find(|&t| t > s.onset).map_or(f64::INFINITY, |t| t - BEFORE_SPIKE);
            let charging = at(s.onset + 1.0)..at(first.min(s.onset + CHARGING).min(s.end));
            let step = mean(&s.current[at(s.onset + 2.0)..at(s.end - 2.0)]) - i0;
            if charging.len() > 5 && step != 0.0 {
                let rise: Vec<(f64, f64)> = charging.map(|k| (k as f64 * s.dt - s.onset, s.voltage[k] - v0)).collect();
                let (time_constant, amplitude) = exponential(&rise);
                tau.push(time_constant);
                resistance.push(amplitude / step);
            }
            for &k in s.spikes.iter().take(SPIKES) {
                let v = |k: usize| s.voltage[k.min(s.voltage.len() - 1)];
                let rise = |k: &usize| (v(k + 1) - v(k.saturating_sub(1))) / (2.0 * s.dt) > RISE;
                let foot = (k.saturating_sub((FOOT / s.dt) as usize)..=k).find(rise);
                threshold.extend(foot.map(v));
                let within = |ms: f64| s.voltage[k..].iter().copied().take((ms / s.dt) as usize + 1);
                peak.push(within(PEAK).fold(f64::NEG_INFINITY, f64::max));
                trough.push(within(TROUGH).fold(f64::INFINITY, f64::min));
            }
        }
        let middle = |values: &[f64]| (!values.is_empty()).then(|| median(values));
        let resistance = middle(&resistance).filter(|r| *r > 0.0)?;
        Some(Self {
            resistance,
            time_constant: middle(&tau)?,
            rest: middle(&rest)?,
            holding: middle(&holding)?,
            threshold: middle(&threshold)?,
            peak: middle(&peak)?,
            trough: middle(&trough)?,
        })
    }
}

/// The time constant and amplitude of the exponential `a (1 - exp(-t / tau))` that is nearest to `(t, v)`.
fn exponential(rise: &[(f64, f64)]) -> (f64, f64) {
    let (low, high, n) = TIME_CONSTANTS;
    let fit = |k: usize| {
        let tau = low * (high / low).powf(k as f64 / (n - 1) as f64);
        let shape = |t: f64| 1.0 - (-t / tau).exp();
        let squares: f64 = rise.iter().map(|&(t, _)| shape(t).powi(2)).sum();
        let a = rise.iter().map(|&(t, v)| shape(t) * v).sum::<f64>() / squares;
        let distance: f64 = rise.iter().map(|&(t, v)| (v - a * shape(t)).powi(2)).sum();
        (distance, tau, a)
    };
    let (_, tau, a) = (0..n).map(fit).min_by(|a, b| a.0.total_cmp(&b.0)).expect("some time constants");
    (tau, a)
}
