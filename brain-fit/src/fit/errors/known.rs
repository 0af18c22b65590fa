//! How well the equations of a fit determine its coordinates.
//!
//! At its optimum a stage of a fit solves `sum_s S_s(z) = 0`, where `S_s = J^T W r` is the share of sweep `s`. With the
//! curvature `H = sum_s J^T W J` and its inverse `P`, taken over the directions that the data determine, the errors are
//!
//! ```text
//! within:   P (sum_s M_s + X C X^T) P           M_s = J^T W cov(noise) W J
//! between:  sum_s d_s d_s^T,   d_s = -P (A_s S_s + X d'_s),   A_s = (1 - H_s P)^(-1/2)
//! ```
//!
//! The first is what the noise within sweeps does (Huber's sandwich); `C` and `d'` are those of the stage before, which
//! this one takes as given, and `X` is the derivative of the equations w.r.t. the coordinates of that stage. The second
//! is what sweeps say that differ from each other; `A_s` accounts for the pull that a sweep itself has on the fit (Bell
//! and McCaffrey 2002, Survey Methodology 28:169, `CR2`). What of it counts beside the first, `between` says.

use super::INTERVAL;
use super::between::{Between, between};
use super::matrix::{add, congruence, product, trace_of_product, transposed};
use brain_core::optim::{Uncertainty, eigen};

/// A coordinate is not determined if more than this part of its unit vector (squared) lies in unknown directions.
const SHARE: f64 = 1e-3;
/// A sweep alone tells a direction if without it less than this part of the curvature is left.
const ALONE: f64 = 0.1;
/// Errors between sweeps are not known of a coordinate whose variance comes by more than this part from directions that
/// one sweep alone tells.
const LOST: f64 = 0.1;

/// The share of one sweep in the equations of a stage of `k` coordinates.
#[derive(Clone, Debug)]
pub struct SweepShare {
    /// `J^T W J`, `[k, k]`.
    pub curvature: Vec<f64>,
    /// `J^T W r`, `[k]`.
    pub score: Vec<f64>,
    /// Covariance of the score by the noise within the sweep, `[k, k]`.
    pub noise: Vec<f64>,
    /// Derivative of the score w.r.t. the coordinates of the stage before, `[k, before]`.
    pub cross: Vec<f64>,
    /// Part of the score, from 0 to 1, that is not there by errors of the stage before alone.
    pub own: f64,
}

/// What the equations of a stage tell of its coordinates.
#[derive(Clone, Debug)]
pub struct Known {
    /// Covariance by the noise within sweeps, `[k, k]`; zero where a coordinate is not determined.
    pub within: Vec<f64>,
    /// The same without what [`doubt`](Self::doubt) adds: this goes on to the next stage.
    pub passed_on: Vec<f64>,
    /// The part of each sweep in that, `[sweep][k, k]`; it goes on too.
    noise: Vec<Vec<f64>>,
    /// Change of the coordinates by what each sweep says differently, `[sweep][k]`.
    pub influence: Vec<Vec<f64>>,
    /// What these changes tell of each coordinate.
    between: Vec<Option<Between>>,
    /// Whether the data determine each coordinate.
    pub determined: Vec<bool>,
    /// Whether more than one sweep tells each coordinate.
    pub told_by_several: Vec<bool>,
    /// Change of the coordinates if the priors were taken away, `[k]`.
    pub without_priors: Vec<f64>,
    /// Eigenvalues of the curvature, scaled to a unit diagonal, over the coordinates that were not fixed; the largest
    /// first.
    pub eigenvalues: Vec<f64>,
    /// The inverse curvature, `[k, k]`.
    pub inverse: Vec<f64>,
}

/// The inverse of a curvature over the directions that it determines.
#[derive(Clone, Debug)]
pub struct Inverse {
    /// `B` with `P = B^T B`, `[direction, k]`.
    root: Vec<f64>,
    determined: Vec<bool>,
    eigenvalues: Vec<f64>,
    k: usize,
}

