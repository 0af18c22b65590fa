//! This module has functions that distributions are made of, beside those of [`statrs`].

/// Computes the second derivative of the logarithm of the gamma function, for x > 0, by its asymptotic series after
/// moving x above 10 (<https://dlmf.nist.gov/5.15.E8>).
pub fn trigamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * 5.0 / 66.0)))) / x;
    shift + 1.0 / x + 0.5 * y + series
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::{digamma, gamma_lr, gamma_ur, ln_gamma};
    use std::f64::consts::PI;

    fn close(x: f64, wanted: f64, relative: f64) {
        assert!((x / wanted - 1.0).abs() < relative, "{x} where {wanted} is wanted");
    }

    /// Fits of gamma distributions stand on these functions, that of this module and those of the crate.
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
            close(digamma(x), first, 1e-12);
            close(trigamma(x), second, 1e-12);
        }
        for x in [0.01, 0.7, 1.9, 2.1, 8.0, 40.0f64] {
            close(gamma_ur(1.0, x), (-x).exp(), 1e-12);
            close(gamma_lr(1.0, x), -(-x).exp_m1(), 1e-12);
            // For shape 3 it is the probability of at most two events.
            close(gamma_ur(3.0, x), (-x).exp() * (1.0 + x + x * x / 2.0), 1e-12);
        }
    }
}
