//! This module computes statistics of samples: mean, standard deviation, quantiles, and moments of values that are not
//! kept.
//!
//! Sums are made in the order of the values. Functions of a slice return NaN for an empty one.
//!
//! ```
//! use brain_core::stats::{Moments, mean, median, quantile, sample_sd, sd};
//!
//! let x = [4.0, 1.0, 3.0, 2.0];
//! assert_eq!((mean(&x), median(&x), quantile(&x, 0.25)), (2.5, 2.5, 1.75));
//! assert_eq!((sd(&x), sample_sd(&x)), (1.25f64.sqrt(), (5.0f64 / 3.0).sqrt()));
//! let passing: Moments = x.into_iter().collect();
//! assert_eq!((passing.n, passing.mean(), passing.variance()), (4.0, 2.5, 1.25));
//! ```

use libm::erfc;
use std::f64::consts::SQRT_2;

/// Returns the mean.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Returns the standard deviation of a whole population: the sum of squares is divided by the number of values.
pub fn sd(x: &[f64]) -> f64 {
    (squares(x) / x.len() as f64).sqrt()
}

/// Returns the standard deviation that a sample estimates: the sum of squares is divided by the number of values less
/// one.
pub fn sample_sd(x: &[f64]) -> f64 {
    (squares(x) / (x.len() as f64 - 1.0).max(0.0)).sqrt()
}

/// Returns the sum of the squared distances from the mean.
fn squares(x: &[f64]) -> f64 {
    let mean = mean(x);
    x.iter().map(|v| (v - mean).powi(2)).sum()
}

/// Returns the value below which a share `q` of the values lies, interpolated linearly between two of them, as NumPy's
/// `quantile` does by default. `q` is clamped to [0, 1].
pub fn quantile(x: &[f64], q: f64) -> f64 {
    if x.is_empty() {
        return f64::NAN;
    }
    let mut x = x.to_vec();
    let at = q.clamp(0.0, 1.0) * (x.len() - 1) as f64;
    let (_, &mut low, above) = x.select_nth_unstable_by(at as usize, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + at.fract() * (high - low)
}

/// Returns the median, which is the mean of the middle two where the number of values is even.
pub fn median(x: &[f64]) -> f64 {
    quantile(x, 0.5)
}

/// Returns the distribution function of the standard normal distribution at `z`, accurate in both tails.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// Number, sum and sum of squares of values that are not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub n: f64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub squares: f64,
}

impl Moments {
    /// Adds a value.
    #[inline]
    pub fn add(&mut self, x: f64) {
        self.n += 1.0;
        self.sum += x;
        self.squares += x * x;
    }

    /// Returns the mean; NaN without values.
    pub fn mean(&self) -> f64 {
        self.sum / self.n
    }

    /// Returns the mean; `None` without values.
    pub fn some_mean(&self) -> Option<f64> {
        (self.n > 0.0).then(|| self.mean())
    }

    /// Returns the variance of the values as a whole population; it is not below 0, whatever rounding does.
    pub fn variance(&self) -> f64 {
        (self.squares / self.n - self.mean() * self.mean()).max(0.0)
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|x| moments.add(x));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy.quantile([5, 1, 4, 2], [0, 0.1, 0.5, 0.9, 1])
        let x = [5.0, 1.0, 4.0, 2.0];
        for (q, value) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (0.9, 4.7), (1.0, 5.0)] {
            assert!((quantile(&x, q) - value).abs() < 1e-12, "{q}: {}", quantile(&x, q));
        }
        assert_eq!((median(&[7.0, -1.0, 3.0]), median(&[2.0])), (3.0, 2.0));
    }

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        for (z, p, relative) in [
            (1.959963984540054, 0.975, 1e-14),
            (-1.0, 0.158655253931457, 1e-13),
            (-8.0, 6.22096057427178e-16, 1e-12),
            (3.0, 0.998650101968370, 1e-14),
        ] {
            assert!((normal_cdf(z) / p - 1.0).abs() < relative, "{z}: {}", normal_cdf(z));
        }
        assert_eq!((normal_cdf(0.0), normal_cdf(50.0), normal_cdf(-50.0)), (0.5, 1.0, 0.0));
    }

    #[test]
    fn nothing_has_no_statistics() {
        assert!([mean(&[]), sd(&[]), sample_sd(&[]), sample_sd(&[1.0]), median(&[])].iter().all(|x| x.is_nan()));
        assert_eq!(Moments::default().some_mean(), None);
    }
}
