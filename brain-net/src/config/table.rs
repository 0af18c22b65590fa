//! Networks of a table of probabilities, and what they receive from outside.

use super::check::{quantity, step, within};
use super::{Assembled, BuildError, NetConfig, Source};
use crate::connectome::{ProbabilityTable, Scale, Synapses};
use brain_core::Seed;
use brain_core::config::Config;

pub(super) fn probabilities(config: &Config<NetConfig>, seed: Seed) -> Result<Assembled, BuildError> {
    let p = &config.value.probabilities;
    let table = ProbabilityTable::read(&p.file)?;
    let synapses = table_synapses(config)?;
    let scale = Scale { neurons: p.neurons, in_degrees: p.in_degrees };
    let network = table.build(step(config)?, scale, &synapses, seed)?;
    Ok(Assembled { network, files: vec![("connectome", p.file.clone())], ..Assembled::default() })
}

/// What a population of a table receives from outside.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct External {
    /// Population.
    pub population: String,
    /// Rate of all external inputs of a neuron together, Hz.
    pub rate_hz: f64,
    /// Weight of an event.
    pub weight: f64,
    /// Constant current.
    pub current: f64,
}

/// External inputs of a table of probabilities, corrected for the scale; none for other sources.
pub fn externals(config: &Config<NetConfig>) -> Result<Vec<External>, BuildError> {
    let p = &config.value.probabilities;
    if config.value.source != Source::Probabilities {
        return Ok(vec![]);
    }
    let table = ProbabilityTable::read(&p.file)?;
    let rate_hz = quantity(config, "probabilities.external_rate", &p.external_rate, "Hz")?;
    let tau_ms = quantity(config, "probabilities.tau_syn", &p.tau_syn, "ms")?;
    within(config, "probabilities.in_degrees", p.in_degrees, f64::MIN_POSITIVE, f64::MAX)?;
    let full = Synapses { weight: p.weight, ..table_synapses(config)? };
    let corrected = p.corrected && p.in_degrees != 1.0;
    if corrected && table.rates_hz.is_empty() {
        let problem = "the correction needs `mean_rates_full_scale_hz` in the table; add it, or set `corrected: false`";
        return Err(config.error("probabilities.corrected", problem).into());
    }
    let weight = table_synapses(config)?.weight;
    let one = |(k, name): (usize, &String)| {
        let count = table.external.get(k).copied().unwrap_or(0);
        let missing = if corrected { 1.0 - p.in_degrees.sqrt() } else { 0.0 };
        let current = if corrected { missing * 1e-3 * tau_ms * table.mean_input(k, &full, rate_hz) } else { 0.0 };
        External { population: name.clone(), rate_hz: f64::from(count) * p.in_degrees * rate_hz, weight, current }
    };
    Ok(table.populations.iter().enumerate().map(one).collect())
}

fn table_synapses(config: &Config<NetConfig>) -> Result<Synapses, BuildError> {
    let p = &config.value.probabilities;
    let ms = |key: &str, q| quantity(config, &format!("probabilities.{key}"), q, "ms");
    let up = if p.corrected && p.in_degrees > 0.0 { p.in_degrees.sqrt().recip() } else { 1.0 };
    Ok(Synapses {
        weight: p.weight * up,
        weight_cv: p.weight_cv,
        g: p.g,
        delay_ms: [ms("excitatory_delay", &p.excitatory_delay)?, ms("inhibitory_delay", &p.inhibitory_delay)?],
        delay_cv: p.delay_cv,
    })
}
