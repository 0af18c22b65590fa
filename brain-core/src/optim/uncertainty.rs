//! [`Uncertainty`] says how well the data of a least-squares fit determine its parameters.

use super::linear::{eigen, packed};

/// Standard errors and correlations of the parameters of one problem, and which of them the data do not determine.
///
/// They follow from `J^T W J` at the optimum and the variance of a residual of weight 1. The matrix is scaled to a unit
/// diagonal; directions whose eigenvalue is below `tolerance` of the largest are unknown, and a parameter that takes
/// part in one is not identifiable. The covariance of the others is taken over the known directions.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    /// Standard error of each parameter in its unit; `None` where it is not identifiable.
    pub std_errors: Vec<Option<f64>>,
    /// Correlations, k x k, row by row; 0 between different parameters where one of the two is not identifiable.
    pub correlations: Vec<f64>,
    /// Largest over smallest eigenvalue of the scaled matrix; infinite if one is zero or below.
    pub condition: f64,
}

/// A parameter is not identifiable if more than this part of its unit vector (squared) is within the unknown
/// directions.
const SHARE: f64 = 1e-3;

impl Uncertainty {
    /// Eigenvalue below which a direction is unknown, relative to the largest, for sums made in double precision.
    pub const TOLERANCE: f64 = 1e-10;

    /// Computes them from the upper triangle of `J^T W J` (see [`packed`]). Parameters marked `fixed`, such as those at
    /// a bound, take no part and have no standard error.
    pub fn new(jtj: &[f64], fixed: &[bool], variance: f64, tolerance: f64) -> Self {
        let k = fixed.len();
        let scale: Vec<f64> = (0..k)
            .map(|i| {
                let d = jtj[packed(k, i, i)];
                if !fixed[i] && d > 0.0 && d.is_finite() { d.sqrt() } else { 0.0 }
            })
            .collect();
        let used: Vec<usize> = (0..k).filter(|&i| scale[i] > 0.0).collect();
        let n = used.len();
        let scaled = used.iter().flat_map(|&i| used.iter().map(move |&j| (i, j)));
        let scaled: Vec<f64> = scaled.map(|(i, j)| jtj[packed(k, i, j)] / (scale[i] * scale[j])).collect();
        let mut result = Self { std_errors: vec![None; k], correlations: vec![0.0; k * k], condition: f64::INFINITY };
        (0..k).for_each(|i| result.correlations[i * k + i] = 1.0);
        if scaled.iter().any(|x| !x.is_finite()) {
            return result;
        }
        let (values, vectors) = eigen(scaled, n);
        let most = values.iter().copied().fold(0.0, f64::max);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        if least > 0.0 && least.is_finite() {
            result.condition = most / least;
        }
        let known: Vec<usize> = (0..n).filter(|&e| values[e] > tolerance * most).collect();
        let covariance = |a: usize, b: usize| -> f64 {
            known.iter().map(|&e| vectors[a * n + e] * vectors[b * n + e] / values[e]).sum()
        };
        let identifiable: Vec<usize> =
            (0..n).filter(|&a| known.iter().map(|&e| vectors[a * n + e].powi(2)).sum::<f64>() >= 1.0 - SHARE).collect();
        for &a in &identifiable {
            result.std_errors[used[a]] = Some((covariance(a, a) * variance).sqrt() / scale[used[a]]);
            for &b in identifiable.iter().filter(|&&b| b != a) {
                let r = covariance(a, b) / (covariance(a, a) * covariance(b, b)).sqrt();
                result.correlations[used[a] * k + used[b]] = r;
            }
        }
        result
    }

    /// Returns whether the data determine parameter `i`.
    pub fn identifiable(&self, i: usize) -> bool {
        self.std_errors[i].is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For a straight line through x = 0..=4 the covariance of intercept and slope is known in closed form.
    #[test]
    fn a_straight_line() {
        let (n, sx, sxx) = (5.0, 10.0, 30.0);
        let u = Uncertainty::new(&[n, sx, sxx], &[false; 2], 0.25, Uncertainty::TOLERANCE);
        let det = n * sxx - sx * sx;
        assert!((u.std_errors[0].unwrap() - (0.25 * sxx / det).sqrt()).abs() < 1e-12);
        assert!((u.std_errors[1].unwrap() - (0.25 * n / det).sqrt()).abs() < 1e-12);
        assert!((u.correlations[1] + sx / (n * sxx).sqrt()).abs() < 1e-12);
        let fixed = Uncertainty::new(&[n, sx, sxx], &[true, false], 0.25, Uncertainty::TOLERANCE);
        assert_eq!(fixed.std_errors[0], None);
        assert!((fixed.std_errors[1].unwrap() - (0.25 / sxx).sqrt()).abs() < 1e-12);
    }

    /// Only the sum of the first two matters, the third is well known, the fourth has no effect.
    #[test]
    fn what_the_data_do_not_say_is_flagged() {
        let columns = [[1.0, 2.0, 0.5], [1.0, 2.0, 0.5], [1.0, -1.0, 3.0], [0.0; 3]];
        let dot = |i: usize, j: usize| (0..3).map(|t| columns[i][t] * columns[j][t]).sum::<f64>();
        let jtj: Vec<f64> = (0..4).flat_map(|i| (i..4).map(move |j| dot(i, j))).collect();
        let u = Uncertainty::new(&jtj, &[false; 4], 1.0, Uncertainty::TOLERANCE);
        assert_eq!([0, 1, 2, 3].map(|i| u.identifiable(i)), [false, false, true, false]);
        assert!(u.condition > 1e10);
        let nothing = Uncertainty::new(&[f64::NAN], &[false], 1.0, Uncertainty::TOLERANCE);
        assert!(!nothing.identifiable(0));
    }
}
