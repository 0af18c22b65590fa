//! This rule connects neuron `i` to neuron `i`.

use super::{CompressedRows, ConnectionRule, Ends, RuleFamily, by_source};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// Neuron `i` of one population connects to neuron `i` of another of the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneToOne;

impl ConnectionRule for OneToOne {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        let size = ends.pre.size().into();
        if ends.pre.size() != ends.post.size() {
            let problem = format!("is not the size {} of the other population", ends.post.size());
            return Err(ends.error("size", size, problem));
        }
        match ends.skips_self() {
            true => Err(ends.error("size", size, "to itself one to one is self-connections; allow them")),
            false => Ok(()),
        }
    }

    fn expected(&self, ends: Ends) -> f64 {
        ends.pre.size().into()
    }

    fn draw(&self, ends: Ends, _seed: Seed) -> CompressedRows {
        by_source(ends.pre.size(), true, |i, emit| emit(i))
    }

    fn describe(&self) -> String {
        "one to one".into()
    }
}

impl RuleFamily for OneToOne {
    const NAME: &'static str = "one-to-one";
    const KEYS: &'static [Key] = &[];

    fn read(_keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self)
    }
}
