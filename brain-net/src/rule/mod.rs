//! Connection rules: who connects to whom.
//!
//! | rule | synapses |
//! |---|---|
//! | [`Rule::FixedProbability`] | each pair with probability `p` (Erdos and Renyi) |
//! | [`Rule::FixedOutDegree`] | each presynaptic neuron makes `k` |
//! | [`Rule::FixedInDegree`] | each postsynaptic neuron receives `k` |
//! | [`Rule::FixedTotal`] | `n` between random neurons, multapses included |
//! | [`Rule::Gaussian`] | a pair `d` mm apart with probability `p exp(-d^2 / (2 sigma^2))` |
//! | [`Rule::Exponential`] | a pair `d` mm apart with probability `p exp(-d / lambda)` |
//! | [`Rule::OneToOne`], [`Rule::AllToAll`] | `i` to `i`; every pair |
//! | [`Rule::ReferenceGaussian`] | `i` and `j` with probability `exp(-(i-j)^2 / (2 sigma^2))` on the line of indices |
//!
//! The reference code of Wang et al. 2024 calls three of them `dense` ([`Rule::AllToAll`] with self-connections), `rand`
//! ([`Rule::FixedProbability`], 0.1) and `gaussian` ([`Rule::ReferenceGaussian`], sigma 20).

mod draw;
mod expected;
mod reference;
mod sample;
mod spatial;
#[cfg(test)]
mod tests;

pub(crate) use sample::{distinct, without};

use crate::network::{Network, NetworkError, Population};

/// Who connects to whom.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Every pair is connected independently with probability `p`; no multapses.
    FixedProbability {
        /// Probability, 0 to 1.
        p: f64,
    },
    /// Every presynaptic neuron makes `k` synapses with random neurons.
    FixedOutDegree {
        /// Synapses.
        k: u32,
    },
    /// Every postsynaptic neuron receives `k` synapses from random neurons.
    FixedInDegree {
        /// Synapses.
        k: u32,
    },
    /// `n` synapses, both ends of each drawn at random: always with multapses, as in Potjans and Diesmann 2014,
    /// <https://doi.org/10.1093/cercor/bhs358>.
    FixedTotal {
        /// Synapses.
        n: u64,
    },
    /// Probability `p exp(-d^2 / (2 sigma^2))`; nothing beyond the distance where the exponential is 1e-6.
    Gaussian {
        /// Probability at distance 0.
        p: f64,
        /// Width, mm.
        sigma_mm: f64,
    },
    /// Probability `p exp(-d / lambda)`; nothing beyond the distance where the exponential is 1e-6.
    Exponential {
        /// Probability at distance 0.
        p: f64,
        /// Length constant, mm.
        lambda_mm: f64,
    },
    /// Neuron `i` to neuron `i`.
    OneToOne,
    /// Every pair.
    AllToAll,
    /// Probability `exp(-(i-j)^2 / (2 sigma^2))` for neurons `i` and `j`, without wrapping: the reference code's
    /// `gaussian`.
    ///
    /// The reference code (BrainPy's `GaussianProb`) ignores the number of postsynaptic neurons and makes a square matrix
    /// of the presynaptic ones, so that of 160 excitatory and 40 inhibitory neurons only the first 160 receive recurrent
    /// excitation. With `square` this is done as well; without it every postsynaptic neuron has its place on the line.
    ReferenceGaussian {
        /// Width in indices; 20 in the reference code.
        sigma: f64,
        /// The reference code's quirk.
        square: bool,
    },
}

/// What a rule may do besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// Neurons may connect to themselves.
    pub self_connections: bool,
    /// Two neurons may share several synapses; for the rules of fixed degree.
    pub multapses: bool,
}

/// What a rule connects.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// Presynaptic population.
    pub pre: &'a Population,
    /// Postsynaptic population.
    pub post: &'a Population,
    /// Whether they are the same one, so that `i` and `i` are one neuron.
    pub same: bool,
}

impl<'a> Ends<'a> {
    /// Populations of a network by index.
    pub fn of(network: &'a Network, source: usize, target: usize) -> Result<Self, NetworkError> {
        let get = |k: usize| {
            network.populations.get(k).ok_or_else(|| NetworkError::Inconsistent {
                what: "network".into(),
                problem: format!("there is no population {k}; it has {}", network.populations.len()),
            })
        };
        Ok(Self { pre: get(source)?, post: get(target)?, same: source == target })
    }
}
