//! This module reads tables of connection probabilities between populations.

use super::ConnectomeError;
use crate::connect::ProjectionSpec;
use crate::delay::DelayRule;
use crate::network::{AnatomicalNetwork, Anatomy, NetworkError, Population, Sign, check_all};
use crate::rule::{ConnectionOptions, FixedTotal};
use crate::weight::WeightDistribution;
use brain_core::Seed;
use brain_core::memory::available;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A table lists populations, their sizes, and the probabilities that two of their neurons share at least one synapse.
///
/// The file is JSON, as for the cortical microcircuit of Potjans and Diesmann 2014
/// (<https://doi.org/10.1093/cercor/bhs358>). It has the keys `populations`, `n_full`, `conn_probs` (`[target,
/// source]`), and optionally `k_ext` and `mean_rates_full_scale_hz`. Populations whose names end in `I` or `i` are
/// inhibitory.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct ProbabilityTable {
    /// The table was read from this file.
    #[serde(skip)]
    pub file: PathBuf,
    /// The populations have these names.
    pub populations: Vec<String>,
    /// Each population has this many neurons at full scale.
    #[serde(rename = "n_full")]
    pub sizes: Vec<u32>,
    /// Neurons are connected with these probabilities, `[target][source]`.
    #[serde(rename = "conn_probs")]
    pub probabilities: Vec<Vec<f64>>,
    /// A neuron of each population has this many external inputs.
    #[serde(default, rename = "k_ext")]
    pub external: Vec<u32>,
    /// The populations fire at these rates in the full-scale model, Hz.
    #[serde(default, rename = "mean_rates_full_scale_hz")]
    pub rates_hz: Vec<f64>,
    /// The weights of these projections differ from the others'.
    #[serde(default)]
    pub weight_factors: Vec<WeightFactor>,
}

/// The mean weight of one projection is a multiple of the others'.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightFactor {
    /// The projection comes from this population.
    pub source: String,
    /// The projection goes to this population.
    pub target: String,
    /// The mean weight is multiplied by this factor.
    pub factor: f64,
}

/// A model is built at this size relative to the published one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelScale {
    /// The published numbers of neurons are multiplied by this factor.
    pub neurons: f64,
    /// The published in-degrees are multiplied by this factor.
    pub in_degrees: f64,
}

/// A table's projections have these magnitudes and delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynapseParameters {
    /// Excitatory synapses have this mean magnitude.
    pub weight: f64,
    /// The magnitudes have this coefficient of variation.
    pub weight_cv: f64,
    /// The mean inhibitory magnitude is this multiple of the mean excitatory one.
    pub g: f64,
    /// Excitatory synapses have this mean delay, ms.
    pub excitatory_delay_ms: f64,
    /// Inhibitory synapses have this mean delay, ms.
    pub inhibitory_delay_ms: f64,
    /// The delays have this coefficient of variation.
    pub delay_cv: f64,
}

impl ProbabilityTable {
    /// Reads and checks a table.
    pub fn read(file: &Path) -> Result<Self, ConnectomeError> {
        let text = std::fs::read_to_string(file).map_err(|cause| ConnectomeError::Open { file: file.into(), cause })?;
        let fail = |problem: String| ConnectomeError::table(file, problem);
        let mut table: Self =
            serde_json::from_str(&text).map_err(|e| fail(format!("not a table of probabilities: {e}")))?;
        table.file = file.into();
        let n = table.populations.len();
        for (key, len) in [("n_full", table.sizes.len()), ("conn_probs", table.probabilities.len())] {
            if len != n {
                return Err(fail(format!("`{key}` has {len} entries for {n} populations")));
            }
        }
        for (key, len) in [("k_ext", table.external.len()), ("mean_rates_full_scale_hz", table.rates_hz.len())] {
            if len != 0 && len != n {
                return Err(fail(format!("`{key}` has {len} entries for {n} populations")));
            }
        }
        for (k, name) in table.populations.iter().enumerate() {
            if table.populations[..k].contains(name) {
                return Err(fail(format!("population `{name}` occurs twice; names must differ")));
            }
            let row = &table.probabilities[k];
            if row.len() != n {
                return Err(fail(format!(
                    "`conn_probs` row {k} ({name}): the matrix is not square: {} of {n} columns",
                    row.len()
                )));
            }
            if let Some(s) = row.iter().position(|p| !(0.0..1.0).contains(p)) {
                let from = &table.populations[s];
                return Err(fail(format!(
                    "`conn_probs` row {k}: {} from {from} to {name} is not a probability below 1",
                    row[s]
                )));
            }
        }
        for w in &table.weight_factors {
            if let Some(name) = [&w.source, &w.target].into_iter().find(|n| !table.populations.contains(n)) {
                return Err(fail(format!("`weight_factors`: no population `{name}`")));
            }
            if !(w.factor.is_finite() && w.factor >= 0.0) {
                return Err(fail(format!(
                    "`weight_factors`: {} from {} to {} is no magnitude",
                    w.factor, w.source, w.target
                )));
            }
        }
        Ok(table)
    }

