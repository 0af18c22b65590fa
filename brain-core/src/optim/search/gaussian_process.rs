//! A Gaussian process with Matérn's covariance of order 5/2 (Rasmussen and Williams 2006, Gaussian Processes for Machine
//! Learning, <https://doi.org/10.7551/mitpress/3206.001.0001>, equations 2.25, 2.30 and 4.17).
//!
//! Values are standardised; between places at the distance `r^2 = sum_a (x_a - x'_a)^2 / l_a^2` they covary by
//!
//! ```text
//! k(r) = s^2 (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r),   and s^2 noise more at a place itself
//! ```
//!
//! Lengths `l` and noise are those of the greatest likelihood on a grid that is refined coordinate by coordinate; the
//! variance `s^2` of the greatest likelihood is known in closed form.

use crate::optim::linear::cholesky;

/// Lengths and noises that are tried first.
const LENGTHS: [f64; 6] = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2];
const NOISES: [f64; 4] = [1e-8, 1e-5, 1e-3, 1e-1];
/// Factors on the length of each coordinate that are tried then, in so many rounds.
const FACTORS: [f64; 2] = [0.5, 2.0];
const ROUNDS: usize = 2;
/// Lengths stay between these.
const SHORTEST: f64 = 0.02;
const LONGEST: f64 = 20.0;

/// The lengths, and the noise relative to the variance.
#[derive(Clone, Debug, PartialEq)]
struct Shape {
    lengths: Vec<f64>,
    noise: f64,
}

impl Shape {
    fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let square = |((a, b), l): ((&f64, &f64), &f64)| ((a - b) / l).powi(2);
        let r = (5.0 * a.iter().zip(b).zip(&self.lengths).map(square).sum::<f64>()).sqrt();
        (1.0 + r + r * r / 3.0) * (-r).exp()
    }
}

/// A process that was fitted to values at some places.
#[derive(Clone, Debug)]
pub(super) struct GaussianProcess {
    shape: Shape,
    places: Vec<Vec<f64>>,
    /// The rows of the factor `L` of the covariance, each up to its diagonal.
    rows: Vec<Vec<f64>>,
    /// The solution of `L a = y` for the standardised values `y`.
    solved: Vec<f64>,
    variance: f64,
    mean: f64,
    deviation: f64,
}

impl GaussianProcess {
    /// Fits the process of the greatest likelihood to `values`, of which there is at least one.
    pub fn fit(places: &[Vec<f64>], values: &[f64]) -> Option<Self> {
        let k = places[0].len();
        let mut best: Option<(f64, Self)> = None;
        let mut consider = |shape: Shape| {
            let found = Self::with(shape, places, values);
            let better = found.as_ref().is_some_and(|(l, _)| best.as_ref().is_none_or(|(most, _)| l > most));
            if better {
                best = found;
            }
            best.as_ref().map(|(_, process)| process.shape.clone())
        };
        let mut shape = None;
        for length in LENGTHS {
            for noise in NOISES {
                shape = consider(Shape { lengths: vec![length; k], noise });
            }
        }
        for a in (0..ROUNDS).flat_map(|_| 0..k) {
            for factor in FACTORS {
                let mut tried = shape.clone()?;
                tried.lengths[a] = (tried.lengths[a] * factor).clamp(SHORTEST, LONGEST);
                shape = consider(tried);
            }
        }
        best.map(|(_, process)| process)
    }

