//! This rule connects each pair independently with the same probability.

use super::sample::without;
use super::{CompressedRows, ConnectionRule, Ends, RuleFamily, by_source};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// This key gives the probability; several rules have it.
pub(super) const P: Key = Key::new("p", "0.1", "A pair is connected with this probability, 0 to 1.");

/// Every pair is connected independently with probability `p`; there are no multapses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedProbability {
    /// A pair is connected with this probability, 0 to 1.
    pub p: f64,
}

impl ConnectionRule for FixedProbability {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        ends.check_probability(self.p)
    }

    fn expected(&self, ends: Ends) -> f64 {
        self.p * ends.pairs()
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        let others = ends.candidates(ends.post.size());
        by_source(ends.pre.size(), true, |i, emit| {
            let mut stream = seed.at(i.into());
            stream.successes(others.into(), self.p).for_each(|j| emit(without(j as u32, ends.own(i))));
        })
    }

    fn describe(&self) -> String {
        format!("probability {}", self.p)
    }
}

impl RuleFamily for FixedProbability {
    const NAME: &'static str = "fixed-probability";
    const KEYS: &'static [Key] = &[P];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { p: keys.get("p")? })
    }
}
