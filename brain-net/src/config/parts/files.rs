//! Connectomes in files: `edges`, `sonata`, `probabilities`.

use crate::connectome::Columns;
use brain_core::config::Quantity;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
