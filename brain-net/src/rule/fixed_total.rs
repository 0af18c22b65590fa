//! This rule makes a fixed number of synapses in all.

use super::sample::without;
use super::{CompressedRows, ConnectionOptions, ConnectionRule, Ends, RuleFamily, by_target};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// This many synapses share a stream of random numbers.
const CHUNK: u64 = 4096;

/// `n` synapses are made, and both ends of each are drawn at random; multapses are always allowed, as in Potjans and
/// Diesmann 2014, <https://doi.org/10.1093/cercor/bhs358>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedTotal {
    /// The whole projection has this many synapses.
    pub n: u64,
}

impl ConnectionRule for FixedTotal {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        if self.n > 0 && (ends.pre.size() == 0 || ends.post.size() <= u32::from(ends.skips_self())) {
            return Err(ends.error("n", self.n as f64, "synapses have no pair of neurons to connect"));
        }
        Ok(())
    }

    fn expected(&self, _ends: Ends) -> f64 {
        self.n as f64
    }

    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        let (n, others) = (self.n, ends.candidates(ends.post.size()));
        by_target(ends.pre.size(), n.div_ceil(CHUNK), |chunk, emit| {
            let mut stream = seed.at(chunk);
            for _ in chunk * CHUNK..((chunk + 1) * CHUNK).min(n) {
                let i = stream.below(ends.pre.size().into()) as u32;
                emit(i, without(stream.below(others.into()) as u32, ends.own(i)));
            }
        })
    }

    fn describe(&self) -> String {
        format!("{} at random", self.n)
    }

    fn refused(&self, given: ConnectionOptions) -> Option<(&'static str, &'static str)> {
        let problem = "fixed-total draws both ends at random; set `multapses: true`";
        (!given.multapses).then_some(("multapses", problem))
    }

    fn counts_synapses(&self) -> bool {
        true
    }

    fn bytes_per_synapse(&self) -> u64 {
        12
    }
}

impl RuleFamily for FixedTotal {
    const NAME: &'static str = "fixed-total";
    const KEYS: &'static [Key] = &[Key::new("n", "0", "The whole projection has this many synapses.")];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { n: keys.get("n")? })
    }
}
