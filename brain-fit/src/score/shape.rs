//! The shape of spikes: peak, width, the trough after them, and the potential at rest.

use serde::{Deserialize, Serialize};

use crate::features::{mean, resting, window, within};
use crate::protocol::Protocol;

/// Spikes are as wide as they are at this potential, mV.
pub const WIDTH_MV: f64 = -10.0;
/// A spike's peak is looked for within this time after its crossing, ms.
const PEAK_MS: f64 = 5.0;
/// A spike shows where it rises by so many mV above where it was found, and falls by so many mV within as long again.
const SHOWS_MV: (f64, f64) = (2.0, 10.0);
/// A trough is looked for within this time after the peak, and only where no less than this is left of it, ms.
const TROUGH_MS: (f64, f64) = (100.0, 5.0);

/// A potential with its spikes.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The potential, mV.
    pub voltage_mv: &'a [f64],
    /// Its spikes in order, ms.
    pub spikes_ms: &'a [f64],
    /// Sampling interval, ms.
    pub dt_ms: f64,
}

/// Errors of the shape of a model's spikes: means, over the spikes of the stimulus matched in order, of model minus data.
/// They are `None` where there are no such spikes, and where the model's potential does not show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShapeErrors {
    /// Error of the peak, mV.
    pub peak_error_mv: Option<f64>,
    /// Error of the lowest potential between a spike and the next, mV.
    pub trough_error_mv: Option<f64>,
    /// Error of the width at -10 mV, as a fraction of the recorded width.
    pub width_error: Option<f64>,
    /// Error of the median potential before the stimulus, mV.
    pub rest_error_mv: Option<f64>,
}

impl ShapeErrors {
    /// Compares a model's free run with the data.
    pub fn of(data: &Shape, model: &Shape, protocol: &Protocol) -> Self {
        let duration = data.voltage_mv.len() as f64 * data.dt_ms;
        let (onset, end) = window(protocol, duration);
        let spikes = |shape: &Shape| {
            let spikes = within(shape.spikes_ms, onset, end).to_vec();
            let nexts = spikes.iter().skip(1).copied().chain([end]).collect::<Vec<f64>>();
            spikes.into_iter().zip(nexts).collect::<Vec<(f64, f64)>>()
        };
        let (recorded, modelled) = (spikes(data), spikes(model));
        let errors = |of: fn(&Shape, f64, f64) -> Option<f64>, relative: bool| {
            let pairs = recorded.iter().zip(&modelled);
            let error = |((at, next), (model_at, model_next)): (&(f64, f64), &(f64, f64))| {
                let (d, m) = (of(data, *at, *next)?, of(model, *model_at, *model_next)?);
                Some(if relative { (m - d) / d } else { m - d })
            };
            mean(&pairs.filter_map(error).collect::<Vec<_>>())
        };
        let rest = |shape: &Shape| resting(shape.voltage_mv, shape.dt_ms, protocol, shape.spikes_ms);
        let based = protocol.window.is_some_and(|window| window.onset_ms > 0.0);
        Self {
            peak_error_mv: errors(peak, false),
            trough_error_mv: errors(trough, false),
            width_error: errors(width, true),
            rest_error_mv: rest(data).zip(rest(model)).filter(|_| based).map(|(d, m)| m - d),
        }
    }
}

/// The index and potential of the highest sample of a spike; `None` where the potential does not show the spike.
fn top(shape: &Shape, at: f64, next: f64) -> Option<(usize, f64)> {
    let index = |time: f64| ((time / shape.dt_ms).max(0.0) as usize).min(shape.voltage_mv.len());
    let (from, to) = (index(at), index((at + PEAK_MS).min(next)) + 1);
    let samples = shape.voltage_mv.get(from..to.min(shape.voltage_mv.len()))?;
    let highest = (0..samples.len()).max_by(|a, b| samples[*a].total_cmp(&samples[*b]))?;
    // A spike that shows rises above where it was found and falls again; a potential that is reset does not.
    let after =
        shape.voltage_mv.get(from + highest..index((at + PEAK_MS).max(next)).min(from + highest + samples.len()))?;
    let lowest = after.iter().copied().fold(f64::INFINITY, f64::min);
    let shows = samples[highest] - samples[0] >= SHOWS_MV.0 && samples[highest] - lowest >= SHOWS_MV.1;
    shows.then(|| (from + highest, samples[highest]))
}

fn peak(shape: &Shape, at: f64, next: f64) -> Option<f64> {
    top(shape, at, next).map(|(_, peak)| peak)
}

/// The lowest potential after a spike: of a model whose potential does not show spikes, after its reset.
fn trough(shape: &Shape, at: f64, next: f64) -> Option<f64> {
    let from = top(shape, at, next).map_or(at, |(index, _)| index as f64 * shape.dt_ms);
    let to = next.min(from + TROUGH_MS.0);
    if to - from < TROUGH_MS.1 {
        return None;
    }
    let index = |time: f64| ((time / shape.dt_ms).max(0.0) as usize).min(shape.voltage_mv.len());
    let samples = &shape.voltage_mv[index(from)..index(to)];
    samples.iter().copied().min_by(f64::total_cmp)
}

/// The time for which a spike is above -10 mV, by straight lines between samples, ms.
fn width(shape: &Shape, at: f64, next: f64) -> Option<f64> {
    let (highest, peak) = top(shape, at, next)?;
    let v = shape.voltage_mv;
    if peak <= WIDTH_MV {
        return None;
    }
    let crossing = |below: usize, above: usize| {
        let part = (WIDTH_MV - v[below]) / (v[above] - v[below]);
        below as f64 + part * (above as f64 - below as f64)
    };
    let before = (0..highest).rev().find(|&k| v[k] <= WIDTH_MV)?;
    let after = (highest + 1..v.len()).find(|&k| v[k] <= WIDTH_MV)?;
    Some((crossing(after, after - 1) - crossing(before, before + 1)) * shape.dt_ms)
}
