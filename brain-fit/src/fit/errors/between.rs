//! What sweeps say that differ from each other, beside what the noise within them explains.
//!
//! A sweep `s` changes a coordinate by `d_s`, and its noise gives the coordinate the variance `W_s`. With `w_s = W_s / W`
//! the part of that sweep in `W = sum_s W_s`, the variance between sweeps `B = sum_s d_s^2` has the degrees of freedom
//!
//! ```text
//! nu = 1 / (sum_s w_s^2 + sum_(s != t) w_s^2 w_t^2 / ((1 - w_s) (1 - w_t)))
//! ```
//!
//! of Satterthwaite (1946, <https://doi.org/10.2307/3002019>), which are one less than the sweeps where these say as much as
//! each other. They are few: by chance alone `B` is far above or below `W`, and the larger of the two would be too wide. So
//! what exceeds `W` counts where noise alone would explain it in no more than 1 % of data sets, be it for the
//! coordinate itself or for all directions of the stage together; else `B` is taken as `W` at most. Where it counts, an
//! interval is that of Student's distribution (Bell and McCaffrey 2002, Survey Methodology 28:169).

use super::INTERVAL;
use super::axes::Axes;
use super::matrix::add;
use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};

/// A test finds sweeps different that are not in this part of data sets.
const CHANCE: f64 = 0.01;
/// Sweeps are not compared along a direction of which one of them tells more than this part.
const ALONE: f64 = 0.9;

/// What sweeps say of one coordinate, or along one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Along {
    /// Variance by the noise within sweeps.
    within: f64,
    /// Variance by how sweeps differ.
    between: f64,
    /// Degrees of freedom of the latter.
    freedom: f64,
}

impl Along {
    /// Finds it from the variance that each sweep's noise gives, and each sweep's change; none where there are no two
    /// sweeps to compare.
    fn new(noise: &[f64], change: &[f64]) -> Option<Self> {
        let within: f64 = noise.iter().sum();
        let part: Vec<f64> = noise.iter().map(|x| x / within).collect();
        // Rounding makes nothing of a sweep a little less than nothing.
        if part.len() < 2 || !part.iter().all(|w| (-1e-9..=ALONE).contains(w)) {
            return None;
        }
        let own: f64 = part.iter().map(|w| w * w).sum();
        let pull: f64 = part.iter().map(|w| w * w / (1.0 - w)).sum();
        let twice: f64 = part.iter().map(|w| (w * w / (1.0 - w)).powi(2)).sum();
        let freedom = (1.0 / (own + pull * pull - twice)).max(1.0);
        Some(Self { within, between: change.iter().map(|d| d * d).sum(), freedom })
    }

    /// Gives the squares between sweeps in units of what noise gives, as many as there are degrees of freedom.
    fn squares(&self) -> f64 {
        self.freedom * self.between / self.within
    }

    /// Tells whether sweeps differ by more than noise explains.
    fn differs(&self) -> bool {
        surpasses(self.squares(), self.freedom)
    }
}

/// Tells whether a sum of squares, in units of its expectation for one degree of freedom, is larger than chance gives.
pub fn surpasses(squares: f64, freedom: f64) -> bool {
    ChiSquared::new(freedom).is_ok_and(|of| squares > of.inverse_cdf(1.0 - CHANCE))
}

/// The error of a coordinate by how sweeps differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    /// Variance.
    pub variance: f64,
    /// Half the width of an interval that holds the truth in 95 of 100 data sets, in standard errors.
    pub interval: f64,
}

