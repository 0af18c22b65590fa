//! The refractory period, from the potential with the recorded spikes given.
//!
//! A run is refractory for a whole number of steps, so nothing is smooth in `t_ref`: every value of a grid is tried, the
//! other coordinates move to where they fit best with it, and what the squared distance loses against the best value is
//! its profile. With `d` the change of the potential from the best value to another and `R` the correlation of the noise,
//! the deviance of the other is `D d^T W d / (s^2 d^T W R W d)` for a distance `D` more than the least.

use super::FitError;
use super::columns::{column, from_columns};
use super::errors::{DEVIANCE, Profile, SweepNoise, student, surpasses};
use super::simulate::Simulator;
use super::sweep::FitSweep;

/// Name of the parameter that is the refractory period.
pub(super) const T_REF: &str = "t_ref";

/// Longest refractory period that is tried, ms, and as a part of the shortest interval.
const LONGEST: f64 = 12.0;
const PART: f64 = 0.8;
/// Spacing of the values that are tried first, ms.
const COARSE: f64 = 0.75;
/// A period is known where its interval is shorter than this part of what was tried.
const KNOWN: f64 = 0.5;

/// Gives the range of refractory periods that the spikes of some sweeps allow, ms; none where there is no interval.
pub fn range(sweeps: &[FitSweep], (low, high): (f64, f64)) -> Option<(f64, f64)> {
    let shortest =
        |s: &FitSweep| s.spikes.windows(2).map(|p| (p[1] - p[0]) as f64 * s.dt).fold(f64::INFINITY, f64::min);
    let shortest = sweeps.iter().map(shortest).fold(f64::INFINITY, f64::min);
    let step = sweeps.iter().map(|s| s.dt).fold(0.0, f64::max);
    let range = (low.max(step), high.min(LONGEST).min(PART * shortest));
    (shortest.is_finite() && range.1 > range.0 + 2.0 * step).then_some(range)
}

/// Gives the values that are tried first: multiples of the sampling interval `dt` over the range.
pub fn coarse((low, high): (f64, f64), dt: f64) -> Vec<f64> {
    grid(low, high, dt, (COARSE / dt).round().max(1.0) as usize)
}

/// Gives all multiples of the sampling interval around the best of the first values.
pub fn fine(best: f64, (low, high): (f64, f64), dt: f64) -> Vec<f64> {
    grid((best - COARSE).max(low), (best + COARSE).min(high), dt, 1)
}

fn grid(low: f64, high: f64, dt: f64, every: usize) -> Vec<f64> {
    let (first, last) = ((low / dt - 1e-6).ceil() as usize, (high / dt + 1e-6).floor() as usize);
    (first..=last).step_by(every).map(|n| n as f64 * dt).collect()
}

/// What the potential tells of the refractory period.
#[derive(Clone, Debug)]
pub struct RefractoryPeriod {
    /// The best value, ms.
    pub value: f64,
    /// The values that the data do not refuse lie between these, ms.
    pub interval: (f64, f64),
    /// Standard error by the noise within sweeps, ms.
    pub within: f64,
    /// Standard error by how sweeps differ, ms; none for a single sweep.
    pub between: Option<f64>,
    /// Covariance that the doubt about the period adds to that of the other coordinates, `[k, k]`.
    pub spread: Vec<f64>,
    /// Whether the potential tells the period at all.
    pub known: bool,
    /// The values that were tried, in order, ms, with the deviance of each.
    pub profile: Vec<(f64, f64)>,
}

