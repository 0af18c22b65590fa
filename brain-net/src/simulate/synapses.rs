//! Projections as the engine's edges.

use super::cells;
use crate::config::{BuildError, NetConfig, PlasticityConfig};
use crate::network::{Delays, Network, Population, Projection, Sign};
use brain_core::config::{Config, ConfigError};
use kernels::network::{self as engine, Edges, ShortTerm, Weights};
use kernels::{Cell, Precision};
use std::collections::BTreeMap;

/// The fast receptor of a sign.
pub(super) fn fast(cell: &Cell, sign: Sign) -> Option<&'static str> {
    let names = match sign {
        Sign::Excitatory => ["exc", "ampa"],
        Sign::Inhibitory => ["inh", "gaba_a"],
    };
    names.into_iter().find(|r| cell.input(&format!("{r}_w")).is_some())
}

/// The input that synapses of a sign come to by default, and the sign that magnitudes have there: a conductance has a
/// reversal potential, which makes the sign.
pub fn fast_input(cell: &Cell, sign: Sign) -> Option<(usize, f64)> {
    let receptor = fast(cell, sign)?;
    Some((cell.input(&format!("{receptor}_w"))?, signed(cell, receptor, sign)))
}

fn signed(cell: &Cell, receptor: &str, sign: Sign) -> f64 {
    if cell.parameter(&format!("{receptor}_E")).is_some() { 1.0 } else { f64::from(sign.factor()) }
}

/// Names of a cell's receptors.
fn receptors(cell: &Cell) -> impl Iterator<Item = String> {
    cell.input.iter().filter_map(|f| f.name.strip_suffix("_w").map(str::to_owned))
}

/// The input of a receptor, and the sign that magnitudes of `sign` have there.
pub(super) fn place(
    config: &Config<NetConfig>,
    key: &str,
    cell: &Cell,
    receptor: &str,
    sign: Sign,
) -> Result<(usize, f64), ConfigError> {
    let input = cell.input(&format!("{receptor}_w"));
    let input = input.ok_or_else(|| config.unknown(key, receptor, receptors(cell)))?;
    Ok((input, signed(cell, receptor, sign)))
}

pub(super) fn projections<F: Precision>(
    config: &Config<NetConfig>,
    network: Network,
) -> Result<Vec<engine::Projection<F>>, BuildError> {
    let synapses = &config.value.simulation.synapses;
    if let Some(name) = synapses.keys().find(|name| network.projection(name).is_none()) {
        let known = network.projections.iter().map(|p| p.name.clone());
        return Err(config.unknown(&format!("simulation.synapses.{name}"), name, known).into());
    }
    let mut all = vec![];
    for p in network.projections {
        let key = format!("simulation.synapses.{}", p.name);
        let target = &network.populations[p.target];
        if p.synapses() == 0 {
            continue;
        }
        let receivers = receivers(config, &key, &p, target)?;
        let rule = synapses.get(&p.name).and_then(|s| s.plasticity.as_ref());
        let plasticity = rule.map(|rule| short_term(config, &format!("{key}.plasticity"), rule)).transpose()?;
        let (name, pre, post) = (p.name, p.source, p.target);
        let delays = match p.delays {
            Delays::Uniform(d) => engine::Delays::Uniform(d),
            Delays::PerEdge(d) => engine::Delays::Each(d),
        };
        let mut parts = vec![(p.offsets, p.targets, p.weights, delays)];
        for _ in 1..receivers.len() {
            parts.push(parts[0].clone());
        }
        for ((starts, targets, weights, delays), (receptor, input, factor)) in parts.into_iter().zip(&receivers) {
            let name = if receivers.len() > 1 { format!("{name}.{receptor}") } else { name.clone() };
            let edges = Edges { starts, targets, weights: scaled(weights, *factor), delays };
            all.push(engine::Projection { name, pre, first: 0, post, input: *input, edges, plasticity });
        }
    }
    Ok(all)
}

/// Receptors of a projection: name, input, factor on magnitudes.
fn receivers(
    config: &Config<NetConfig>,
    key: &str,
    p: &Projection,
    target: &Population,
) -> Result<Vec<(String, usize, f64)>, BuildError> {
    if target.is_input() {
        let problem = format!("`{}` goes to `{}`, whose neurons only replay spikes", p.name, target.name);
        return Err(config.error(key, problem).into());
    }
    let cell = cells::of(config, target)?;
    let chosen = config.value.simulation.synapses.get(&p.name).map(|s| &s.receptors).filter(|r| !r.is_empty());
    let chosen = match (chosen, fast(cell, p.sign)) {
        (Some(chosen), _) => chosen.clone(),
        (None, Some(fast)) => BTreeMap::from([(fast.to_owned(), 1.0)]),
        (None, None) => {
            let known = receptors(cell).collect::<Vec<_>>().join(", ");
            let problem = format!("say which receptors it comes to; `{}` has {known}", cell.name);
            return Err(config.error(&format!("{key}.receptors"), problem).into());
        }
    };
    let one = |(receptor, factor): (String, f64)| {
        let key = format!("{key}.receptors.{receptor}");
        if !(factor.is_finite() && factor >= 0.0) {
            return Err(config.error(&key, format!("{factor} is no factor of 0 or more")).into());
        }
        let (input, sign) = place(config, &key, cell, &receptor, p.sign)?;
        Ok((receptor, input, factor * sign))
    };
    chosen.into_iter().map(one).collect()
}

/// In place in single precision.
fn scaled<F: Precision>(weights: Vec<f32>, factor: f64) -> Weights<F> {
    match weights.split_first() {
        // Equal weights take no memory.
        Some((first, rest)) if rest.iter().all(|w| w == first) => Weights::Uniform(F::of(f64::from(*first) * factor)),
        _ => Weights::Each(weights.into_iter().map(|w| F::of(f64::from(w) * factor)).collect()),
    }
}

fn short_term(config: &Config<NetConfig>, key: &str, p: &PlasticityConfig) -> Result<ShortTerm, BuildError> {
    let ms = |name: &str, q| config.quantity(&format!("{key}.{name}"), q, "ms");
    let rule = ShortTerm { U: p.U, tau_rec: ms("tau_rec", &p.tau_rec)?, tau_facil: ms("tau_facil", &p.tau_facil)? };
    for (name, x, ok, bounds) in [
        ("U", rule.U, (0.0..=1.0).contains(&rule.U), "within 0 to 1"),
        ("tau_rec", rule.tau_rec, rule.tau_rec.is_finite() && rule.tau_rec > 0.0, "above 0 ms"),
        ("tau_facil", rule.tau_facil, rule.tau_facil.is_finite() && rule.tau_facil >= 0.0, "0 ms or more"),
    ] {
        if !ok {
            return Err(config.error(&format!("{key}.{name}"), format!("{x} must be {bounds}")).into());
        }
    }
    Ok(rule)
}