    /// Returns the sign of a population.
    pub fn sign(&self, population: usize) -> Sign {
        let inhibitory = self.populations[population].ends_with(['I', 'i']);
        if inhibitory { Sign::Inhibitory } else { Sign::Excitatory }
    }

    /// Returns the number of synapses from `source` to `target` at full scale, `ln(1 - p) / ln(1 - 1 / (N_s N_t))`: two
    /// neurons share at least one synapse with probability `p` when both ends of each synapse are drawn at random.
    pub fn synapses(&self, target: usize, source: usize) -> f64 {
        let pairs = f64::from(self.sizes[target]) * f64::from(self.sizes[source]);
        let p = self.probabilities[target][source];
        if p == 0.0 || pairs == 0.0 { 0.0 } else { (-p).ln_1p() / (-pairs.recip()).ln_1p() }
    }

    /// Returns the mean magnitude of the synapses from `source` to `target`.
    fn weight(&self, target: usize, source: usize, s: &SynapseParameters) -> f64 {
        let (from, to) = (&self.populations[source], &self.populations[target]);
        let own = self.weight_factors.iter().find(|w| w.source == *from && w.target == *to);
        let sign = if self.sign(source) == Sign::Inhibitory { s.g } else { 1.0 };
        s.weight * sign * own.map_or(1.0, |w| w.factor)
    }

    /// Returns the summed signed weight of the events that reach a neuron of `target` in a second at full scale, with
    /// all populations at their rates of the table and external inputs at `external_hz`.
    pub fn mean_input(&self, target: usize, s: &SynapseParameters, external_hz: f64) -> f64 {
        let from = |source: usize| {
            let inputs = self.synapses(target, source) / f64::from(self.sizes[target]).max(1.0);
            let sign = f64::from(self.sign(source).factor());
            sign * inputs * self.weight(target, source, s) * self.rates_hz.get(source).copied().unwrap_or(0.0)
        };
        let external = f64::from(self.external.get(target).copied().unwrap_or(0)) * s.weight * external_hz;
        (0..self.populations.len()).map(from).sum::<f64>() + external
    }

    /// Builds the network with fixed total numbers of synapses; self-connections and multapses are allowed, as
    /// published.
    pub fn build(
        &self,
        dt_ms: f64,
        scale: ModelScale,
        s: &SynapseParameters,
        seed: Seed,
    ) -> Result<AnatomicalNetwork, NetworkError> {
        let mut network = AnatomicalNetwork::new(dt_ms);
        for (parameter, value) in [("scale.neurons", scale.neurons), ("scale.in_degrees", scale.in_degrees)] {
            if !(value.is_finite() && value > 0.0) {
                let problem = "is not a scale above 0; 1 is the published size".into();
                return Err(NetworkError::Rule { what: "probabilities".into(), parameter, value, problem });
            }
        }
        for (k, name) in self.populations.iter().enumerate() {
            let size = (f64::from(self.sizes[k]) * scale.neurons).round();
            if size > f64::from(u32::MAX) {
                return Err(NetworkError::Size { population: name.clone(), size: size as u64 });
            }
            if size < 1.0 {
                let problem = format!("leaves no neuron of the {} of `{name}`; give a larger scale", self.sizes[k]);
                let (parameter, value) = ("scale.neurons", scale.neurons);
                return Err(NetworkError::Rule { what: "probabilities".into(), parameter, value, problem });
            }
            network.add(Population::named(name, size as usize, ""), Anatomy::of(self.sign(k)));
        }
        let (all, mut specs) = (0..self.populations.len(), vec![]);
        for (target, source) in all.clone().flat_map(|t| all.clone().map(move |s| (t, s))) {
            let n = (self.synapses(target, source) * scale.neurons * scale.in_degrees).round() as u64;
            if n == 0 {
                continue;
            }
            let mean = self.weight(target, source, s);
            let delay_ms = match self.sign(source) {
                Sign::Excitatory => s.excitatory_delay_ms,
                Sign::Inhibitory => s.inhibitory_delay_ms,
            };
            let spec = ProjectionSpec {
                name: format!("{}-{}", self.populations[source], self.populations[target]),
                source,
                target,
                rule: Arc::new(FixedTotal { n }),
                options: ConnectionOptions { self_connections: true, multapses: true },
                weights: WeightDistribution::Normal { mean, sd: s.weight_cv * mean },
                delays: DelayRule::Normal { mean_ms: delay_ms, sd_ms: s.delay_cv * delay_ms },
            };
            specs.push(spec);
        }
        let estimate = |spec: &ProjectionSpec| Ok((spec.name.clone(), spec.estimate(&network)?));
        check_all(&specs.iter().map(estimate).collect::<Result<Vec<_>, NetworkError>>()?, available())?;
        for spec in &specs {
            network.connect(spec, seed)?;
        }
        Ok(network)
    }
}