impl RefractoryPeriod {
    /// Compares columns of a fit, given by their coordinates `[coordinate, column]`, of which the last is the period, and
    /// their parameters `[parameter, column]`. `weights` has a weight for each sample of each sweep, and `chosen` is the best
    /// period.
    pub fn new(
        forced: &Simulator,
        (z, params): (&[f64], &[f64]),
        sweeps: &[FitSweep],
        weights: &[Vec<f64>],
        noise: &[SweepNoise],
        tried: (f64, f64),
        chosen: f64,
    ) -> Result<Self, FitError> {
        let n = params.len() / forced.model.param.len();
        let k = z.len() / n - 1;
        let periods = &z[k * n..];
        let mut squares = vec![vec![0.0; n]; sweeps.len()];
        for ((s, w), squares) in sweeps.iter().zip(weights).zip(&mut squares) {
            forced.run(s, params, 1, &[0], |t, v| {
                let (target, w) = (s.voltage[t + 1], w[t + 1]);
                squares.iter_mut().zip(v).for_each(|(sum, v)| *sum += w * (v - target).powi(2));
            })?;
        }
        let total: Vec<f64> = (0..n).map(|i| squares.iter().map(|s| s[i]).sum()).collect();
        let least = |total: &[f64]| (0..n).fold(0, |best, i| if total[i] < total[best] { i } else { best });
        let best = periods.iter().position(|period| *period == chosen).unwrap_or_else(|| least(&total));
        let (mut plain, mut spread) = (vec![0.0; n], vec![0.0; n]);
        for ((s, w), noise) in sweeps.iter().zip(weights).zip(noise) {
            let (share, decay, variance) = (noise.memory.share, noise.memory.decay, noise.sd * noise.sd);
            let mut past = vec![0.0; n];
            forced.run(s, params, 1, &[0], |t, v| {
                let w = w[t + 1];
                for i in 0..n {
                    let g = w * (v[i] - v[best]);
                    plain[i] += g * (v[i] - v[best]);
                    spread[i] += variance * g * (g + 2.0 * share * past[i]);
                    past[i] = decay * (past[i] + g);
                }
            })?;
        }
        let deviance: Vec<f64> = (0..n)
            .map(|i| if spread[i] > 0.0 { (total[i] - total[best]).max(0.0) * plain[i] / spread[i] } else { 0.0 })
            .collect();
        let dt = sweeps.iter().map(|s| s.dt).fold(0.0, f64::max);
        let mut weight = 0.0;
        let (mut variance, mut other) = (0.0, vec![0.0; k * k]);
        let at = column(z, n, best);
        let widths = widths(periods);
        for i in 0..n {
            let likely = widths[i] * (-0.5 * deviance[i]).exp();
            weight += likely;
            let away: Vec<f64> = column(z, n, i).iter().zip(&at).map(|(z, best)| z - best).collect();
            variance += likely * away[k] * away[k];
            for a in 0..k {
                (0..k).for_each(|b| other[a * k + b] += likely * away[a] * away[b]);
            }
        }
        other.iter_mut().for_each(|x| *x /= weight);
        let within = (variance / weight + dt * dt / 12.0).sqrt();
        let without = |s: &Vec<f64>| periods[least(&(0..n).map(|i| total[i] - s[i]).collect::<Vec<_>>())];
        let left: Vec<f64> = squares.iter().map(without).collect();
        let freedom = left.len() as f64 - 1.0;
        let profile = profile(periods, &deviance);
        let mut interval = interval(&profile, dt);
        let (known, mut between) = (interval.1 - interval.0 < KNOWN * (tried.1 - tried.0), None);
        if freedom > 0.0 {
            let error = jackknife(&left);
            // Sweeps that differ by no more than chance gives say what the noise within them says.
            let differ = surpasses(freedom * (error / within).powi(2), freedom);
            between = Some(if differ { error } else { error.min(within) });
            if differ {
                let half = student(freedom) * error;
                interval = (interval.0.min(periods[best] - half), interval.1.max(periods[best] + half));
            }
        }
        Ok(Self { value: periods[best], interval, within, between, spread: other, profile, known })
    }
}

/// Gives the part of the range of periods that each of them stands for, ms: values that were tried first lie further apart.
fn widths(periods: &[f64]) -> Vec<f64> {
    let gap = |of: f64, side: f64| {
        let gaps = periods.iter().map(|p| side * (p - of)).filter(|gap| *gap > 0.0);
        gaps.fold(f64::INFINITY, f64::min)
    };
    let one = |&of: &f64| {
        let (below, above) = (gap(of, -1.0), gap(of, 1.0));
        let half = |gap: f64| if gap.is_finite() { gap / 2.0 } else { 0.0 };
        if below.is_finite() || above.is_finite() { half(below) + half(above) } else { 1.0 }
    };
    periods.iter().map(one).collect()
}

