//! How a network is simulated: `simulation` of the config.

use brain_core::Dtype;
use brain_core::config::Quantity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How long, with what input, and what is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulationConfig {
    /// Time to simulate.
    pub duration: Quantity,
    /// Time at the start that statistics leave out.
    pub transient: Quantity,
    /// Threads; all processors where it is null. The result does not depend on it.
    pub threads: Option<usize>,
    /// Precision of states and weights, unless `--dtype` says another.
    pub dtype: Dtype,
    /// Receptors of populations whose model is a neuron alone: `cond-exp` makes `lif-cond-exp` of `lif`.
    pub receptors: String,
    /// Whether potentials start uniformly between rest and threshold; at the model's start where it is false.
    pub scattered_start: bool,
    /// Input from outside.
    pub inputs: Vec<InputConfig>,
    /// What synapses do, by projection.
    pub synapses: BTreeMap<String, SynapseConfig>,
    /// Populations whose spikes are written down; all where it is null.
    pub record: Option<Vec<String>>,
    /// Neurons, evenly spaced, of each population whose potentials are written down at every step.
    pub voltage: BTreeMap<String, u32>,
    /// Simulated time between two saved states; the state is saved at the end only where it is 0.
    pub save_every: Quantity,
    /// Bin of synchrony, correlations and autocorrelations.
    pub bin: Quantity,
    /// Window of the Fano factor.
    pub window: Quantity,
    /// Time at the end that the figures of spikes and potentials show; none are drawn where it is 0.
    pub raster: Quantity,
}

impl Default for SimulationConfig {
    fn default() -> Self {
        Self {
            duration: Quantity::from("1 s"),
            transient: Quantity::from("200 ms"),
            threads: None,
            dtype: Dtype::default(),
            receptors: "cond-exp".into(),
            scattered_start: true,
            inputs: vec![],
            synapses: BTreeMap::new(),
            record: None,
            voltage: BTreeMap::new(),
            save_every: Quantity::from("0 s"),
            bin: Quantity::from("5 ms"),
            window: Quantity::from("100 ms"),
            raster: Quantity::from("500 ms"),
        }
    }
}

/// Kinds of input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// Independent Poisson events at each neuron, or Poisson spikes of the neurons of an `input` population.
    #[default]
    Poisson,
    /// Spikes of a file, as CSV (`population, neuron, time_ms`) or SONATA (`.h5`), of an `input` population.
    Spikes,
    /// A current that is on from `start` to `end`.
    Current,
}

/// One input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputConfig {
    /// Its kind.
    pub kind: InputKind,
    /// Population.
    pub to: String,
    /// Area of the population; all of it where it is null.
    pub area: Option<String>,
    /// Rate of each source, of `poisson`.
    pub rate: Quantity,
    /// Sources of each neuron, of `poisson`.
    pub sources: f64,
    /// Weight of an event in the unit of the receptor, of `poisson`.
    pub weight: f64,
    /// Receptor, of `poisson`; the excitatory one where it is null.
    pub receptor: Option<String>,
    /// Current, of `current`; a number is in the unit of the model.
    pub amplitude: Quantity,
    /// When the current is switched on.
    pub start: Quantity,
    /// When it is switched off; never where it is null.
    pub end: Option<Quantity>,
    /// File, of `spikes`.
    pub file: PathBuf,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self {
            kind: InputKind::default(),
            to: String::new(),
            area: None,
            rate: Quantity::from("10 Hz"),
            sources: 1.0,
            weight: 1.0,
            receptor: None,
            amplitude: Quantity::Number(0.0),
            start: Quantity::from("0 ms"),
            end: None,
            file: PathBuf::new(),
        }
    }
}

/// What the synapses of a projection do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SynapseConfig {
    /// Receptors with the factor that weights have there; the model's fast one of the projection's sign where it is empty.
    /// Each further receptor holds a copy of the synapses.
    pub receptors: BTreeMap<String, f64>,
    /// Short-term plasticity.
    pub plasticity: Option<PlasticityConfig>,
}

/// Short-term plasticity; see [`kernels::network::ShortTerm`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(non_snake_case)]
pub struct PlasticityConfig {
    /// Fraction of the resources that a first spike releases.
    pub U: f64,
    /// Time constant of recovery.
    pub tau_rec: Quantity,
    /// Time constant of facilitation; none where it is 0.
    pub tau_facil: Quantity,
}

impl Default for PlasticityConfig {
    fn default() -> Self {
        // Excitatory synapses between pyramidal cells: Tsodyks, Pawelzik and Markram 1998.
        Self { U: 0.5, tau_rec: Quantity::from("800 ms"), tau_facil: Quantity::from("0 ms") }
    }
}
