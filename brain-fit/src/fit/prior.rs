//! Priors are weak knowledge of coordinates, which data of little noise outweigh.
//!
//! A prior weighs as one of `n` residuals. What is minimised is
//!
//! ```text
//! F(z) = C(z) exp(P(z) / n),    P(z) = sum_j ((w_j . z - mean_j) / sd_j)^2
//! ```
//!
//! with `C` the sum of squares: `n ln F` is, but for a constant, the deviance `n ln C + P` of `n` independent Gaussian
//! residuals whose variance is not known beforehand, and of the priors. So a prior's weight against `C` is `C / n`, the
//! variance that the residuals show, and goes to zero with them.

use brain_core::optim::{Evaluation, packed};

/// What is known of a linear combination of coordinates before the data are seen.
#[derive(Clone, Debug)]
pub struct Prior {
    /// The coordinates of the combination by position, with their factors.
    pub of: Vec<(usize, f64)>,
    /// Its expected value.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
}

impl Prior {
    /// Makes the prior of a single coordinate.
    pub fn one(coordinate: usize, mean: f64, sd: f64) -> Self {
        Self { of: vec![(coordinate, 1.0)], mean, sd }
    }
}

/// The priors of a problem.
#[derive(Clone, Debug, Default)]
pub struct Priors {
    /// The priors.
    pub list: Vec<Prior>,
    /// Number of independent residuals that they stand beside.
    pub samples: f64,
}

impl Priors {
    /// Gives `P / n` at column `i` of `z` `[coordinate, column]` with `columns` columns.
    fn exponent(&self, z: &[f64], columns: usize, i: usize) -> f64 {
        let square = |p: &Prior| (distance(p, z, columns, i) / p.sd).powi(2);
        self.list.iter().map(square).sum::<f64>() / self.samples.max(1.0)
    }

    /// Gives the factor by which the priors raise the sum of squares at column `i`.
    pub fn factor(&self, z: &[f64], columns: usize, i: usize) -> f64 {
        self.exponent(z, columns, i).exp()
    }

    /// Turns the sum of squares of column `i`, with its derivatives, into what is minimised.
    pub fn apply(&self, to: &mut Evaluation, i: usize, z: &[f64]) {
        if self.list.is_empty() {
            return;
        }
        let n = to.loss.len();
        let k = z.len() / n;
        let (factor, weight) = (self.factor(z, n, i), to.loss[i] / self.samples.max(1.0));
        for p in &self.list {
            let (away, precision) = (distance(p, z, n, i), weight / (p.sd * p.sd));
            for &(a, by_a) in &p.of {
                to.gradient[a * n + i] += precision * away * by_a;
                for &(b, by_b) in p.of.iter().filter(|&&(b, _)| b >= a) {
                    to.jtj[packed(k, a, b) * n + i] += precision * by_a * by_b;
                }
            }
        }
        to.loss[i] *= factor;
        (0..k).for_each(|a| to.gradient[a * n + i] *= factor);
        (0..k * (k + 1) / 2).for_each(|p| to.jtj[p * n + i] *= factor);
    }
}

fn distance(p: &Prior, z: &[f64], columns: usize, i: usize) -> f64 {
    p.of.iter().map(|&(a, by)| by * z[a * columns + i]).sum::<f64>() - p.mean
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of squares `s (1 + (z0 - 1)^2 + z1^2)` of one column.
    fn squares(z: &[f64], s: f64) -> Evaluation {
        let (a, b) = (z[0] - 1.0, z[1]);
        Evaluation { loss: vec![s * (1.0 + a * a + b * b)], gradient: vec![s * a, s * b], jtj: vec![s, 0.0, s] }
    }

    #[test]
    fn the_gradient_is_that_of_the_value() {
        let priors = Priors { list: vec![Prior { of: vec![(0, 1.0), (1, -2.0)], mean: 3.0, sd: 0.5 }], samples: 20.0 };
        let value = |z: &[f64]| {
            let mut e = squares(z, 0.3);
            priors.apply(&mut e, 0, z);
            e
        };
        let (z, h) = ([0.2, 0.4], 1e-6);
        for a in 0..2 {
            let at = |d: f64| {
                let mut z = z;
                z[a] += d;
                value(&z).loss[0]
            };
            let numeric = (at(h) - at(-h)) / (2.0 * h);
            let exact = 2.0 * value(&z).gradient[a];
            assert!((numeric - exact).abs() < 1e-6 * exact.abs(), "{a}: {numeric} {exact}");
        }
    }

    #[test]
    fn the_scale_of_the_squares_does_not_change_the_weight_of_a_prior() {
        let priors = Priors { list: vec![Prior::one(0, 3.0, 0.5)], samples: 20.0 };
        let direction = |s: f64| {
            let z = [0.2, 0.4];
            let mut e = squares(&z, s);
            priors.apply(&mut e, 0, &z);
            e.gradient[0] / e.gradient[1]
        };
        assert!((direction(1.0) - direction(1e-6)).abs() < 1e-9);
    }
}
