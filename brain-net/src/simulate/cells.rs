//! Populations as cells.

use crate::config::{BuildError, NetConfig};
use crate::network::{Network, Population};
use brain_core::Seed;
use brain_core::config::{Config, ConfigError};
use kernels::network::{self as engine, Kind, Values};
use kernels::{Cell, Precision, Use, cells, find_for};

/// The neuron of populations without a model.
const NEURON: &str = "lif";

/// Least difference of the time constants of a rise and a decay, over the latter: nearer ones cancel in single precision.
const APART: f64 = 1e-3;

/// The cell of a model: the model itself where it has receptors, else the one that joins it with `receptors`.
pub fn cell_of(model: &str, receptors: &str) -> Option<&'static Cell> {
    let neuron = if model.is_empty() { NEURON } else { model };
    // A neuron alone has one input, the current.
    let whole = find_for(neuron, Use::Network).filter(|c| c.input.len() > 1);
    whole.or_else(|| find_for(&format!("{neuron}-{receptors}"), Use::Network))
}

pub(super) fn of(config: &Config<NetConfig>, p: &Population) -> Result<&'static Cell, ConfigError> {
    let receptors = &config.value.simulation.receptors;
    cell_of(&p.model, receptors).ok_or_else(|| {
        let neuron = if p.model.is_empty() { NEURON } else { &p.model };
        let prefix = format!("{neuron}-");
        let known: Vec<_> = cells(Use::Network).map(|c| c.name).filter(|n| n.starts_with(&prefix)).collect();
        match known.is_empty() {
            true => {
                let known =
                    cells(Use::Network).filter(|c| c.input.len() > 1).map(|c| c.name).chain([Population::INPUT]);
                config.unknown(&format!("neurons.{}.model", p.name), &p.model, known)
            }
            false => {
                let known = known.into_iter().map(|n| n[prefix.len()..].to_owned());
                config.unknown("simulation.receptors", receptors, known)
            }
        }
    })
}

pub(super) fn populations<F: Precision>(
    config: &Config<NetConfig>,
    network: &Network,
    seed: Seed,
) -> Result<Vec<engine::Population<F>>, BuildError> {
    let one = |p: &Population| {
        let (name, neurons) = (p.name.clone(), p.size as usize);
        let kind = match p.is_input() {
            true => Kind::Spikes { times: vec![] },
            false => {
                let cell = of(config, p)?;
                let scatter = config.value.simulation.scattered_start;
                Kind::Cells {
                    cell,
                    params: params(config, p, cell)?,
                    start: start(p, cell, scatter, seed.child("start").child(&name)),
                    drive: Values::Shared(vec![F::of(0.0); cell.input.len()]),
                }
            }
        };
        Ok(engine::Population { name, neurons, kind })
    };
    network.populations.iter().map(one).collect()
}

/// Of one field, for a neuron.
fn value(p: &Population, cell: &Cell, field: usize, neuron: usize) -> f64 {
    let field = &cell.param[field];
    p.parameter(&field.name, neuron, field.default)
}

fn params<F: Precision>(config: &Config<NetConfig>, p: &Population, cell: &Cell) -> Result<Values<F>, ConfigError> {
    let key = format!("neurons.{}", p.name);
    if let Some(name) = p.params.keys().find(|name| cell.parameter(name).is_none()) {
        return Err(config.unknown(&key, name, cell.param.iter().map(|f| f.name.to_string())));
    }
    let neurons = p.size as usize;
    for (rise, field) in cell.param.iter().enumerate() {
        let Some(receptor) = field.name.strip_suffix("_tau_rise") else { continue };
        let Some(decay) = cell.parameter(&format!("{receptor}_tau")) else { continue };
        let pair = |n: usize| (value(p, cell, rise, n), value(p, cell, decay, n));
        // The response has a factor 1 / (tau - tau_rise).
        let alike = |n: &usize| (pair(*n).0 - pair(*n).1).abs() < APART * pair(*n).1.abs();
        if let Some(n) = (0..neurons).find(alike) {
            let (key, (a, b)) = (format!("{key}.params.{receptor}_tau_rise"), pair(n));
            let problem = format!(
                "{a} ms and {receptor}_tau of {b} ms are alike (neuron {n}); set them apart, or use an alpha receptor"
            );
            return Err(config.error(&key, problem));
        }
    }
    let fields = 0..cell.param.len();
    Ok(match p.params.values().all(|x| x.len() <= 1) {
        true => Values::Shared(fields.map(|f| F::of(value(p, cell, f, 0))).collect()),
        false => Values::Each(fields.flat_map(|f| (0..neurons).map(move |n| F::of(value(p, cell, f, n)))).collect()),
    })
}

/// Potentials between rest and threshold, uniformly, where the model has both; everything else at its default. A network
/// whose neurons all start alike begins with a volley.
fn start<F: Precision>(p: &Population, cell: &Cell, scatter: bool, seed: Seed) -> Values<F> {
    let ends = (cell.parameter("E_L"), cell.parameter("V_th"));
    let ends = if let (Some(low), Some(high)) = ends { Some((low, high)) } else { None };
    let neurons = p.size as usize;
    if !scatter || ends.is_none() && cell.rest_and_threshold.is_none() {
        // A model starts at its own rest where it has one.
        let rest = |n: usize| ends.map_or(cell.state[0].default, |(low, _)| value(p, cell, low, n));
        let first = (0..neurons).map(|n| F::of(rest(n)));
        let others = cell.state[1..].iter().flat_map(|f| std::iter::repeat_n(F::of(f.default), neurons));
        return Values::Each(first.chain(others).collect());
    }
    let potential = |n: usize| {
        let u = seed.at(n as u64).uniform();
        let given = |(low, high)| (value(p, cell, low, n), value(p, cell, high, n));
        let (low, high) = ends.map(given).or(cell.rest_and_threshold).unwrap_or_default();
        F::of(low + u * (high - low))
    };
    let first = (0..neurons).map(potential);
    let others = cell.state[1..].iter().flat_map(|f| std::iter::repeat_n(F::of(f.default), neurons));
    Values::Each(first.chain(others).collect())
}
