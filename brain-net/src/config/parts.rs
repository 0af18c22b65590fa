//! The parts of the config.

use crate::area::Generator;
use crate::connectome::Columns;
use crate::network::Sign;
use brain_core::config::Quantity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Areas with the marmoset's statistics; see [`Generator`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarmosetConfig {
    /// Number of areas.
    pub areas: usize,
    /// Fraction of the possible projections that exist.
    pub density: f64,
    /// Exponential distance rule, 1/mm.
    pub lambda: f64,
    /// Standard deviation of `ln FLN` at one distance.
    pub sigma: f64,
    /// Share of the chance of a projection common to both directions, 0 to 1.
    pub reciprocity: f64,
}

impl Default for MarmosetConfig {
    fn default() -> Self {
        let Generator { areas, density, lambda, sigma, reciprocity, .. } = Generator::default();
        Self { areas, density, lambda, sigma, reciprocity }
    }
}

/// From areas to neurons.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AreasConfig {
    /// Neurons of every area.
    pub neurons_per_area: u32,
    /// Fraction of them that is excitatory.
    pub excitatory: f64,
    /// Within areas.
    pub local: LocalConfig,
    /// Between areas.
    pub long_range: LongRangeConfig,
}

impl Default for AreasConfig {
    fn default() -> Self {
        Self {
            neurons_per_area: 400,
            excitatory: 0.8,
            local: LocalConfig::default(),
            long_range: LongRangeConfig::default(),
        }
    }
}

/// Within areas.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalConfig {
    /// In-degree from excitatory neurons of the area.
    pub excitatory: u32,
    /// In-degree from inhibitory neurons of the area.
    pub inhibitory: u32,
    /// Magnitudes of excitatory synapses.
    pub excitatory_weight: WeightConfig,
    /// Magnitudes of inhibitory synapses.
    pub inhibitory_weight: WeightConfig,
    /// Delay.
    pub delay: Quantity,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            excitatory: 100,
            inhibitory: 25,
            excitatory_weight: WeightConfig::default(),
            inhibitory_weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
        }
    }
}

/// Between areas.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LongRangeConfig {
    /// In-degree of excitatory neurons.
    pub to_excitatory: u32,
    /// In-degree of inhibitory neurons.
    pub to_inhibitory: u32,
    /// Magnitudes.
    pub weight: WeightConfig,
    /// Part of the delay that does not grow with distance.
    pub delay: Quantity,
    /// Conduction velocity.
    pub velocity: Quantity,
}

impl Default for LongRangeConfig {
    fn default() -> Self {
        Self {
            to_excitatory: 100,
            to_inhibitory: 100,
            weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
            velocity: Quantity::from("3.5 m/s"),
        }
    }
}

/// A distribution of magnitudes; see [`crate::Weights`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// All `mean`.
    Constant,
    /// Between `low` and `high`.
    Uniform,
    /// With `mean` and `cv`, truncated at 0.
    Normal,
    /// With `mean` and `cv`.
    #[default]
    LogNormal,
    /// Of variance `scale / fan_in`: the reference code's initialisation.
    FanIn,
}

/// Magnitudes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightConfig {
    /// Their distribution.
    pub distribution: Distribution,
    /// Mean.
    pub mean: f64,
    /// Standard deviation over mean.
    pub cv: f64,
    /// Least, of `uniform`.
    pub low: f64,
    /// Greatest, of `uniform`.
    pub high: f64,
    /// Variance that all inputs of a neuron bring together, of `fan-in`.
    pub scale: f64,
    /// Inputs of a neuron, of `fan-in`; the mean in-degree where it is null.
    pub fan_in: Option<f64>,
}

impl Default for WeightConfig {
    fn default() -> Self {
        Self {
            distribution: Distribution::LogNormal,
            mean: 1.0,
            cv: 1.0,
            low: 0.0,
            high: 1.0,
            scale: 1.0,
            fan_in: None,
        }
    }
}

