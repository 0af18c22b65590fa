//! The input resistance that a sweep shows: from the answer to a step before the first spike, or by regression of the
//! potential on the filtered current.

use crate::protocol::Protocol;
use crate::recording::Sweep;
use brain_core::stats::{mean, median};

/// Time constant of the filter that stands for the membrane's, ms.
const FILTER_MS: f64 = 20.0;
/// The regression leaves out this much time before each spike, and this much after it, ms: as long as after-hyperpolarisations
/// last, or where little is left then, as long as a spike.
const CUT_MS: (f64, [f64; 2]) = (2.0, [50.0, 10.0]);
/// Part of the samples that must be left.
const LEFT: f64 = 0.1;
/// A resistance is shown where it is so many standard errors from zero, with a response of so many mV.
const SHOWN: (f64, f64) = (4.0, 1.0);
/// The answer to a step is read between these times after its onset, ms, and is conclusive from so many mV on.
const EARLY_MS: (f64, f64) = (3.0, 100.0);
const EARLY_MV: f64 = 5.0;
/// It starts from the median over this time before the step, ms.
const BASE_MS: f64 = 10.0;
/// No neuron has a resistance outside of this, MOhm.
const POSSIBLE_MOHM: (f64, f64) = (1.0, 10_000.0);

/// A resistance surely below this, MOhm, under a current that varies by this much, pA, is no membrane's.
const DEAD_MOHM: f64 = 1.0;
const INJECTED_PA: f64 = 20.0;

/// A straight line through potential against filtered current.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Slope, mV/pA.
    slope: f64,
    /// Its standard error.
    error: f64,
    /// Range of the potential that it explains, mV.
    response: f64,
    /// Range of the filtered current, pA.
    current: f64,
}

/// Says what is wrong with the resistance of a sweep.
pub(super) fn doubt(sweep: &Sweep, voltage: &[f64], protocol: &Protocol, spikes_ms: &[f64]) -> Option<String> {
    protocol.window?;
    let current = if sweep.units.current.is_empty() { "pA" } else { &sweep.units.current };
    if let Some(mohm) = early_mohm(voltage, sweep.dt_ms, protocol, spikes_ms) {
        return words(mohm, current);
    }
    let line = CUT_MS.1.iter().find_map(|after| line(sweep, voltage, spikes_ms, *after))?;
    let mohm = 1e3 * line.slope;
    if spikes_ms.is_empty() && line.current > INJECTED_PA && 1e3 * (line.slope.abs() + SHOWN.0 * line.error) < DEAD_MOHM
    {
        return Some(format!(
            "the voltage does not answer the current (input resistance {}): is this the voltage of this current?",
            ohms(mohm)
        ));
    }
    if line.slope.abs() < SHOWN.0 * line.error || line.response < SHOWN.1 {
        return None;
    }
    words(mohm, current)
}

/// The resistance by the answer to the main step before its first spike, MOhm; `None` where that answer is small, or an earlier
/// spike is still felt.
fn early_mohm(voltage: &[f64], dt: f64, protocol: &Protocol, spikes_ms: &[f64]) -> Option<f64> {
    let step = protocol.main_step()?;
    let first = spikes_ms.iter().copied().find(|at| *at >= step.onset_ms).unwrap_or(f64::INFINITY);
    let end = (first - CUT_MS.0).min(step.offset_ms).min(step.onset_ms + EARLY_MS.1);
    let felt = spikes_ms.iter().any(|at| *at < step.onset_ms && *at > step.onset_ms - CUT_MS.1[0]);
    if end - step.onset_ms < EARLY_MS.0 || felt {
        return None;
    }
    let between = |from: f64, to: f64| {
        let index = |time: f64| ((time / dt).round().max(0.0) as usize).min(voltage.len());
        let samples = &voltage[index(from)..index(to).max(index(from))];
        (!samples.is_empty()).then(|| median(samples))
    };
    let base = between(step.onset_ms - BASE_MS, step.onset_ms)?;
    let response = between(end - dt.max(1.0), end)? - base;
    let charged = step.amplitude_pa * (1.0 - (-(end - step.onset_ms) / FILTER_MS).exp());
    (response.abs() >= EARLY_MV).then(|| 1e3 * response / charged)
}

/// Says what is wrong with a resistance under a current that was read in a unit.
fn words(mohm: f64, current: &str) -> Option<String> {
    let seems = |unit: &str| {
        format!(
            "the input resistance seems to be {}; the current was read in {current} and looks like {unit}: declare `unit: {unit}` of its column, or cut the sweep",
            ohms(mohm)
        )
    };
    match mohm {
        mohm if mohm < 0.0 => Some(format!(
            "the voltage falls when the current rises (input resistance {}): the sign of the current or of the voltage is inverted, or the channels belong to different sweeps; turn the sign round",
            ohms(mohm)
        )),
        mohm if mohm < POSSIBLE_MOHM.0 => Some(seems(larger_by(current, -1))),
        mohm if mohm > POSSIBLE_MOHM.1 => Some(seems(larger_by(current, 1))),
        _ => None,
    }
}

/// The unit a thousand times larger or smaller.
fn larger_by(unit: &str, steps: isize) -> &'static str {
    const UNITS: [&str; 6] = ["fA", "pA", "nA", "uA", "mA", "A"];
    let at = UNITS.iter().position(|known| *known == unit).unwrap_or(1);
    UNITS[at.saturating_add_signed(steps).min(UNITS.len() - 1)]
}

fn ohms(mohm: f64) -> String {
    match mohm.abs() {
        size if size >= 1e3 => format!("{:.1} GOhm", mohm / 1e3),
        size if size < 1.0 => format!("{:.1} kOhm", mohm * 1e3),
        _ => format!("{mohm:.0} MOhm"),
    }
}

/// The line through all samples that are clear of spikes; `None` where too few are.
fn line(sweep: &Sweep, voltage: &[f64], spikes_ms: &[f64], after_ms: f64) -> Option<Line> {
    let dt = sweep.dt_ms;
    let mut clear = vec![true; voltage.len()];
    let index = |time: f64| ((time / dt).max(0.0) as usize).min(voltage.len());
    spikes_ms.iter().for_each(|at| clear[index(at - CUT_MS.0)..index(at + after_ms)].fill(false));
    let keep = 1.0 - (-dt / FILTER_MS).exp();
    let base = mean(&sweep.current_pa[..index(5.0).max(1).min(sweep.current_pa.len())]);
    let mut filtered = base;
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for ((i, v), clear) in sweep.current_pa.iter().zip(voltage).zip(clear) {
        filtered += keep * (i - filtered);
        if clear {
            x.push(filtered);
            y.push(*v);
        }
    }
    if (x.len() as f64) < (LEFT * voltage.len() as f64).max(3.0) {
        return None;
    }
    let (mx, my) = (mean(&x), mean(&y));
    let sxx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let sxy: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    if sxx <= 0.0 {
        return None;
    }
    let slope = sxy / sxx;
    let rest: f64 = x.iter().zip(&y).map(|(x, y)| (y - my - slope * (x - mx)).powi(2)).sum();
    // Neighbouring residuals are alike for as long as the membrane remembers.
    let alike = (FILTER_MS / dt).max(1.0);
    let independent = (x.len() as f64 / alike - 2.0).max(1.0);
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
    let error = (rest / x.len() as f64 / independent / (sxx / x.len() as f64)).sqrt();
    Some(Line { slope, error, response: slope.abs() * (high - low), current: high - low })
}