impl Inverse {
    /// Inverts the curvature `[k, k]` of the coordinates that are not `fixed`. Directions whose eigenvalue, after scaling
    /// to a unit diagonal, is below [`Uncertainty::TOLERANCE`] of the largest are left out.
    pub fn new(curvature: &[f64], fixed: &[bool]) -> Self {
        let k = fixed.len();
        let scale = |a: usize| {
            let d = curvature[a * k + a];
            if !fixed[a] && d > 0.0 && d.is_finite() { d.sqrt() } else { 0.0 }
        };
        let scale: Vec<f64> = (0..k).map(scale).collect();
        let used: Vec<usize> = (0..k).filter(|&a| scale[a] > 0.0).collect();
        let n = used.len();
        let pairs = used.iter().flat_map(|&a| used.iter().map(move |&b| (a, b)));
        let scaled: Vec<f64> = pairs.map(|(a, b)| curvature[a * k + b] / (scale[a] * scale[b])).collect();
        let mut inverse = Self { root: Vec::new(), determined: vec![false; k], eigenvalues: Vec::new(), k };
        if scaled.iter().any(|x| !x.is_finite()) {
            return inverse;
        }
        let (values, vectors) = eigen(scaled, n);
        let most = values.iter().copied().fold(0.0, f64::max);
        let known: Vec<usize> = (0..n).filter(|&e| values[e] > Uncertainty::TOLERANCE * most).collect();
        for &e in &known {
            let mut row = vec![0.0; k];
            for (i, &a) in used.iter().enumerate() {
                row[a] = vectors[i * n + e] / (values[e].sqrt() * scale[a]);
            }
            inverse.root.extend(row);
        }
        for (i, &a) in used.iter().enumerate() {
            let share: f64 = known.iter().map(|&e| vectors[i * n + e].powi(2)).sum();
            inverse.determined[a] = share >= 1.0 - SHARE;
        }
        inverse.eigenvalues = values;
        inverse.eigenvalues.sort_by(|a, b| b.total_cmp(a));
        inverse
    }

    /// Gives the inverse itself, `[k, k]`.
    pub fn matrix(&self) -> Vec<f64> {
        match self.root.is_empty() {
            true => vec![0.0; self.k * self.k],
            false => product(&transposed(&self.root, self.k), &self.root, self.root.len() / self.k),
        }
    }

    /// Gives the change of the coordinates by a sweep's score, corrected for the sweep's own pull, and how much of the
    /// variance of each coordinate lies in directions that this sweep alone tells.
    fn influence(&self, curvature: &[f64], score: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let k = self.k;
        let m = self.root.len() / k.max(1);
        let back = transposed(&self.root, k);
        let (values, vectors) = eigen(congruence(&self.root, curvature, k), m);
        let reduced = product(&self.root, score, k);
        let (mut corrected, mut lost) = (vec![0.0; m], vec![0.0; k]);
        for e in 0..m {
            let direction: Vec<f64> = (0..m).map(|i| vectors[i * m + e]).collect();
            let left = 1.0 - values[e];
            if left < ALONE {
                let of = product(&back, &direction, m);
                lost.iter_mut().zip(of).for_each(|(lost, x)| *lost += x * x);
                continue;
            }
            let along: f64 = direction.iter().zip(&reduced).map(|(d, y)| d * y).sum();
            corrected.iter_mut().zip(&direction).for_each(|(to, d)| *to += along * d / left.sqrt());
        }
        (product(&back, &corrected, m.max(1)).into_iter().map(|x| -x).collect(), lost)
    }
}

