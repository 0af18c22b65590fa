//! The principal axes of a covariance, along which errors are independent.
//!
//! Errors of a stage make up for each other: what one of its coordinates alone does to the next stage is far more than
//! what they do together. Derivatives along each coordinate, of which each is a little wrong, do not show it; those
//! along the axes do, over as far as the errors reach.

use super::matrix::product;
use brain_core::optim::{Uncertainty, eigen};

/// The axes of a covariance of `k` coordinates.
#[derive(Clone, Debug)]
pub struct Axes {
    /// A standard error along each axis, `[axis][k]`.
    pub errors: Vec<Vec<f64>>,
    /// What a change of each coordinate is in standard errors along each axis, `[axis, k]`.
    of_coordinates: Vec<f64>,
    k: usize,
}

impl Axes {
    /// Finds the axes of a covariance `[k, k]`; coordinates of no variance take part in none.
    pub fn new(covariance: &[f64], k: usize) -> Self {
        let sd: Vec<f64> = (0..k).map(|a| covariance[a * k + a].max(0.0).sqrt()).collect();
        let used: Vec<usize> = (0..k).filter(|&a| sd[a] > 0.0 && sd[a].is_finite()).collect();
        let n = used.len();
        let pairs = used.iter().flat_map(|&a| used.iter().map(move |&b| (a, b)));
        let (values, vectors) = eigen(pairs.map(|(a, b)| covariance[a * k + b] / (sd[a] * sd[b])).collect(), n);
        let most = values.iter().copied().fold(0.0, f64::max);
        let (mut errors, mut of_coordinates) = (Vec::new(), Vec::new());
        for e in (0..n).filter(|&e| values[e] > Uncertainty::TOLERANCE * most) {
            let (mut error, mut of) = (vec![0.0; k], vec![0.0; k]);
            for (i, &a) in used.iter().enumerate() {
                let v = vectors[i * n + e];
                (error[a], of[a]) = (v * values[e].sqrt() * sd[a], v / (values[e].sqrt() * sd[a]));
            }
            errors.push(error);
            of_coordinates.extend(of);
        }
        Self { errors, of_coordinates, k }
    }

    /// Iterates over the directions whose products with a change of the coordinates are independent and of variance one.
    pub fn directions(&self) -> impl Iterator<Item = &[f64]> {
        self.of_coordinates.chunks(self.k.max(1))
    }

    /// Turns derivatives for a standard error along each axis into those w.r.t. the coordinates.
    pub fn to_coordinates(&self, slopes: &[f64]) -> Vec<f64> {
        match self.errors.is_empty() {
            true => vec![0.0; self.k],
            false => product(slopes, &self.of_coordinates, self.errors.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matrix::congruence;
    use super::*;

    #[test]
    fn derivatives_come_back_and_variances_are_those_of_the_axes() {
        // The third has no variance; the first two nearly make up for each other.
        let covariance = [4.0, -1.99, 0.0, -1.99, 1.0, 0.0, 0.0, 0.0, 0.0];
        let axes = Axes::new(&covariance, 3);
        let slopes = [3.0, 5.0, 7.0];
        let along: Vec<f64> = axes.errors.iter().map(|e| e.iter().zip(slopes).map(|(e, s)| e * s).sum()).collect();
        let back = axes.to_coordinates(&along);
        assert!((back[0] - 3.0).abs() < 1e-12 && (back[1] - 5.0).abs() < 1e-12 && back[2] == 0.0, "{back:?}");
        let variance: f64 = along.iter().map(|x| x * x).sum();
        assert!((variance - congruence(&slopes, &covariance, 3)[0]).abs() < 1e-12);
        let none = Axes::new(&[0.0], 1);
        assert!(none.errors.is_empty() && none.to_coordinates(&[]) == [0.0]);
    }
}
