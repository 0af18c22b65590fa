//! This rule gives every neuron a fixed number of inputs.

use super::sample::{distinct, without};
use super::{CompressedRows, ConnectionRule, Ends, RuleFamily, by_target};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// This key gives the degree; both rules of fixed degree have it.
pub(super) const K: Key = Key::new("k", "100", "Each neuron on the side that the rule names has this many synapses.");

/// Every postsynaptic neuron receives `k` synapses from random neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedInDegree {
    /// Each postsynaptic neuron receives this many synapses.
    pub k: u32,
}

impl ConnectionRule for FixedInDegree {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        ends.check_degree(self.k, "presynaptic", ends.pre.size())
    }

    fn expected(&self, ends: Ends) -> f64 {
        f64::from(self.k) * f64::from(ends.post.size())
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        let (k, others) = (self.k, ends.candidates(ends.pre.size()));
        by_target(ends.pre.size(), ends.post.size().into(), |job, emit| {
            let (mut stream, j) = (seed.at(job), job as u32);
            if ends.options.multapses {
                (0..k).for_each(|_| emit(without(stream.below(others.into()) as u32, ends.own(j)), j));
            } else {
                distinct(others, k, &mut stream, |i| emit(without(i, ends.own(j)), j));
            }
        })
    }

    fn describe(&self) -> String {
        format!("in-degree {}", self.k)
    }

    fn counts_synapses(&self) -> bool {
        true
    }

    fn bytes_per_synapse(&self) -> u64 {
        12
    }
}

impl RuleFamily for FixedInDegree {
    const NAME: &'static str = "fixed-in-degree";
    const KEYS: &'static [Key] = &[K];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { k: keys.get("k")? })
    }
}
