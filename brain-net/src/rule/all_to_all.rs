//! This rule connects every pair.

use super::sample::without;
use super::{CompressedRows, ConnectionRule, Ends, RuleFamily, by_source};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// Every pair of neurons is connected once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllToAll;

impl ConnectionRule for AllToAll {
    fn check(&self, _ends: Ends) -> Result<(), NetworkError> {
        Ok(())
    }

    fn expected(&self, ends: Ends) -> f64 {
        ends.pairs()
    }

    fn draw(&self, ends: Ends, _seed: Seed) -> CompressedRows {
        let others = ends.candidates(ends.post.size());
        by_source(ends.pre.size(), true, |i, emit| (0..others).for_each(|j| emit(without(j, ends.own(i)))))
    }

    fn describe(&self) -> String {
        "all to all".into()
    }
}

impl RuleFamily for AllToAll {
    const NAME: &'static str = "all-to-all";
    const KEYS: &'static [Key] = &[];

    fn read(_keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self)
    }
}
