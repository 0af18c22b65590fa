//! This rule is `rand` of the reference code of Wang et al. 2024.

use super::fixed_probability::P;
use super::{CompressedRows, ConnectionOptions, ConnectionRule, Ends, FixedProbability, RuleFamily};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// Every pair is connected with probability `p`, a neuron with itself too, as in the reference code of Wang et al.
/// 2024.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rand {
    /// A pair is connected with this probability, 0 to 1.
    pub p: f64,
}

impl Rand {
    fn rule(&self) -> FixedProbability {
        FixedProbability { p: self.p }
    }
}

impl ConnectionRule for Rand {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        self.rule().check(ends)
    }

    fn expected(&self, ends: Ends) -> f64 {
        self.rule().expected(ends)
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        self.rule().draw(ends, seed)
    }

    fn describe(&self) -> String {
        format!("rand, {}", self.p)
    }

    fn options(&self, given: ConnectionOptions) -> ConnectionOptions {
        ConnectionOptions { self_connections: true, ..given }
    }
}

impl RuleFamily for Rand {
    const NAME: &'static str = "rand";
    const KEYS: &'static [Key] = &[P];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { p: keys.get("p")? })
    }
}
