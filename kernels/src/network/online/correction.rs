//! This module defines the divisors of smoothed traces.

/// The divisor of smoothed sums, which corrects for traces that start at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// `1 - a^(t+1)`, the sum of the weights `(1 - a) a^s` of steps `0..=t`.
    Usual,
    /// `1 - (1 - a)^(t+1)`, as in the reference code, which is near one from the start where `a` is.
    Reference,
    /// One: nothing is corrected.
    None,
}

impl Correction {
    /// Returns the divisor in step `t` for the decay `alpha`.
    pub fn at(self, alpha: f64, t: usize) -> f64 {
        match self {
            Correction::Usual => 1.0 - alpha.powf(t as f64 + 1.0),
            Correction::Reference => 1.0 - (1.0 - alpha).powf(t as f64 + 1.0),
            Correction::None => 1.0,
        }
    }
}
