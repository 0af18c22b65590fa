//! This module holds the connection rules, which decide which pairs of neurons are connected.
//!
//! A rule is a file with a type that implements [`ConnectionRule`] and [`RuleFamily`], and a line in [`RULES`]. A crate
//! outside adds a line to the rules of its [`Registry`](crate::Registry) instead.
//!
//! | `rule` | type | synapses |
//! |---|---|---|
//! | `fixed-probability` | [`FixedProbability`] | each pair with probability `p` (Erdos and Renyi) |
//! | `fixed-in-degree` | [`FixedInDegree`] | each postsynaptic neuron receives `k` |
//! | `fixed-out-degree` | [`FixedOutDegree`] | each presynaptic neuron makes `k` |
//! | `fixed-total` | [`FixedTotal`] | `n` between random neurons, multapses included |
//! | `gaussian` | [`Gaussian`] | a pair `d` mm apart with probability `p exp(-d^2 / (2 sigma^2))` |
//! | `exponential` | [`ExponentialDistance`] | a pair `d` mm apart with probability `p exp(-d / lambda)` |
//! | `one-to-one`, `all-to-all` | [`OneToOne`], [`AllToAll`] | `i` to `i`; every pair |
//! | `reference-gaussian` | [`ReferenceGaussian`] | `i` and `j` with probability `exp(-(i-j)^2 / (2 sigma^2))` |
//!
//! The reference code of Wang et al. 2024 has three rules: `dense` ([`Dense`]: every pair, self-connections included),
//! `rand` ([`Rand`]: probability `p`, self-connections included) and `gaussian` ([`ReferenceGaussian`], sigma 20).

mod ends;
mod sample;
mod spatial;
#[cfg(test)]
mod tests;

pub use ends::{ConnectionOptions, Ends};
pub(crate) use sample::{distinct, without};

use crate::keys::{Key, Keys};
use crate::network::{Estimate, NetworkError};
use brain_core::Seed;
use brain_core::config::ConfigError;
use brain_core::memory::available;
use std::fmt::Debug;

brain_core::members! {
    /// A config can name these rules.
    pub const RULES: [RuleEntry] {
        fixed_probability::FixedProbability,
        fixed_in_degree::FixedInDegree,
        fixed_out_degree::FixedOutDegree,
        fixed_total::FixedTotal,
        gaussian::Gaussian,
        exponential::ExponentialDistance,
        one_to_one::OneToOne,
        all_to_all::AllToAll,
        dense::Dense,
        rand::Rand,
        reference_gaussian::ReferenceGaussian,
    }
}

/// Compressed rows are offsets, `[presynaptic neuron + 1]`, and the postsynaptic neurons, `[synapse]`, which ascend
/// within a row.
pub type CompressedRows = (Vec<u64>, Vec<u32>);

/// A rule draws the synapses of a projection by its parameters.
pub trait ConnectionRule: Debug + Send + Sync {
    /// Fails where these populations cannot be connected with the parameters of the rule; the error says what is
    /// allowed.
    fn check(&self, ends: Ends) -> Result<(), NetworkError>;

    /// Returns the expected number of synapses or an upper bound of it. Memory is estimated from it before any is
    /// allocated.
    fn expected(&self, ends: Ends) -> f64;

    /// Draws the synapses. They depend on the seed alone and not on the number of threads, which [`by_source`] and
    /// [`by_target`] ensure.
    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows;

    /// Describes the rule in a few words, for tables and figures.
    fn describe(&self) -> String;

    /// Returns the options that the rule uses, given those of its projection. Two rules of the reference code connect
    /// neurons to themselves whatever the options say.
    fn options(&self, given: ConnectionOptions) -> ConnectionOptions {
        given
    }

    /// Returns an option that the rule cannot be combined with, and the remedy; `None` where all options are allowed.
    fn refused(&self, _given: ConnectionOptions) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Returns whether the rule fixes numbers of synapses, so that a mask must not remove any.
    fn counts_synapses(&self) -> bool {
        false
    }

    /// Returns the number of bytes per synapse that drawing needs: 8, or more where pairs must be sorted first.
    fn bytes_per_synapse(&self) -> u64 {
        8
    }
}

/// A family gives a rule its name and its keys in a config.
pub trait RuleFamily: ConnectionRule + Sized + 'static {
    /// The key `rule` of a config has this value.
    const NAME: &'static str;

    /// The rule has these keys, beside those that every projection has. Rules may share keys of the same meaning and
    /// default.
    const KEYS: &'static [Key];

    /// Makes the rule from the values of its keys.
    fn read(keys: Keys) -> Result<Self, ConfigError>;
}

/// An entry is a line in the list of rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleEntry {
    /// The key `rule` of a config has this value.
    pub name: &'static str,
    /// The rule has these keys.
    pub keys: &'static [Key],
    read: fn(Keys) -> Result<Box<dyn ConnectionRule>, ConfigError>,
}

impl RuleEntry {
    /// Makes the line of a rule.
    pub const fn of<R: RuleFamily>() -> Self {
        Self { name: R::NAME, keys: R::KEYS, read: |keys| Ok(Box::new(R::read(keys)?)) }
    }

    /// Makes the rule from the values of its keys.
    pub fn read(&self, keys: Keys) -> Result<Box<dyn ConnectionRule>, ConfigError> {
        (self.read)(keys)
    }
}

/// Estimates the memory that a rule needs with `per_synapse` bytes per synapse.
pub(crate) fn estimate(rule: &dyn ConnectionRule, ends: Ends, per_synapse: u64) -> Estimate {
    Estimate { rows: ends.pre.size().into(), synapses: rule.expected(ends), per_synapse }
}

/// Checks the parameters of a rule and the memory that it needs, then draws its synapses.
pub(crate) fn draw(rule: &dyn ConnectionRule, ends: Ends, seed: Seed) -> Result<CompressedRows, NetworkError> {
    rule.check(ends)?;
    estimate(rule, ends, rule.bytes_per_synapse()).check(ends.name, available())?;
    Ok(rule.draw(ends, seed))
}

/// Draws compressed rows by presynaptic neuron. `draw(neuron, emit)` is called twice, once to count and once to write,
/// and must emit the same targets both times. They are sorted afterwards unless they come `sorted`.
pub fn by_source(neurons: u32, sorted: bool, draw: impl Fn(u32, &mut dyn FnMut(u32)) + Sync) -> CompressedRows {
    crate::network::draw_rows(neurons, sorted, draw)
}

/// Draws compressed rows by postsynaptic neuron or by synapse. `draw(job, emit)` is called once for each of `jobs` and
/// emits pairs of a presynaptic and a postsynaptic neuron; `neurons` is the number of presynaptic neurons.
pub fn by_target(neurons: u32, jobs: u64, draw: impl Fn(u64, &mut dyn FnMut(u32, u32)) + Sync) -> CompressedRows {
    crate::network::scatter(neurons, jobs, draw)
}
