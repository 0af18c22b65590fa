//! Residuals compare the spike times of a model with recorded ones.
//!
//! The times of the 1st, 2nd, 3rd, 5th .. last spike after the stimulus' onset are compared as logarithms; a spike before it
//! is no answer to the stimulus and is left out. A model that
//! spikes too rarely is continued with its last interval, beyond the end of the sweep where it fell silent; one that never
//! does with a time that falls with its distance
//! from threshold, so every parameter set has residuals and a slope.

use super::sweep::FitSweep;
use brain_core::stats::mean;

/// Added to the times before the logarithm, ms: a first spike is not infinitely precise.
const OFFSET: f64 = 5.0;
/// A silent model's spike is late by this many ms for each mV that the model stays below threshold.
const LATE: f64 = 50.0;

/// The spikes of the free run of one parameter set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpikeTimes {
    /// Times, ms, interpolated within the step where the model says how far it is from threshold.
    pub times: Vec<f64>,
    /// Largest potential above threshold, mV: below zero where the model stays silent.
    pub largest_margin: f64,
}

/// The residuals of a sweep with their derivatives.
pub struct Residuals {
    /// The residuals, in units of the expected error.
    pub r: Vec<f64>,
    /// Their derivatives, `[residual, coordinate]`; they are empty where none were given.
    pub j: Vec<f64>,
    /// Change of each residual for a recorded spike that is a millisecond earlier, 1/ms.
    pub per_ms: Vec<f64>,
}

/// Gives the ordinals of the spikes that are compared: each is about 1.5 times the one before.
pub(super) fn ordinals(n: usize) -> Vec<usize> {
    let (mut found, mut k) = (Vec::new(), 1.0f64);
    while k < n as f64 {
        found.push(k.round_ties_even() as usize);
        k = (k * 1.5).max(k + 1.0);
    }
    found.push(n);
    found.dedup();
    found
}

/// Gives the expected error of the logarithms: `model` is that of the model, and the cell's own irregularity adds to it.
pub(super) fn errors(times: &[f64], ordinals: &[usize], model: f64) -> Vec<f64> {
    if times.len() < 3 {
        return vec![model; ordinals.len()];
    }
    let logs: Vec<f64> = times.windows(2).map(|p| (p[1] - p[0]).ln()).collect();
    // Differences of neighbours: adaptation is no irregularity.
    let squares: Vec<f64> = logs.windows(2).map(|p| (p[1] - p[0]).powi(2)).collect();
    let cv = (mean(&squares) / 2.0).sqrt().min(1.0);
    let g = |g: usize| (g as f64 - 1.0) / (g as f64).powi(2);
    ordinals.iter().map(|&o| (model.powi(2) + cv.powi(2) * g(o)).sqrt()).collect()
}

/// Derivatives of a model's spike times and of its largest margin w.r.t. `k` coordinates.
pub struct Slopes<'a> {
    /// Number of coordinates.
    pub k: usize,
    /// Derivatives of the spike times, `[spike, coordinate]`, ms.
    pub times: &'a [f64],
    /// Derivatives of the largest margin, `[coordinate]`, mV.
    pub margin: &'a [f64],
}

/// Continues the times of a model's spikes, and their derivatives, up to the `n`-th: with its last interval while it
/// still fires. A model that has been silent for longer than that fires again at the end of the sweep at the earliest,
/// so that the time of a missing spike neither jumps as a model falls silent nor falls as its intervals grow.
fn continue_to(n: usize, sweep: &FitSweep, times: &mut Vec<f64>, d: &mut Vec<Vec<f64>>) {
    let m = times.len();
    let before = |values: &[Vec<f64>]| if m > 1 { values[m - 2].clone() } else { vec![0.0; values[m - 1].len()] };
    let interval = times[m - 1] - if m > 1 { times[m - 2] } else { sweep.onset };
    let by_interval: Vec<f64> = d[m - 1].iter().zip(before(d)).map(|(a, b)| a - b).collect();
    let silent = sweep.end - times[m - 1] > interval;
    let (next, by_next) = match silent {
        true => (sweep.end, vec![0.0; by_interval.len()]),
        false => (times[m - 1] + interval, d[m - 1].iter().zip(&by_interval).map(|(x, by)| x + by).collect()),
    };
    for i in 0..n.saturating_sub(m) {
        times.push(next + i as f64 * interval);
        d.push(by_next.iter().zip(&by_interval).map(|(x, by)| x + i as f64 * by).collect());
    }
}

