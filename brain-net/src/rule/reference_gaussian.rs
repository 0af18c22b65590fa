//! This rule is `gaussian` of the reference code of Wang et al. 2024, where distance is the difference of indices.

use super::{CompressedRows, ConnectionOptions, ConnectionRule, Ends, RuleFamily, by_source};
use crate::keys::{Key, Keys};
use crate::network::NetworkError;
use brain_core::Seed;
use brain_core::config::ConfigError;

/// Neurons `i` and `j` are connected with probability `exp(-(i-j)^2 / (2 sigma^2))`; indices do not wrap around.
///
/// The reference code (BrainPy's `GaussianProb`) ignores the number of postsynaptic neurons and makes a square matrix
/// of the presynaptic ones, so that of 160 excitatory and 40 inhibitory neurons only the first 160 receive recurrent
/// excitation. With `square` this rule does the same; without it every postsynaptic neuron is connected by its index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceGaussian {
    /// The Gaussian has this standard deviation, in units of indices; it is 20 in the reference code.
    pub sigma: f64,
    /// Only as many postsynaptic neurons are connected as there are presynaptic ones where this is true, as in the
    /// reference code.
    pub square: bool,
}

impl ConnectionRule for ReferenceGaussian {
    fn check(&self, ends: Ends) -> Result<(), NetworkError> {
        ends.check_length("sigma", self.sigma)
    }

    fn expected(&self, ends: Ends) -> f64 {
        let pre = f64::from(ends.pre.size());
        (self.sigma * std::f64::consts::TAU.sqrt() * pre).min(ends.pairs() + pre)
    }

    /// Draws one uniform number for every pair within 9 sigma; beyond that the probability is below 1e-17.
    fn draw(&self, ends: Ends, seed: Seed) -> CompressedRows {
        let (pre, post) = (ends.pre.size(), ends.post.size());
        let post = if self.square { post.min(pre) } else { post };
        let reach = (9.0 * self.sigma).ceil() as u32;
        by_source(pre, true, |i, emit| {
            let mut stream = seed.at(i.into());
            for j in i.saturating_sub(reach)..i.saturating_add(reach).saturating_add(1).min(post) {
                let x = f64::from(i.abs_diff(j)) / self.sigma;
                if stream.bernoulli((-0.5 * x * x).exp()) && ends.own(i) != Some(j) {
                    emit(j);
                }
            }
        })
    }

    fn describe(&self) -> String {
        format!("gaussian, sd {} indices", self.sigma)
    }

    fn options(&self, given: ConnectionOptions) -> ConnectionOptions {
        ConnectionOptions { self_connections: true, ..given }
    }
}

impl RuleFamily for ReferenceGaussian {
    const NAME: &'static str = "reference-gaussian";
    const KEYS: &'static [Key] = &[
        Key::new("sigma", "20.0", "The rule `reference-gaussian` has this standard deviation, in indices of neurons."),
        Key::new(
            "square",
            "false",
            "The rule `reference-gaussian` reaches only as many targets as there are sources where this is true.",
        ),
    ];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { sigma: keys.get("sigma")?, square: keys.get("square")? })
    }
}
