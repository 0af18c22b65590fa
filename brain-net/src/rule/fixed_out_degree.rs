//! This rule gives every neuron a fixed number of outputs.

use super::fixed_in_degree::K;
use super::sample::{distinct, without};
use super::{CompressedRows, ConnectionRule, Ends, RuleFamily, by_source};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// Every presynaptic neuron makes `k` synapses with random neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedOutDegree {
    /// Each presynaptic neuron makes this many synapses.
    pub k: u32,
}

impl ConnectionRule for FixedOutDegree {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        ends.check_degree(self.k, "postsynaptic", ends.post.size())
    }

    fn expected(&self, ends: Ends) -> f64 {
        f64::from(self.k) * f64::from(ends.pre.size())
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        let (k, others) = (self.k, ends.candidates(ends.post.size()));
        by_source(ends.pre.size(), !ends.options.multapses, |i, emit| {
            let mut stream = seed.at(i.into());
            if ends.options.multapses {
                (0..k).for_each(|_| emit(without(stream.below(others.into()) as u32, ends.own(i))));
            } else {
                distinct(others, k, &mut stream, |j| emit(without(j, ends.own(i))));
            }
        })
    }

    fn describe(&self) -> String {
        format!("out-degree {}", self.k)
    }

    fn counts_synapses(&self) -> bool {
        true
    }
}

impl RuleFamily for FixedOutDegree {
    const NAME: &'static str = "fixed-out-degree";
    const KEYS: &'static [Key] = &[K];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { k: keys.get("k")? })
    }
}