impl Known {
    /// Finds what the sweeps tell of coordinates; those marked `fixed`, such as at a bound, take no part.
    pub fn new(sweeps: &[SweepShare], fixed: &[bool], before: Option<&Known>) -> Self {
        let k = fixed.len();
        let (mut curvature, mut score) = (vec![0.0; k * k], vec![0.0; k]);
        let mut cross = vec![0.0; sweeps.first().map_or(0, |s| s.cross.len())];
        for s in sweeps {
            add(&mut curvature, &s.curvature);
            add(&mut score, &s.score);
            add(&mut cross, &s.cross);
        }
        let inverse = Inverse::new(&curvature, fixed);
        let p = inverse.matrix();
        let earlier = before.map_or(0, |b| b.determined.len());
        let determined = inverse.determined.clone();
        let known = |covariance: Vec<f64>| -> Vec<f64> {
            let both = |i: usize| determined[i / k] && determined[i % k];
            covariance.into_iter().enumerate().map(|(i, x)| if both(i) { x } else { 0.0 }).collect()
        };
        let of_sweep = |(i, s): (usize, &SweepShare)| {
            let mut noise = s.noise.clone();
            if let Some(of) = before.and_then(|b| b.noise.get(i)) {
                add(&mut noise, &congruence(&cross, of, earlier));
            }
            known(congruence(&p, &noise, k))
        };
        let noise: Vec<Vec<f64>> = sweeps.iter().enumerate().map(of_sweep).collect();
        let mut within = vec![0.0; k * k];
        noise.iter().for_each(|of| add(&mut within, of));
        let through = product(&p, &cross, k);
        let (mut influence, mut told_by_several) = (Vec::new(), determined.clone());
        for (i, s) in sweeps.iter().enumerate() {
            let score: Vec<f64> = s.score.iter().map(|x| s.own * x).collect();
            let (mut change, lost) = inverse.influence(&s.curvature, &score);
            for (a, told) in told_by_several.iter_mut().enumerate() {
                *told &= lost[a] <= LOST * p[a * k + a];
            }
            if let Some(of) = before.and_then(|b| b.influence.get(i)) {
                let by_before = product(&through, of, earlier);
                change.iter_mut().zip(by_before).for_each(|(change, by)| *change -= by);
            }
            influence.push(change);
        }
        let without_priors = product(&p, &score, k).into_iter().map(|x| -x).collect();
        let eigenvalues = inverse.eigenvalues.clone();
        let mut compared = between(&noise, &influence, k);
        for (found, told) in compared.iter_mut().zip(&told_by_several) {
            *found = found.filter(|_| *told);
        }
        Self {
            passed_on: within.clone(),
            within,
            noise,
            influence,
            between: compared,
            determined,
            told_by_several,
            without_priors,
            eigenvalues,
            inverse: p,
        }
    }

    /// Adds a covariance `[k, k]` by something that was found together with the coordinates. The two make up for each
    /// other in what a later stage sees, so that stage is not given it.
    pub fn doubt(&mut self, covariance: &[f64]) {
        let k = self.determined.len();
        for (i, (x, more)) in self.within.iter_mut().zip(covariance).enumerate() {
            if self.determined[i / k] && self.determined[i % k] {
                *x += more;
            }
        }
        for (a, of) in self.between.iter_mut().enumerate() {
            of.iter_mut().for_each(|of| of.variance += covariance[a * k + a]);
        }
    }

    /// Gives the standard error of coordinate `a` by the noise within sweeps; none where the data do not determine it.
    pub fn error_within(&self, a: usize) -> Option<f64> {
        self.determined[a].then(|| self.within[a * self.determined.len() + a].max(0.0).sqrt())
    }

    /// Gives the standard error of coordinate `a` by how sweeps differ; none where fewer than two tell of it.
    pub fn error_between(&self, a: usize) -> Option<f64> {
        self.between[a].filter(|_| self.determined[a]).map(|of| of.variance.sqrt())
    }

    /// Gives the larger of the two errors.
    pub fn error(&self, a: usize) -> Option<f64> {
        let within = self.error_within(a)?;
        Some(self.error_between(a).map_or(within, |between| between.max(within)))
    }

    /// Gives half the width of the interval of coordinate `a` that holds the truth in 95 of 100 data sets.
    pub fn half_interval(&self, a: usize) -> Option<f64> {
        let within = self.error_within(a)?;
        let between = self.between[a].filter(|of| of.variance.sqrt() > within);
        Some(between.map_or(INTERVAL * within, |of| of.interval * of.variance.sqrt()))
    }

    /// Gives the error of a normal distribution with the same interval: that whose interval a profile has to agree with.
    pub fn error_of_interval(&self, a: usize) -> Option<f64> {
        self.half_interval(a).map(|half| half / INTERVAL)
    }

    /// Gives the correlation of two coordinates by the noise within sweeps; 0 where one is not determined.
    pub fn correlation(&self, a: usize, b: usize) -> f64 {
        let k = self.determined.len();
        let scale = (self.within[a * k + a] * self.within[b * k + b]).sqrt();
        if scale > 0.0 { self.within[a * k + b] / scale } else { 0.0 }
    }
}

