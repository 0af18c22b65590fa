//! The maximum likelihood of an escape rate that is linear in its logarithm.
//!
//! Near its threshold a cell is taken to spike by chance, at the rate `lambda = exp(w . x)`, 1/ms. With the recorded spikes
//! given, the regressors `x`, such as the potential and what earlier spikes left, are known at every sample, and
//!
//! ```text
//! L(w) = sum over spikes of w . x  -  sum over samples of exp(w . x) dt
//! ```
//!
//! is concave in the weights `w`, so that Newton's method finds its only maximum (Paninski 2004,
//! <https://doi.org/10.1088/0954-898X_15_4_002>; Mensi et al. 2012, <https://doi.org/10.1152/jn.00408.2011>; Pozzorini et
//! al. 2015, <https://doi.org/10.1371/journal.pcbi.1004275>). A weight may be held at or below zero; one that would leave
//! that range is held at zero, and the others are found again.

use super::FitError;
use brain_core::optim::{cholesky, cholesky_solve};

/// Number of steps of Newton's method.
const STEPS: usize = 60;
/// A step ends the search where the likelihood rises by less than this for each spike.
const RISE: f64 = 1e-9;
/// A ridge on all weights but the constant's: a cell that spikes without noise has no maximum otherwise.
const RIDGE: f64 = 1e-3;

/// What is asked of the rate.
#[derive(Clone, Copy, Debug)]
pub struct EscapeProblem<'a> {
    /// For each regressor, whether its weight must not be above zero; the first regressor is the constant one.
    pub not_positive: &'a [bool],
    /// Number of sets of regressors, each of which has its own weights.
    pub columns: usize,
    /// Number of spikes.
    pub spikes: f64,
    /// The time in which they could fall, ms.
    pub time: f64,
}

/// One sample of one column.
#[derive(Clone, Copy, Debug)]
pub struct EscapeSample<'a> {
    /// The column.
    pub column: usize,
    /// Its length, ms.
    pub dt: f64,
    /// Whether the cell spiked in it.
    pub spiked: bool,
    /// The regressors, the first of which is one.
    pub x: &'a [f64],
}

/// The rate of the greatest likelihood of one column.
#[derive(Clone, Debug)]
pub struct EscapeRate {
    /// The weights, each in the inverse of its regressor's unit.
    pub weights: Vec<f64>,
    /// The log-likelihood, with rates in 1/ms.
    pub log_likelihood: f64,
    /// The covariance of the weights, `[k, k]`: the inverse of the curvature; that of a weight held at zero is zero.
    pub covariance: Vec<f64>,
}

/// The likelihood of some weights, its gradient, and minus its curvature.
#[derive(Clone)]
struct Found {
    value: f64,
    gradient: Vec<f64>,
    curvature: Vec<f64>,
}

/// A column on its way up.
struct Climb {
    /// The weights at which it begins: the mean rate, whatever the regressors.
    start: Vec<f64>,
    weights: Vec<f64>,
    step: Vec<f64>,
    held: Vec<bool>,
    found: Option<Found>,
    ended: bool,
}

impl EscapeProblem<'_> {
    /// Finds the weights of every column; `visit` shows every sample of every column to what it is given, each time in the
    /// same order. A column whose likelihood is not finite anywhere has none.
    pub fn maximise(
        &self,
        mut visit: impl FnMut(&mut dyn FnMut(EscapeSample)) -> Result<(), FitError>,
    ) -> Result<Vec<Option<EscapeRate>>, FitError> {
        let k = self.not_positive.len();
        let mut climbs: Vec<Climb> = (0..self.columns).map(|_| self.start()).collect();
        for _ in 0..STEPS {
            let tried: Vec<Vec<f64>> = climbs.iter().map(Climb::tried).collect();
            let mut found = tried.iter().map(|w| ridge(w)).collect::<Vec<_>>();
            visit(&mut |s: EscapeSample| found[s.column].add(&tried[s.column], &s))?;
            for ((climb, tried), found) in climbs.iter_mut().zip(tried).zip(found).filter(|((c, ..), _)| !c.ended) {
                climb.take(tried, found, self.not_positive, self.spikes);
            }
            if climbs.iter().all(|climb| climb.ended) {
                break;
            }
        }
        Ok(climbs.into_iter().map(|climb| climb.rate(k)).collect())
    }

    fn start(&self) -> Climb {
        let k = self.not_positive.len();
        let mut start = vec![0.0; k];
        start[0] = (self.spikes.max(1.0) / self.time.max(f64::MIN_POSITIVE)).ln();
        let step = start.clone();
        Climb { start, weights: vec![0.0; k], step, held: vec![false; k], found: None, ended: false }
    }
}

