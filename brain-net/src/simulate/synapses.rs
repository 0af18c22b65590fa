//! Which receptors projections come to.

use super::cells;
use crate::config::{BuildError, NetConfig, PlasticityConfig};
use crate::network::{Network, Population, Projection, Sign};
use brain_core::config::{Config, ConfigError};
use kernels::Cell;
use kernels::network::{Receptor, ShortTerm};
use std::collections::BTreeMap;

/// The input of a receptor, and the factor that magnitudes of `sign` have there.
pub(super) fn place(
    config: &Config<NetConfig>,
    key: &str,
    cell: &Cell,
    receptor: &str,
    sign: Sign,
) -> Result<(usize, f64), ConfigError> {
    cell.receptor(receptor, sign).ok_or_else(|| config.unknown(key, receptor, cell.receptors()))
}

/// The projections, once for each receptor that they come to, without those that have no synapses.
pub(super) fn projections(config: &Config<NetConfig>, network: Network) -> Result<Vec<Projection>, BuildError> {
    let synapses = &config.value.simulation.synapses;
    if let Some(name) = synapses.keys().find(|name| network.projection(name).is_none()) {
        let known = network.projections.iter().map(|p| p.name.clone());
        return Err(config.unknown(&format!("simulation.synapses.{name}"), name, known).into());
    }
    let mut all = vec![];
    for mut p in network.projections {
        let key = format!("simulation.synapses.{}", p.name);
        if p.synapses() == 0 {
            continue;
        }
        let mut receivers = receivers(config, &key, &p, &network.populations[p.post])?;
        let rule = synapses.get(&p.name).and_then(|s| s.plasticity.as_ref());
        p.short_term = rule.map(|rule| short_term(config, &format!("{key}.plasticity"), rule)).transpose()?;
        // The last one takes the arrays themselves.
        let Some((last, receptor)) = receivers.pop() else { continue };
        let name = p.name.clone();
        for (other, receptor) in &receivers {
            all.push(Projection { name: format!("{name}.{other}"), receptor: *receptor, ..p.clone() });
        }
        if !receivers.is_empty() {
            p.name = format!("{name}.{last}");
        }
        p.receptor = receptor;
        all.push(p);
    }
    Ok(all)
}

/// Receptors of a projection, by name.
fn receivers(
    config: &Config<NetConfig>,
    key: &str,
    p: &Projection,
    target: &Population,
) -> Result<Vec<(String, Receptor)>, BuildError> {
    if target.is_input() {
        let problem = format!("`{}` goes to `{}`, whose neurons only replay spikes", p.name, target.name);
        return Err(config.error(key, problem).into());
    }
    let cell = cells::of(config, target)?;
    let chosen = config.value.simulation.synapses.get(&p.name).map(|s| &s.receptors).filter(|r| !r.is_empty());
    let chosen = match (chosen, cell.fast_receptor(p.sign)) {
        (Some(chosen), _) => chosen.clone(),
        (None, Some(fast)) => BTreeMap::from([(fast.to_owned(), 1.0)]),
        (None, None) => {
            let known = cell.receptors().collect::<Vec<_>>().join(", ");
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
        Ok((receptor, Receptor::Input { input, factor: factor * sign }))
    };
    chosen.into_iter().map(one).collect()
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
