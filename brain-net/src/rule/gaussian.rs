//! This rule connects pairs with a probability that falls with distance as a Gaussian.

use super::fixed_probability::P;
use super::{CompressedRows, ConnectionRule, Ends, RuleFamily, spatial};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// This key gives the length constant; both distance-dependent rules have it.
pub(super) const LENGTH: Key = Key::new(
    "length",
    "0.2 mm",
    "The rule `gaussian` has this standard deviation, or `exponential` this length constant.",
);

/// A pair `d` mm apart is connected with probability `p exp(-d^2 / (2 sigma^2))`. Pairs are not connected beyond the
/// distance where the exponential is 1e-6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    /// A pair at distance 0 is connected with this probability.
    pub p: f64,
    /// The Gaussian has this standard deviation, mm.
    pub sigma_mm: f64,
}

impl Gaussian {
    fn decay(&self, d2: f64) -> f64 {
        (-d2 / (2.0 * self.sigma_mm * self.sigma_mm)).exp()
    }
}

impl ConnectionRule for Gaussian {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        ends.check_probability(self.p)?;
        ends.check_length("sigma_mm", self.sigma_mm)?;
        ends.check_positions()
    }

    fn expected(&self, ends: Ends) -> f64 {
        spatial::expected(ends, |d2| self.p * self.decay(d2))
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        let reach_mm = self.sigma_mm * (2.0 * spatial::CUT).sqrt();
        spatial::draw(ends, self.p, |d2| self.decay(d2), reach_mm, seed)
    }

    fn describe(&self) -> String {
        format!("Gaussian, {} in {} mm", self.p, self.sigma_mm)
    }
}

impl RuleFamily for Gaussian {
    const NAME: &'static str = "gaussian";
    const KEYS: &'static [Key] = &[P, LENGTH];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { p: keys.get("p")?, sigma_mm: keys.magnitude("length", "mm")? })
    }
}
