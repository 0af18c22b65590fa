//! Networks of rules: `populations` and `projections`.

use super::WeightConfig;
use crate::network::Sign;
use brain_core::config::Quantity;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A population of rules.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PopulationConfig {
    /// Name.
    pub name: String,
    /// Neurons.
    pub size: u32,
    /// Sign of the synapses they make.
    pub sign: Sign,
    /// Sides of a box in which neurons lie at random; nowhere where it is null.
    pub extent: Option<[Quantity; 3]>,
}

/// Connection rules; see [`crate::Rule`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// Each pair with probability `p`.
    #[default]
    FixedProbability,
    /// `k` inputs each.
    FixedInDegree,
    /// `k` outputs each.
    FixedOutDegree,
    /// `n` in all.
    FixedTotal,
    /// Probability `p` falling as a Gaussian of width `length`.
    Gaussian,
    /// Probability `p` falling exponentially with length constant `length`.
    Exponential,
    /// `i` to `i`.
    OneToOne,
    /// Every pair.
    AllToAll,
    /// The reference code's `dense`: every pair, self-connections included.
    Dense,
    /// The reference code's `rand`: probability `p`, self-connections included.
    Rand,
    /// The reference code's `gaussian`, `sigma` in indices; with `square`, its quirk.
    ReferenceGaussian,
}

/// A projection of rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectionConfig {
    /// Name; `<from>-<to>` where it is empty.
    pub name: String,
    /// Presynaptic population.
    pub from: String,
    /// Postsynaptic population.
    pub to: String,
    /// Rule.
    pub rule: RuleKind,
    /// Probability.
    pub p: f64,
    /// Degree.
    pub k: u32,
    /// Synapses in all.
    pub n: u64,
    /// Width or length constant.
    pub length: Quantity,
    /// Width in indices.
    pub sigma: f64,
    /// The reference code's quirk; see [`crate::Rule::ReferenceGaussian`].
    pub square: bool,
    /// Whether neurons may connect to themselves.
    pub self_connections: bool,
    /// Whether two neurons may share several synapses.
    pub multapses: bool,
    /// CSV of the pairs that may be connected, with the columns `pre` and `post`, neurons counted from 0; all may where
    /// it is `null`. Not for rules that count synapses.
    pub mask: Option<PathBuf>,
    /// Magnitudes.
    pub weight: WeightConfig,
    /// Delay, or its part that does not grow with distance.
    pub delay: Quantity,
    /// Standard deviation of the delay.
    pub delay_sd: Quantity,
    /// Conduction velocity; delays then grow with the distance of the two neurons.
    pub velocity: Option<Quantity>,
    /// Whether learning may change the magnitudes.
    pub plastic: bool,
}

impl Default for ProjectionConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            from: String::new(),
            to: String::new(),
            rule: RuleKind::default(),
            p: 0.1,
            k: 100,
            n: 0,
            length: Quantity::from("0.2 mm"),
            sigma: 20.0,
            square: false,
            self_connections: false,
            multapses: false,
            mask: None,
            weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
            delay_sd: Quantity::from("0 ms"),
            velocity: None,
            plastic: true,
        }
    }
}