    /// Makes the process of a shape, with its logarithmic likelihood.
    fn with(shape: Shape, places: &[Vec<f64>], values: &[f64]) -> Option<(f64, Self)> {
        let n = places.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let deviation = (values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n as f64).sqrt().max(1e-12);
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                matrix[i * n + j] = shape.covariance(&places[i], &places[j]);
            }
            matrix[i * n + i] += shape.noise;
        }
        cholesky(&mut matrix, n)?;
        let rows: Vec<Vec<f64>> = (0..n).map(|i| matrix[i * n..=i * n + i].to_vec()).collect();
        let y: Vec<f64> = values.iter().map(|y| (y - mean) / deviation).collect();
        let solved = forward(&rows, &y);
        let variance = (solved.iter().map(|a| a * a).sum::<f64>() / n as f64).max(1e-12);
        let determinant: f64 = rows.iter().enumerate().map(|(i, row)| row[i].ln()).sum();
        let likelihood = -0.5 * n as f64 * variance.ln() - determinant;
        let places = places.to_vec();
        Some((likelihood, Self { shape, places, rows, solved, variance, mean, deviation }))
    }

    /// Adds a value without fitting the process again.
    pub fn push(&mut self, place: &[f64], value: f64) {
        let with: Vec<f64> = self.places.iter().map(|x| self.shape.covariance(x, place)).collect();
        let mut row = forward(&self.rows, &with);
        let rest = 1.0 + self.shape.noise - row.iter().map(|l| l * l).sum::<f64>();
        let y = (value - self.mean) / self.deviation;
        let known: f64 = row.iter().zip(&self.solved).map(|(l, a)| l * a).sum();
        let diagonal = rest.max(1e-12).sqrt();
        self.solved.push((y - known) / diagonal);
        row.push(diagonal);
        self.rows.push(row);
        self.places.push(place.into());
    }

    /// Returns the expected value at a place, and its standard deviation.
    pub fn predict(&self, place: &[f64]) -> (f64, f64) {
        let with: Vec<f64> = self.places.iter().map(|x| self.shape.covariance(x, place)).collect();
        let l = forward(&self.rows, &with);
        let mean: f64 = l.iter().zip(&self.solved).map(|(l, a)| l * a).sum();
        let left = (1.0 - l.iter().map(|l| l * l).sum::<f64>()).max(0.0);
        (self.mean + self.deviation * mean, self.deviation * (self.variance * left).sqrt())
    }
}

/// Solves `L a = b`, with the rows of `L` up to their diagonal.
fn forward(rows: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut a: Vec<f64> = Vec::with_capacity(b.len());
    for (row, b) in rows.iter().zip(b) {
        let dot: f64 = row.iter().zip(&a).map(|(l, a)| l * a).sum();
        a.push((b - dot) / row[a.len()]);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers were computed in Python with rational arithmetic, by inverting the covariance instead of factorising it.
    #[test]
    fn predictions_are_those_of_the_formulas() {
        let places: Vec<Vec<f64>> = [0.1, 0.35, 0.6, 0.9].map(|x| vec![x]).into();
        let values = [1.0, -0.5, 0.25, 2.0];
        let shape = Shape { lengths: vec![0.4], noise: 1e-3 };
        let (_, process) = GaussianProcess::with(shape, &places, &values).unwrap();
        let (mean, sd) = process.predict(&[0.5]);
        assert!((mean - -0.3189498429171529).abs() < 1e-12 && (sd - 0.18470117575750783).abs() < 1e-12, "{mean} {sd}");
    }

    #[test]
    fn a_pushed_value_is_as_one_that_was_there_from_the_start() {
        let places: Vec<Vec<f64>> = (0..6).map(|i| vec![0.15 * i as f64, (0.37 * i as f64).fract()]).collect();
        let values: Vec<f64> = places.iter().map(|x| (3.0 * x[0]).sin() + x[1]).collect();
        let shape = Shape { lengths: vec![0.5, 0.8], noise: 1e-4 };
        let (_, whole) = GaussianProcess::with(shape.clone(), &places, &values).unwrap();
        let (_, mut grown) = GaussianProcess::with(shape, &places[..5], &values[..5]).unwrap();
        grown.push(&places[5], values[5]);
        // The mean and deviation that standardise the values differ; distances in units of them do not.
        let at = [0.33, 0.5];
        let relative = |p: &GaussianProcess| p.predict(&at).1 / (p.deviation * p.variance.sqrt());
        assert!((relative(&whole) - relative(&grown)).abs() < 1e-10);
        assert!((grown.predict(&places[5]).0 - values[5]).abs() < 1e-3);
    }

    /// A function of one of two coordinates gets a longer length along the other.
    #[test]
    fn lengths_follow_the_function() {
        let places: Vec<Vec<f64>> =
            (0..30).map(|i| vec![(0.618 * i as f64).fract(), (0.755 * i as f64).fract()]).collect();
        let values: Vec<f64> = places.iter().map(|x| (9.0 * x[0]).sin()).collect();
        let process = GaussianProcess::fit(&places, &values).unwrap();
        assert!(process.shape.lengths[1] >= 4.0 * process.shape.lengths[0], "{:?}", process.shape);
        let (mean, sd) = process.predict(&[0.4, 0.9]);
        assert!((mean - 3.6f64.sin()).abs() < 0.05 && sd < 0.2, "{mean} {sd}");
    }
}
