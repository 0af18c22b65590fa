//! This source reads a table of connection probabilities between populations, and their external inputs.

use super::{BuiltNetwork, ConnectomePlan, ConnectomeSource, ExternalInput, Scope};
use crate::config::{magnitude, named, within};
use crate::connectome::{ModelScale, ProbabilityTable, SynapseParameters};
use crate::error::BuildError;
use crate::network::check_neurons;
use brain_core::Seed;
use brain_core::config::{ConfigError, Origin, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The settings of `source: probabilities` say how a table of probabilities is read.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProbabilitiesSource {
    /// The table is read like this.
    pub probabilities: ProbabilitiesConfig,
}

/// A table of probabilities is read like this.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProbabilitiesConfig {
    /// The table is this JSON file with the keys `populations`, `n_full`, `conn_probs` and, if wanted, `k_ext`.
    ///
    /// [`ProbabilityTable`] describes the file.
    pub file: PathBuf,
    /// The published numbers of neurons are multiplied by this factor.
    pub neurons: f64,
    /// The published in-degrees are multiplied by this factor.
    pub in_degrees: f64,
    /// Excitatory synapses have this mean magnitude, in the unit of the receptor, such as pA.
    pub weight: f64,
    /// The magnitudes have this coefficient of variation.
    pub weight_cv: f64,
    /// The mean magnitude of inhibitory synapses has this ratio to that of excitatory ones.
    pub g: f64,
    /// Excitatory synapses have this mean delay.
    pub excitatory_delay: Quantity,
    /// Inhibitory synapses have this mean delay.
    pub inhibitory_delay: Quantity,
    /// The delays have this coefficient of variation.
    pub delay_cv: f64,
    /// Weights and inputs compensate for in-degrees below the published ones where this is true: weights are multiplied by
    /// `1 / sqrt(in_degrees)`, and a constant current replaces the mean input that is lost (van Albada et al. 2015,
    /// <https://doi.org/10.1371/journal.pcbi.1004490>).
    pub corrected: bool,
    /// Each external input has this rate.
    pub external_rate: Quantity,
    /// Synaptic currents decay with this time constant, which the compensation needs.
    pub tau_syn: Quantity,
}

impl Default for ProbabilitiesConfig {
    fn default() -> Self {
        // These are the values of Potjans and Diesmann 2014, Table 5, with weights in pA.
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

impl ConnectomeSource for ProbabilitiesSource {
    const NAME: &'static str = "probabilities";

    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        let (p, origin) = (&self.probabilities, scope.origin);
        named(origin, "probabilities.file", &p.file, "the table, a JSON file")?;
        for (key, scale) in [("neurons", p.neurons), ("in_degrees", p.in_degrees)] {
            within(origin, &format!("probabilities.{key}"), scale, f64::MIN_POSITIVE, f64::MAX)?;
        }
        let read = |key: &str, q, unit| magnitude(origin, &format!("probabilities.{key}"), q, unit);
        let full = SynapseParameters {
            weight: p.weight,
            weight_cv: p.weight_cv,
            g: p.g,
            excitatory_delay_ms: read("excitatory_delay", &p.excitatory_delay, "ms")?,
            inhibitory_delay_ms: read("inhibitory_delay", &p.inhibitory_delay, "ms")?,
            delay_cv: p.delay_cv,
        };
        let up = if p.corrected { p.in_degrees.sqrt().recip() } else { 1.0 };
        Ok(Box::new(ProbabilitiesPlan {
            file: p.file.clone(),
            dt_ms: scope.dt_ms,
            scale: ModelScale { neurons: p.neurons, in_degrees: p.in_degrees },
            synapses: SynapseParameters { weight: p.weight * up, ..full },
            full,
            corrected: p.corrected && p.in_degrees != 1.0,
            rate_hz: read("external_rate", &p.external_rate, "Hz")?,
            tau_ms: read("tau_syn", &p.tau_syn, "ms")?,
            origin: origin.clone(),
        }))
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.probabilities.file]
    }
}

#[derive(Debug)]
struct ProbabilitiesPlan {
    file: PathBuf,
    dt_ms: f64,
    scale: ModelScale,
    /// The published model has these weights and delays.
    full: SynapseParameters,
    /// The model at the scale of the config has these weights and delays.
    synapses: SynapseParameters,
    /// A current replaces the mean input that the scale removes where this is true.
    corrected: bool,
    /// Each external input has this rate, Hz.
    rate_hz: f64,
    /// Synaptic currents decay with this time constant, ms.
    tau_ms: f64,
    origin: Origin,
}

impl ConnectomePlan for ProbabilitiesPlan {
    fn build(&self, seed: Seed) -> Result<BuiltNetwork, BuildError> {
        let table = ProbabilityTable::read(&self.file)?;
        let all = table.sizes.iter().map(|n| f64::from(*n)).sum::<f64>() * self.scale.neurons;
        let wrong = |key: &str, e: &dyn std::fmt::Display| self.origin.error(key, e);
        check_neurons(all as u64).map_err(|e| {
            wrong("probabilities.neurons", &format!("{e}; give a smaller factor on the numbers of neurons"))
        })?;
        let network = table
            .build(self.dt_ms, self.scale, &self.synapses, seed)
            .map_err(|e| wrong("probabilities", &e.without_place()))?;
        Ok(BuiltNetwork { network, files: vec![("connectome", self.file.clone())], ..BuiltNetwork::default() })
    }

    fn describe(&self, _projection: &str) -> String {
        "table of probabilities".into()
    }

    fn external_inputs(&self) -> Result<Vec<ExternalInput>, BuildError> {
        let table = ProbabilityTable::read(&self.file)?;
        if self.corrected && table.rates_hz.is_empty() {
            let problem =
                "the correction needs `mean_rates_full_scale_hz` in the table; add it, or set `corrected: false`";
            return Err(self.origin.error("probabilities.corrected", problem).into());
        }
        let in_degrees = self.scale.in_degrees;
        let missing = if self.corrected { 1.0 - in_degrees.sqrt() } else { 0.0 };
        let one = |(k, name): (usize, &String)| {
            let count = f64::from(table.external.get(k).copied().unwrap_or(0));
            let lost = || missing * 1e-3 * self.tau_ms * table.mean_input(k, &self.full, self.rate_hz);
            ExternalInput {
                population: name.clone(),
                rate_hz: count * in_degrees * self.rate_hz,
                weight: self.synapses.weight,
                current: if self.corrected { lost() } else { 0.0 },
            }
        };
        Ok(table.populations.iter().enumerate().map(one).collect())
    }
}