fn ridge(w: &[f64]) -> Found {
    let k = w.len();
    let mut found = Found { value: 0.0, gradient: vec![0.0; k], curvature: vec![0.0; k * k] };
    for (a, w) in w.iter().enumerate().skip(1) {
        found.value -= 0.5 * RIDGE * w * w;
        found.gradient[a] -= RIDGE * w;
        found.curvature[a * k + a] += RIDGE;
    }
    found
}

impl Found {
    fn add(&mut self, w: &[f64], s: &EscapeSample) {
        let k = w.len();
        let log: f64 = w.iter().zip(s.x).map(|(w, x)| w * x).sum();
        let (expected, spiked) = (log.exp() * s.dt, f64::from(u8::from(s.spiked)));
        self.value += spiked * log - expected;
        for a in 0..k {
            self.gradient[a] += (spiked - expected) * s.x[a];
            let part = expected * s.x[a];
            (0..=a).for_each(|b| self.curvature[a * k + b] += part * s.x[b]);
        }
    }

    /// Gives the curvature's Cholesky factor with the weights that are held left out.
    fn factor(&self, held: &[bool]) -> Option<Vec<f64>> {
        let k = held.len();
        let mut factor = self.curvature.clone();
        for a in 0..k {
            for b in 0..=a {
                if held[a] || held[b] {
                    factor[a * k + b] = f64::from(u8::from(a == b));
                }
            }
        }
        cholesky(&mut factor, k).map(|()| factor)
    }
}

impl Climb {
    fn tried(&self) -> Vec<f64> {
        self.weights.iter().zip(&self.step).map(|(w, step)| w + step).collect()
    }

    /// Takes what was found at the weights that were tried, and chooses the next step.
    fn take(&mut self, tried: Vec<f64>, found: Found, not_positive: &[bool], spikes: f64) {
        let before = self.found.as_ref().map_or(f64::NEG_INFINITY, |found| found.value);
        let factor = found.factor(&self.held);
        let (true, Some(factor)) = (found.value >= before, factor) else {
            self.step.iter_mut().for_each(|step| *step *= 0.5);
            self.ended = self.found.is_some() && self.step.iter().all(|step| step.abs() < f64::EPSILON);
            return;
        };
        let risen = found.value - before;
        let mut step = found.gradient.clone();
        step.iter_mut().zip(&self.held).filter(|(_, held)| **held).for_each(|(step, _)| *step = 0.0);
        cholesky_solve(&factor, &mut step);
        (self.weights, self.step, self.found) = (tried, step, Some(found));
        if risen > RISE * spikes.max(1.0) {
            return;
        }
        let beyond = |a: &usize| not_positive[*a] && !self.held[*a] && self.weights[*a] > 0.0;
        match (0..self.weights.len()).filter(beyond).max_by(|&a, &b| self.weights[a].total_cmp(&self.weights[b])) {
            Some(a) => {
                self.held[a] = true;
                (self.step, self.found) = (self.start.clone(), None);
                self.weights.fill(0.0);
            }
            None => self.ended = true,
        }
    }