/// Gives the deviance of each period that was tried, in order; of a period that was tried twice, the lower.
fn profile(periods: &[f64], deviance: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = periods.iter().copied().zip(deviance.iter().copied()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup_by(|later, kept| later.0 == kept.0);
    points
}

/// Gives the interval of a profile: it ends between two values that were tried, and at least half a sample of `dt` ms beyond
/// the last one that the data do not refuse.
fn interval(profile: &[(f64, f64)], dt: f64) -> (f64, f64) {
    let kept = || profile.iter().filter(|(_, deviance)| *deviance <= DEVIANCE).map(|(period, _)| *period);
    let low = kept().fold(f64::INFINITY, f64::min) - 0.5 * dt;
    let high = kept().fold(f64::NEG_INFINITY, f64::max) + 0.5 * dt;
    let ends = Profile::new(T_REF, profile.to_vec()).interval;
    (ends.0.map_or(low, |end| end.min(low)), ends.1.map_or(high, |end| end.max(high)))
}

/// Gives the standard error of a value from what it is without each of the sweeps (Miller 1974,
/// <https://doi.org/10.1093/biomet/61.1.1>).
fn jackknife(without: &[f64]) -> f64 {
    let n = without.len() as f64;
    let mean = without.iter().sum::<f64>() / n;
    ((n - 1.0) / n * without.iter().map(|x| (x - mean).powi(2)).sum::<f64>()).sqrt()
}

/// Makes starts `[coordinate, column]`: each of the places, whose last coordinate takes each of the values.
pub fn starts(places: &[Vec<f64>], values: &[f64]) -> Vec<f64> {
    let with = |place: &Vec<f64>, value: f64| {
        let mut z = place.clone();
        if let Some(last) = z.last_mut() {
            *last = value;
        }
        z
    };
    let columns = places.iter().flat_map(|place| values.iter().map(move |&value| with(place, value)));
    from_columns(&columns.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_hold_multiples_of_the_sampling_interval() {
        assert_eq!(coarse((0.25, 2.0), 0.25), [0.25, 1.0, 1.75]);
        assert_eq!(fine(1.0, (0.5, 12.0), 0.25), [0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
        assert_eq!(starts(&[vec![7.0, 1.0]], &[2.0, 3.0]), [7.0, 7.0, 2.0, 3.0]);
    }

    #[test]
    fn values_stand_for_what_is_around_them() {
        assert_eq!(widths(&[3.0, 1.0, 2.0, 5.0]), [1.5, 0.5, 1.0, 1.0]);
        assert_eq!(widths(&[3.0]), [1.0]);
    }

    #[test]
    fn an_interval_ends_between_values_that_were_tried() {
        let deviance = |period: f64| (period, ((period - 3.0) / 0.5).powi(2));
        let coarse = interval(&[1.5, 2.25, 3.0, 3.75, 4.5].map(deviance), 0.1);
        assert!((coarse.0 - 2.02).abs() < 0.01 && (coarse.1 - 3.98).abs() < 0.01, "{coarse:?}");
        let sharp = interval(&[2.9, 3.0, 3.1].map(|period| (period, ((period - 3.0) / 0.01f64).powi(2))), 0.1);
        assert!((sharp.0 - 2.95).abs() < 1e-9 && (sharp.1 - 3.05).abs() < 1e-9, "{sharp:?}");
        let open = interval(&[2.9, 3.0, 3.1].map(deviance), 0.1);
        assert!((open.0 - 2.85).abs() < 1e-9 && (open.1 - 3.15).abs() < 1e-9, "{open:?}");
    }

    #[test]
    fn the_range_ends_before_the_next_spike() {
        let sweep = |spikes: &[usize]| FitSweep {
            spikes: spikes.to_vec(),
            ..FitSweep::of_current(vec![0.0; 1000], 0.25, -70.0)
        };
        assert_eq!(range(&[sweep(&[100, 140])], (0.0, 20.0)), Some((0.25, 8.0)));
        assert_eq!(range(&[sweep(&[100, 400])], (0.0, 20.0)), Some((0.25, 12.0)));
        assert_eq!(range(&[sweep(&[100])], (0.0, 20.0)), None);
    }

    #[test]
    fn the_jackknife_of_means_is_their_error() {
        let x = [1.0, 2.0, 4.0, 9.0];
        let without: Vec<f64> = (0..4).map(|i| (16.0 - x[i]) / 3.0).collect();
        let variance = x.iter().map(|x| (x - 4.0f64).powi(2)).sum::<f64>() / 3.0;
        assert!((jackknife(&without) - (variance / 4.0).sqrt()).abs() < 1e-12);
    }
}