/// Edge list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgesConfig {
    /// CSV or TSV.
    pub file: PathBuf,
    /// What its columns are called.
    pub columns: Columns,
    /// Table of all neurons; those of the edges where it is null.
    pub neurons: Option<PathBuf>,
    /// Column of ids in that table.
    pub id: Option<String>,
    /// Column of signs in that table.
    pub sign: Option<String>,
    /// Types of edges to use; all where it is empty.
    pub types: Vec<String>,
    /// Inhibitory neurons; `DD*` is all that begin with `DD`.
    pub inhibitory: Vec<String>,
    /// Magnitude of an edge of weight 1.
    pub scale: f64,
    /// Delay of edges without one.
    pub delay: Quantity,
}

impl Default for EdgesConfig {
    fn default() -> Self {
        Self {
            file: PathBuf::new(),
            columns: Columns::default(),
            neurons: None,
            id: None,
            sign: None,
            types: vec![],
            inhibitory: vec![],
            scale: 1.0,
            delay: Quantity::from("1 ms"),
        }
    }
}

/// SONATA circuit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SonataConfig {
    /// Circuit config, or simulation config.
    pub config: PathBuf,
    /// Factor on all magnitudes.
    pub scale: f64,
    /// Delay of edges without one.
    pub delay: Quantity,
}

impl Default for SonataConfig {
    fn default() -> Self {
        Self { config: PathBuf::new(), scale: 1.0, delay: Quantity::from("1 ms") }
    }
}

/// Table of probabilities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProbabilitiesConfig {
    /// JSON.
    pub file: PathBuf,
    /// Scale of the number of neurons.
    pub neurons: f64,
    /// Scale of in-degrees.
    pub in_degrees: f64,
    /// Mean magnitude of excitatory synapses.
    pub weight: f64,
    /// Standard deviation over mean of magnitudes.
    pub weight_cv: f64,
    /// Inhibitory over excitatory magnitude.
    pub g: f64,
    /// Mean delay of excitatory synapses.
    pub excitatory_delay: Quantity,
    /// Mean delay of inhibitory synapses.
    pub inhibitory_delay: Quantity,
    /// Standard deviation over mean of delays.
    pub delay_cv: f64,
    /// Whether weights and inputs make up for in-degrees below the published ones: weights grow by `1 / sqrt(in_degrees)`,
    /// a constant current replaces the mean input that is lost (van Albada et al. 2015,
    /// <https://doi.org/10.1371/journal.pcbi.1004490>).
    pub corrected: bool,
    /// Rate of each external input.
    pub external_rate: Quantity,
    /// Decay of synaptic currents, of the correction.
    pub tau_syn: Quantity,
}

impl Default for ProbabilitiesConfig {
    fn default() -> Self {
        // Potjans and Diesmann 2014, Table 5; weights in pA.
        Self {
            file: PathBuf::new(),
            neurons: 0.1,
            in_degrees: 0.1,
            weight: 87.8,
            weight_cv: 0.1,
            g: 4.0,
            excitatory_delay: Quantity::from("1.5 ms"),
            inhibitory_delay: Quantity::from("0.8 ms"),
            delay_cv: 0.5,
            corrected: true,
            external_rate: Quantity::from("8 Hz"),
            tau_syn: Quantity::from("0.5 ms"),
        }
    }
}

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
            weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
            delay_sd: Quantity::from("0 ms"),
            velocity: None,
            plastic: true,
        }
    }
}

/// Model and parameters of a population.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NeuronConfig {
    /// Model of `kernels`: a neuron, or one with receptors; or `input` for neurons that replay spikes; that of the first cell where it is empty.
    pub model: String,
    /// Values of parameters: one for all neurons.
    pub params: BTreeMap<String, Quantity>,
    /// Bounds between which a parameter is drawn for each neuron, uniformly.
    pub uniform: BTreeMap<String, [Quantity; 2]>,
    /// Checkpoints of fitted cells, or folders of them; every neuron is one of them, drawn at random.
    pub cells: Vec<PathBuf>,
}