    fn rate(self, k: usize) -> Option<EscapeRate> {
        let found = self.found?;
        let factor = found.factor(&self.held)?;
        let mut covariance = vec![0.0; k * k];
        for a in (0..k).filter(|&a| !self.held[a]) {
            let mut column = vec![0.0; k];
            column[a] = 1.0;
            cholesky_solve(&factor, &mut column);
            covariance[a * k..(a + 1) * k].copy_from_slice(&column);
        }
        let ridge: f64 = self.weights.iter().skip(1).map(|w| 0.5 * RIDGE * w * w).sum();
        let log_likelihood = found.value + ridge;
        log_likelihood.is_finite().then_some(EscapeRate { weights: self.weights, log_likelihood, covariance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    /// Spikes of a known rate `exp(-5 + 1.2 x_1 + 0 x_2)`, with regressors that are drawn.
    fn drawn(samples: usize) -> Vec<([f64; 3], bool)> {
        let mut stream = Seed::new(3).child("escape").at(0);
        let one = |_| {
            let x = [1.0, stream.normal(), stream.normal()];
            let expected = (-5.0 + 1.2 * x[1]).exp();
            (x, stream.bernoulli(1.0 - (-expected).exp()))
        };
        (0..samples).map(one).collect()
    }

    fn rate(data: &[([f64; 3], bool)], not_positive: &[bool]) -> EscapeRate {
        let spikes = data.iter().filter(|(_, spiked)| *spiked).count() as f64;
        let problem = EscapeProblem { not_positive, columns: 1, spikes, time: data.len() as f64 };
        let visit = |see: &mut dyn FnMut(EscapeSample)| {
            data.iter().for_each(|(x, spiked)| see(EscapeSample { column: 0, dt: 1.0, spiked: *spiked, x }));
            Ok(())
        };
        problem.maximise(visit).unwrap().remove(0).unwrap()
    }

    fn likelihood(data: &[([f64; 3], bool)], w: &[f64]) -> f64 {
        let one = |(x, spiked): &([f64; 3], bool)| {
            let log: f64 = w.iter().zip(x).map(|(w, x)| w * x).sum();
            f64::from(u8::from(*spiked)) * log - log.exp()
        };
        data.iter().map(one).sum()
    }

    #[test]
    fn the_weights_that_made_the_spikes_are_found() {
        let data = drawn(100_000);
        let found = rate(&data, &[false; 3]);
        // The rate of a bin is that of a spike in it, a little below the expected number.
        for (a, truth) in [-5.0, 1.2, 0.0].into_iter().enumerate() {
            let error = found.covariance[a * 4].sqrt();
            assert!((found.weights[a] - truth).abs() < 4.0 * error && error < 0.06, "{a}: {found:?}");
        }
        // It is a maximum.
        let best = likelihood(&data, &found.weights);
        assert!((best - found.log_likelihood).abs() < 1e-6 * best.abs());
        for a in 0..3 {
            let moved = |by: f64| {
                let mut w = found.weights.clone();
                w[a] += by;
                likelihood(&data, &w)
            };
            let (up, down) = (moved(1e-2), moved(-1e-2));
            assert!(up < best && down < best, "{a}: {down} {best} {up}");
        }
    }

    #[test]
    fn weights_that_must_not_be_positive_are_held_at_zero() {
        let data = drawn(20_000);
        let found = rate(&data, &[false, true, false]);
        assert_eq!(found.weights[1], 0.0);
        assert_eq!(found.covariance[4], 0.0);
        // What is left is as good as a search without that regressor.
        let without: Vec<([f64; 3], bool)> = data.iter().map(|(x, spiked)| ([x[0], 0.0, x[2]], *spiked)).collect();
        let other = rate(&without, &[false; 3]);
        assert!(
            (found.weights[0] - other.weights[0]).abs() < 1e-6 && (found.weights[2] - other.weights[2]).abs() < 1e-6
        );
        assert!(found.log_likelihood < rate(&data, &[false; 3]).log_likelihood - 100.0);
    }

    #[test]
    fn spikes_without_noise_have_a_steep_rate_that_is_finite() {
        let one = |(x, _): ([f64; 3], bool)| ([1.0, x[1].signum(), 0.0], x[1] > 0.0);
        let data: Vec<([f64; 3], bool)> = drawn(2_000).into_iter().map(one).collect();
        let found = rate(&data, &[false; 3]);
        assert!(found.log_likelihood.is_finite() && found.covariance.iter().all(|c| c.is_finite()), "{found:?}");
        // One spike in each sample above, and none in those below.
        let log = |x: f64| found.weights[0] + found.weights[1] * x;
        assert!(log(1.0).abs() < 0.05 && log(-1.0) < -7.0, "{found:?}");
    }
}