/// Compares sweeps, for each of `k` coordinates: `noise` is the covariance `[k, k]` that the noise of each sweep gives, and
/// `influence` what each sweep changes, `[k]`. There is none for a coordinate that fewer than two sweeps tell.
pub fn between(noise: &[Vec<f64>], influence: &[Vec<f64>], k: usize) -> Vec<Option<Between>> {
    let along = |u: &[f64]| {
        let variance = |m: &Vec<f64>| -> f64 {
            (0..k).filter(|a| u[*a] != 0.0).map(|a| u[a] * (0..k).map(|b| m[a * k + b] * u[b]).sum::<f64>()).sum()
        };
        let change = |d: &Vec<f64>| -> f64 { d.iter().zip(u).map(|(d, u)| d * u).sum() };
        let noise: Vec<f64> = noise.iter().map(variance).collect();
        Along::new(&noise, &influence.iter().map(change).collect::<Vec<_>>())
    };
    let mut sum = vec![0.0; k * k];
    noise.iter().for_each(|of| add(&mut sum, of));
    let all: Vec<Along> = Axes::new(&sum, k).directions().filter_map(along).collect();
    let together = surpasses(all.iter().map(Along::squares).sum(), all.iter().map(|x| x.freedom).sum());
    let one = |a: usize| {
        let unit: Vec<f64> = (0..k).map(|b| if a == b { 1.0 } else { 0.0 }).collect();
        let of = along(&unit)?;
        Some(match together || of.differs() {
            true => Between { variance: of.between, interval: student(of.freedom) },
            false => Between { variance: of.between.min(of.within), interval: INTERVAL },
        })
    };
    (0..k).map(one).collect()
}

/// Half the width of an interval of Student's distribution that holds 95 %.
pub fn student(freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(INTERVAL, |of| of.inverse_cdf(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain_core::Seed;

    #[test]
    fn sweeps_that_say_as_much_have_one_degree_less_than_there_are() {
        let same = Along::new(&[0.5; 4], &[1.0, -1.0, 0.0, 0.0]).unwrap();
        assert!((same.freedom - 3.0).abs() < 1e-12 && same.within == 2.0 && same.between == 2.0, "{same:?}");
        assert!(Along::new(&[1.0, 1.0, 0.1], &[0.0; 3]).unwrap().freedom < 1.3);
        assert_eq!(Along::new(&[1.0, 0.01], &[0.0; 2]), None, "one of them tells it all");
        assert_eq!(Along::new(&[1.0], &[0.0]), None);
        for (freedom, half) in [(1.0, 12.7062), (3.0, 3.1824), (10.0, 2.2281), (100.0, 1.9840)] {
            assert!((student(freedom) - half).abs() < 1e-3, "{freedom}: {}", student(freedom));
        }
    }

    /// Two coordinates, of which `x` is the mean of sweeps that differ by `spread` beside noise of variance one: how often
    /// the interval of the first holds its truth, and how often each kind of error is reported.
    fn held(sweeps: usize, spread: f64) -> (f64, f64) {
        const SETS: usize = 4000;
        let mut stream = Seed::new(3).child("between").at(sweeps as u64);
        let (mut held, mut counted) = (0, 0);
        for _ in 0..SETS {
            let x: Vec<[f64; 2]> =
                (0..sweeps).map(|_| [0; 2].map(|_| stream.normal() + spread * stream.normal())).collect();
            let n = sweeps as f64;
            let mean = [0, 1].map(|a| x.iter().map(|x| x[a]).sum::<f64>() / n);
            let influence: Vec<Vec<f64>> =
                x.iter().map(|x| (0..2).map(|a| (x[a] - mean[a]) / (n * (n - 1.0)).sqrt()).collect()).collect();
            let noise = vec![vec![1.0 / (n * n), 0.0, 0.0, 1.0 / (n * n)]; sweeps];
            let found = between(&noise, &influence, 2)[0].unwrap();
            let within = 1.0 / n;
            let half = match found.variance > within {
                true => found.interval * found.variance.sqrt(),
                false => INTERVAL * within.sqrt(),
            };
            held += usize::from(mean[0].abs() <= half);
            counted += usize::from(found.variance > within);
        }
        (held as f64 / SETS as f64, counted as f64 / SETS as f64)
    }

    #[test]
    fn intervals_hold_the_truth_whether_sweeps_differ_or_not() {
        for sweeps in [3, 5, 10] {
            let (alike, chance) = held(sweeps, 0.0);
            assert!((0.94..0.97).contains(&alike) && chance < 0.03, "{sweeps}: {alike} {chance}");
            let (apart, _) = held(sweeps, 10.0);
            assert!((0.93..0.97).contains(&apart), "{sweeps}: {apart}");
        }
    }
}
