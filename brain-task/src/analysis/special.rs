//! Functions that distributions are made of.

use std::f64::consts::{PI, SQRT_2};

/// Terms after which a series or a fraction has converged for all arguments in use.
const TERMS: usize = 10_000;

/// Logarithm of the gamma function, for x > 0: Stirling's series, after moving x above 10.
pub fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift += x.ln();
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y * (1.0 / 1680.0 - y / 1188.0)))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - shift
}

/// Derivative of [`ln_gamma`], and the derivative of that.
pub fn digamma(x: f64) -> (f64, f64) {
    let (mut x, mut first, mut second) = (x, 0.0, 0.0);
    while x < 10.0 {
        first -= 1.0 / x;
        second += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let a = y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y * (1.0 / 240.0 - y / 132.0))));
    let b = y * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * 5.0 / 66.0)))) / x;
    (first + x.ln() - 0.5 / x - a, second + 1.0 / x + 0.5 * y + b)
}

/// Regularised incomplete gamma functions (P, Q) of shape a > 0 at x >= 0; P + Q = 1.
///
/// P by its power series where x < a + 1, Q by its continued fraction elsewhere:
/// <https://dlmf.nist.gov/8.7.E1>, <https://dlmf.nist.gov/8.9.E2>.
pub fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..TERMS {
            term *= x / (a + n as f64);
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        let p = (front * sum).min(1.0);
        return (p, 1.0 - p);
    }
    // Steed's recurrence: each step adds a smaller term to the fraction.
    let mut b = x + 1.0 - a;
    let mut d = 1.0 / b;
    let (mut delta, mut sum) = (d, d);
    for n in 1..TERMS {
        let n = n as f64;
        let c = -n * (n - a);
        b += 2.0;
        d = 1.0 / (b + c * d);
        delta *= b * d - 1.0;
        sum += delta;
        if delta.abs() < sum.abs() * 1e-16 {
            break;
        }
    }
    let q = (front * sum).clamp(0.0, 1.0);
    (1.0 - q, q)
}

/// Standard normal distribution function, accurate in its lower tail.
pub fn normal_cdf(z: f64) -> f64 {
    let (p, q) = incomplete_gamma(0.5, 0.5 * z * z);
    if z < 0.0 { 0.5 * q } else { 0.5 + 0.5 * p }
}

/// Error function of x >= 0.
pub fn erf(x: f64) -> f64 {
    2.0 * normal_cdf(x * SQRT_2) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(x: f64, wanted: f64, relative: f64) {
        assert!((x / wanted - 1.0).abs() < relative, "{x} where {wanted} is wanted");
    }

    #[test]
    fn closed_forms() {
        close(ln_gamma(0.5), 0.5 * PI.ln(), 1e-13);
        close(ln_gamma(11.0), 3628800f64.ln(), 1e-14);
        close(ln_gamma(1e-3), 6.907178885383854, 1e-13);
        assert!(ln_gamma(1.0).abs() < 1e-13 && ln_gamma(2.0).abs() < 1e-13);
        const EULER: f64 = 0.577_215_664_901_532_9;
        for (x, first, second) in [
            (1.0, -EULER, PI * PI / 6.0),
            (0.5, -EULER - 2.0 * 2f64.ln(), PI * PI / 2.0),
            (2.0, 1.0 - EULER, PI * PI / 6.0 - 1.0),
        ] {
            let (a, b) = digamma(x);
            close(a, first, 1e-12);
            close(b, second, 1e-12);
        }
        for x in [0.01, 0.7, 1.9, 2.1, 8.0, 40.0f64] {
            close(incomplete_gamma(1.0, x).1, (-x).exp(), 1e-13);
            // Shape 3: the chance of at most two events.
            close(incomplete_gamma(3.0, x).1, (-x).exp() * (1.0 + x + x * x / 2.0), 1e-12);
        }
    }

    #[test]
    fn normal() {
        // From tables of the normal distribution.
        close(normal_cdf(1.959963984540054), 0.975, 1e-14);
        close(normal_cdf(-1.0), 0.158655253931457, 1e-13);
        close(normal_cdf(-8.0), 6.22096057427178e-16, 1e-10);
        close(erf(0.5), 0.520499877813047, 1e-13);
        assert_eq!((normal_cdf(0.0), normal_cdf(50.0), normal_cdf(-50.0)), (0.5, 1.0, 0.0));
    }
}
