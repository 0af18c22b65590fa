//! Models of populations: `neurons`.

use brain_core::config::Quantity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
