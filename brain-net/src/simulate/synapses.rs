//! This module assigns projections the receptors that they act on.

use super::cells;
use crate::config::SimulationSettings;
use crate::error::BuildError;
use crate::network::{AnatomicalNetwork, AnatomicalPopulation, Projection, Sign};
use brain_core::config::{ConfigError, Origin};
use kernels::Cell;
use kernels::network::ReceptorTarget;
use std::collections::BTreeMap;

/// Returns the input of the cell that stands for a receptor, and the factor on magnitudes of `sign` there. Fails where
/// the cell lacks the receptor.
pub(crate) fn place(
    origin: &Origin,
    key: &str,
    cell: &Cell,
    receptor: &str,
    sign: Sign,
) -> Result<(usize, f64), ConfigError> {
    cell.receptor(receptor, sign).ok_or_else(|| origin.unknown(key, receptor, cell.receptors()))
}

/// Returns the projections, once for each receptor that they act on. Projections without synapses are left out.
pub(super) fn projections(
    settings: &SimulationSettings,
    mut network: AnatomicalNetwork,
) -> Result<Vec<Projection>, BuildError> {
    let (synapses, origin) = (&settings.synapses, &settings.origin);
    if let Some(name) = synapses.keys().find(|name| network.projection(name).is_none()) {
        let known = network.graph.projections.iter().map(|p| p.name.clone());
        return Err(origin.unknown(&format!("simulation.synapses.{name}"), name, known).into());
    }
    let mut all = vec![];
    let projections = std::mem::take(&mut network.graph.projections);
    for mut p in projections {
        let key = format!("simulation.synapses.{}", p.name);
        if p.synapses() == 0 {
            continue;
        }
        let mut receivers = receivers(settings, &key, &p, network.at(p.post))?;
        p.short_term = synapses.get(&p.name).and_then(|s| s.plasticity);
        // The last receptor takes the arrays themselves; the others take copies.
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

/// Returns the receptors of a projection by name, with their factors.
fn receivers(
    settings: &SimulationSettings,
    key: &str,
    p: &Projection,
    target: AnatomicalPopulation,
) -> Result<Vec<(String, ReceptorTarget)>, BuildError> {
    let origin = &settings.origin;
    if target.is_input() {
        let problem = format!("`{}` goes to `{}`, whose neurons only replay spikes", p.name, target.name());
        return Err(origin.error(key, problem).into());
    }
    let cell = cells::of(settings, target)?;
    let chosen = settings.synapses.get(&p.name).map(|s| &s.receptors).filter(|r| !r.is_empty());
    let chosen = match (chosen, cell.fast_receptor(p.sign)) {
        (Some(chosen), _) => chosen.clone(),
        (None, Some(fast)) => BTreeMap::from([(fast.to_owned(), 1.0)]),
        (None, None) => {
            let known = cell.receptors().collect::<Vec<_>>().join(", ");
            let problem = format!("say which receptors it comes to; `{}` has {known}", cell.name);
            return Err(origin.error(&format!("{key}.receptors"), problem).into());
        }
    };
    let one = |(receptor, factor): (String, f64)| {
        let key = format!("{key}.receptors.{receptor}");
        let (input, sign) = place(origin, &key, cell, &receptor, p.sign)?;
        Ok((receptor, ReceptorTarget::Input { input, factor: factor * sign }))
    };
    chosen.into_iter().map(one).collect()
}