/// Gives the sum of squared residuals, in units of the variance of the noise, that a fit takes from one sweep: it is what
/// residuals lack of the number of samples. `forward` is `J^T W R` and `noise` `J^T W R W J` of all sweeps for noise of
/// correlation `R` and variance one; `of` is `J^T W R J` and `plain` `J^T J` of that sweep.
pub fn degrees_taken(inverse: &[f64], noise: &[f64], of: &[f64], plain: &[f64], k: usize) -> f64 {
    let spread = congruence(inverse, noise, k);
    2.0 * trace_of_product(inverse, of, k) - trace_of_product(&spread, plain, k)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sweeps of a straight line's samples `(x, residual)`, with noise of variance `v`.
    fn line(sweeps: &[&[(f64, f64)]], v: f64) -> Vec<SweepShare> {
        let one = |points: &&[(f64, f64)]| {
            let (mut curvature, mut score) = (vec![0.0; 4], vec![0.0; 2]);
            for &(x, r) in *points {
                super::super::matrix::add_outer(&mut curvature, 1.0, &[1.0, x], &[1.0, x]);
                add(&mut score, &[r, r * x]);
            }
            let noise = curvature.iter().map(|c| v * c).collect();
            SweepShare { curvature, score, noise, cross: Vec::new(), own: 1.0 }
        };
        sweeps.iter().map(one).collect()
    }

    #[test]
    fn white_noise_gives_the_textbook_error() {
        let points: Vec<(f64, f64)> = (0..5).map(|x| (f64::from(x), 0.0)).collect();
        let known = Known::new(&line(&[&points], 0.25), &[false; 2], None);
        let det = 5.0 * 30.0 - 100.0;
        assert!((known.error_within(0).unwrap() - (0.25f64 * 30.0 / det).sqrt()).abs() < 1e-12);
        assert!((known.error_within(1).unwrap() - (0.25f64 * 5.0 / det).sqrt()).abs() < 1e-12);
        assert!((known.correlation(0, 1) + 10.0 / (5.0f64 * 30.0).sqrt()).abs() < 1e-12);
        assert_eq!((known.error_between(0), known.error(1)), (None, known.error_within(1)), "one sweep has no others");
        let fixed = Known::new(&line(&[&points], 0.25), &[true, false], None);
        assert_eq!(fixed.error(0), None);
        assert!((fixed.error(1).unwrap() - (0.25f64 / 30.0).sqrt()).abs() < 1e-12);
    }

    /// The mean of n sweeps that each have an offset has the error of their spread over the root of n.
    #[test]
    fn sweeps_that_differ_say_so() {
        let offsets = [1.0, -2.0, 0.5, 0.5];
        let shares: Vec<SweepShare> = offsets
            .iter()
            .map(|o| SweepShare {
                curvature: vec![10.0],
                score: vec![10.0 * o],
                noise: vec![0.1],
                cross: Vec::new(),
                own: 1.0,
            })
            .collect();
        let known = Known::new(&shares, &[false], None);
        let variance: f64 = offsets.iter().map(|o| o * o).sum::<f64>() / 3.0;
        assert!((known.error_between(0).unwrap() - (variance / 4.0).sqrt()).abs() < 1e-12, "{known:?}");
        assert!(known.error_within(0).unwrap() < 0.1 && known.error(0) == known.error_between(0));
    }

    #[test]
    fn what_one_sweep_alone_tells_has_no_error_between() {
        let shares = line(&[&[(0.0, 0.1), (0.0, -0.2)], &[(0.0, 0.1), (2.0, 0.0)]], 1.0);
        let known = Known::new(&shares, &[false; 2], None);
        assert!(known.error_between(0).is_some() && known.error_between(1).is_none(), "{known:?}");
    }

    /// A second stage that measures `y = z + x` with `x` from the first has the variances of both.
    #[test]
    fn errors_go_on_to_the_next_stage() {
        let share = |noise: f64, cross: Vec<f64>, score: f64| SweepShare {
            curvature: vec![1.0],
            score: vec![score],
            noise: vec![noise],
            cross,
            own: 1.0,
        };
        let first = [share(4.0, Vec::new(), 1.0), share(4.0, Vec::new(), -1.0)];
        let before = Known::new(&first, &[false], None);
        let second = [share(1.0, vec![1.0], 0.0), share(1.0, vec![1.0], 0.0)];
        let known = Known::new(&second, &[false], Some(&before));
        assert!((known.error_within(0).unwrap().powi(2) - (2.0 + 0.5)).abs() < 1e-12);
        assert_eq!(known.error_between(0), before.error_between(0));
    }

    #[test]
    fn what_the_data_do_not_say_is_not_determined() {
        let share = SweepShare {
            curvature: vec![1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 2.0],
            score: vec![0.0; 3],
            noise: vec![0.0; 9],
            cross: Vec::new(),
            own: 1.0,
        };
        let known = Known::new(&[share], &[false; 3], None);
        assert_eq!(known.determined, [false, false, true]);
        assert!(known.error(0).is_none() && known.error(2).is_some());
    }
}
