//! This rule connects pairs with a probability that falls exponentially with distance.

use super::fixed_probability::P;
use super::gaussian::LENGTH;
use super::{CompressedRows, ConnectionRule, Ends, RuleFamily, spatial};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// A pair `d` mm apart is connected with probability `p exp(-d / lambda)`. Pairs are not connected beyond the distance
/// where the exponential is 1e-6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDistance {
    /// A pair at distance 0 is connected with this probability.
    pub p: f64,
    /// The probability falls with this length constant, mm.
    pub lambda_mm: f64,
}

impl ExponentialDistance {
    fn decay(&self, d2: f64) -> f64 {
        (-d2.sqrt() / self.lambda_mm).exp()
    }
}

impl ConnectionRule for ExponentialDistance {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        ends.check_probability(self.p)?;
        ends.check_length("lambda_mm", self.lambda_mm)?;
        ends.check_positions()
    }

    fn expected(&self, ends: Ends) -> f64 {
        spatial::expected(ends, |d2| self.p * self.decay(d2))
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        spatial::draw(ends, self.p, |d2| self.decay(d2), self.lambda_mm * spatial::CUT, seed)
    }

    fn describe(&self) -> String {
        format!("exponential, {} in {} mm", self.p, self.lambda_mm)
    }
}

impl RuleFamily for ExponentialDistance {
    const NAME: &'static str = "exponential";
    const KEYS: &'static [Key] = &[P, LENGTH];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { p: keys.get("p")?, lambda_mm: keys.magnitude("length", "mm")? })
    }
}
