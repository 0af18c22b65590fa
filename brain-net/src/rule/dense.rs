//! This rule is `dense` of the reference code of Wang et al. 2024.

use super::{AllToAll, CompressedRows, ConnectionOptions, ConnectionRule, Ends, RuleFamily};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// Every pair is connected, and every neuron to itself, as in the reference code of Wang et al. 2024.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dense;

impl ConnectionRule for Dense {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        AllToAll.check(ends)
    }

    fn expected(&self, ends: Ends) -> f64 {
        AllToAll.expected(ends)
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        AllToAll.draw(ends, seed)
    }

    fn describe(&self) -> String {
        "dense".into()
    }

    fn options(&self, given: ConnectionOptions) -> ConnectionOptions {
        ConnectionOptions { self_connections: true, ..given }
    }
}

impl RuleFamily for Dense {
    const NAME: &'static str = "dense";
    const KEYS: &'static [Key] = &[];

    fn read(_keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self)
    }
}