/// Compares a free run with a sweep, whose spikes are recorded `delay` ms late; `error` is the expected error of the model's
/// spike times, as a fraction.
pub fn spike_time_residuals(
    sweep: &FitSweep,
    model: &SpikeTimes,
    delay: f64,
    error: f64,
    slopes: Option<Slopes>,
) -> Residuals {
    let before_onset = |times: &[f64]| times.iter().take_while(|t| **t < sweep.onset).count();
    let mut data: Vec<f64> = sweep.times().into_iter().map(|t| t - delay).collect();
    data.drain(..before_onset(&data));
    let n = data.len();
    if n == 0 {
        // Half a millivolt of distance from threshold is asked of a silent sweep.
        let over = (model.largest_margin + 0.5).max(0.0);
        let slope = |s: Slopes| s.margin.iter().map(|g| if over > 0.0 { *g } else { 0.0 }).collect();
        return Residuals { r: vec![over], j: slopes.map_or(Vec::new(), slope), per_ms: vec![0.0] };
    }
    let early = before_onset(&model.times);
    let mut times = model.times[early..].to_vec();
    let mut d: Vec<Vec<f64>> = match &slopes {
        Some(s) if s.k > 0 => s.times.chunks(s.k).skip(early).map(<[f64]>::to_vec).collect(),
        _ => vec![Vec::new(); times.len()],
    };
    if times.is_empty() {
        times.push(sweep.end - LATE * model.largest_margin.min(0.0));
        d.push(slopes.as_ref().map_or(Vec::new(), |s| s.margin.iter().map(|g| -LATE * g).collect()));
    }
    continue_to(n, sweep, &mut times, &mut d);
    let ordinals = ordinals(n);
    let errors = errors(&data, &ordinals, error);
    let mut out = Residuals { r: Vec::new(), j: Vec::new(), per_ms: Vec::new() };
    for (i, (&o, error)) in ordinals.iter().zip(errors).enumerate() {
        let mut weight = 1.0 / (ordinals.len() as f64).sqrt();
        if i + 1 == ordinals.len() {
            // The count, once more.
            weight = (weight * weight + 1.0).sqrt();
        }
        let after = |t: f64| (t - sweep.onset + OFFSET).max(1.0);
        let at = after(times[o - 1]);
        out.r.push((at / after(data[o - 1])).ln() * weight / error);
        out.per_ms.push(weight / error / after(data[o - 1]));
        out.j.extend(d[o - 1].iter().map(|x| x / at * weight / error));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sweep of spikes every 20 ms, of which the last is at 100 ms, under a stimulus from 0 to 110 ms.
    fn regular() -> FitSweep {
        let mut sweep = FitSweep { end: 110.0, ..FitSweep::of_current(vec![0.0; 1200], 0.1, -70.0) };
        sweep.spikes = (1..=5).map(|k| 200 * k).collect();
        sweep
    }

    /// The residuals of spikes whose times grow as `1 + p`, with their derivatives.
    fn slower(times: &[f64], p: f64) -> Residuals {
        let model = SpikeTimes { times: times.iter().map(|t| t * (1.0 + p)).collect(), largest_margin: 1.0 };
        let slopes = Slopes { k: 1, times, margin: &[0.0] };
        spike_time_residuals(&regular(), &model, 0.0, 0.05, Some(slopes))
    }

    /// A model that falls silent, one that fires too slowly, and one of a single spike: the time of the last spike is
    /// later the slower the model is, also where the rest of the sweep is longer than its last interval.
    #[test]
    fn a_missing_spike_is_later_in_a_slower_model() {
        for times in [&[15.0, 30.0][..], &[40.0, 80.0], &[10.0], &[80.0]] {
            let (found, h) = (slower(times, 0.0), 1e-6);
            let (above, below) = (slower(times, h), slower(times, -h));
            for (i, exact) in found.j.iter().enumerate() {
                let numeric = (above.r[i] - below.r[i]) / (2.0 * h);
                assert!((numeric - exact).abs() < 1e-6 * exact.abs().max(1.0), "{times:?} {i}: {numeric} {exact}");
            }
            assert!(*found.j.last().unwrap() > 0.0 && *found.r.last().unwrap() > 0.0, "{times:?}: {:?}", found.j);
        }
    }

    #[test]
    fn a_missing_spike_does_not_jump_as_a_model_falls_silent() {
        // The last interval is the rest of the sweep at 110 / 3 ms.
        let at = |interval: f64| {
            let times = [interval, 2.0 * interval];
            let model = SpikeTimes { times: times.to_vec(), largest_margin: 1.0 };
            *spike_time_residuals(&regular(), &model, 0.0, 0.05, None).r.last().unwrap()
        };
        let (just_silent, still_fires) = (at(110.0 / 3.0 - 1e-9), at(110.0 / 3.0 + 1e-9));
        assert!((just_silent - still_fires).abs() < 1e-6, "{just_silent} {still_fires}");
    }

    #[test]
    fn spikes_before_the_onset_are_no_latencies() {
        let sweep = |spikes: &[usize]| FitSweep {
            spikes: spikes.to_vec(),
            onset: 100.0,
            end: 400.0,
            ..FitSweep::of_current(vec![0.0; 5000], 0.1, -70.0)
        };
        let run = |times: &[f64]| SpikeTimes { times: times.to_vec(), largest_margin: 1.0 };
        let residuals = |spikes: &[usize], times: &[f64]| {
            let times_slopes: Vec<f64> = times.iter().flat_map(|t| [*t, 1.0]).collect();
            let slopes = Slopes { k: 2, times: &times_slopes, margin: &[0.0; 2] };
            let found = spike_time_residuals(&sweep(spikes), &run(times), 0.0, 0.05, Some(slopes));
            (found.r, found.j)
        };
        let plain = residuals(&[1200, 1500, 2000], &[121.0, 149.0, 203.0]);
        assert_eq!(residuals(&[400, 1200, 1500, 2000], &[121.0, 149.0, 203.0]), plain);
        assert_eq!(residuals(&[1200, 1500, 2000], &[12.0, 60.0, 121.0, 149.0, 203.0]), plain);
        let silent = spike_time_residuals(&sweep(&[400]), &run(&[]), 0.0, 0.05, None);
        assert_eq!(silent.r, [1.5], "a sweep with nothing but a stray spike is silent");
    }

    #[test]
    fn ordinals_grow_and_end_with_the_last() {
        assert_eq!(ordinals(1), [1]);
        assert_eq!(ordinals(10), [1, 2, 3, 4, 7, 10]);
    }
}
