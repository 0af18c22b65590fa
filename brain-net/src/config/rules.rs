//! Networks of rules.

use super::check::{delays, quantity, rule, step, weights};
use super::{BuildError, NetConfig};
use crate::connect::Connection;
use crate::connectome::Mask;
use crate::network::{Estimate, Network, NetworkError, Population, available, check_all};
use crate::rule::{Ends, Rule};
use brain_core::Seed;
use brain_core::config::Config;
use brain_core::stats::Moments;

/// Builds populations and projections; fails before any of them is drawn where they do not fit into memory.
pub(super) fn rules(config: &Config<NetConfig>, seed: Seed) -> Result<Network, BuildError> {
    let c = &config.value;
    let mut network = Network { dt_ms: step(config)?, ..Network::default() };
    if c.populations.is_empty() {
        return Err(config.error("populations", "a network of rules needs at least one population").into());
    }
    for (k, p) in c.populations.iter().enumerate() {
        let key = format!("populations.{k}");
        if p.name.is_empty() || p.name.contains('/') || network.population(&p.name).is_some() {
            return Err(config
                .error(&format!("{key}.name"), "give each population a name of its own, without `/`")
                .into());
        }
        let mut population = Population::new(&p.name, p.size, p.sign);
        if let Some(extent) = &p.extent {
            let sides = [0, 1, 2].map(|a| quantity(config, &format!("{key}.extent"), &extent[a], "mm"));
            let [x, y, z] = sides;
            let sides = [x?, y?, z?];
            let seed = seed.child("position").child(&p.name);
            let place = |i: u32| {
                let mut stream = seed.at(i.into());
                sides.map(|side| stream.within(0.0, side) as f32)
            };
            population.positions = (0..p.size).map(place).collect();
        }
        network.populations.push(population);
    }
    let (mut connections, mut masks) = (vec![], vec![]);
    for (k, p) in c.projections.iter().enumerate() {
        let key = format!("projections.{k}");
        let find = |end: &str, name: &str| {
            network.population(name).ok_or_else(|| {
                config.unknown(&format!("{key}.{end}"), name, network.populations.iter().map(|p| p.name.clone()))
            })
        };
        let (source, target) = (find("from", &p.from)?, find("to", &p.to)?);
        let (rule, allow) = rule(config, &key, p)?;
        let name = p.called();
        if connections.iter().any(|c: &Connection| c.name == name) || name.contains('/') {
            return Err(config
                .error(&format!("{key}.name"), "give each projection a name of its own, without `/`")
                .into());
        }
        let weights = weights(config, &format!("{key}.weight"), &p.weight)?;
        let delays = delays(config, &key, p)?;
        masks.push(match &p.mask {
            Some(_)
                if matches!(
                    rule,
                    Rule::FixedInDegree { .. } | Rule::FixedOutDegree { .. } | Rule::FixedTotal { .. }
                ) =>
            {
                let why =
                    "it would take synapses away that the rule counts; use `rule: fixed-probability` or `all-to-all`";
                return Err(config.error(&format!("{key}.mask"), why).into());
            }
            Some(file) => {
                let [pre, post] = [source, target].map(|k| network.populations[k].size);
                Some(Mask::read(file, pre, post)?)
            }
            None => None,
        });
        connections.push(Connection { name, source, target, rule, allow, weights, delays });
    }
    let estimates = connections.iter().map(|c| Ok((&*c.name, size(&network, c)?)));
    check_all(&estimates.collect::<Result<Vec<_>, NetworkError>>()?, available())?;
    for ((connection, mask), p) in connections.iter().zip(&masks).zip(&c.projections) {
        let projection = network.connect_within(connection, mask.as_ref(), seed)?;
        if !p.plastic {
            projection.plastic = Some(vec![false; projection.synapses()]);
        }
    }
    Ok(network)
}

/// Pairs of neurons whose distance stands for that of all.
const PAIRS: u64 = 20_000;

/// The memory of a projection. Where probability falls with distance, its mean over some pairs and three standard errors
/// more.
fn size(network: &Network, c: &Connection) -> Result<Estimate, NetworkError> {
    let ends = Ends::of(network, c.source, c.target)?;
    c.rule.check(&c.name, ends, c.allow)?;
    let estimate = c.rule.estimate(ends, c.allow, c.delays.per_synapse());
    let at = |d: f64| match c.rule {
        Rule::Gaussian { p, sigma_mm } => Some(p * (-0.5 * (d / sigma_mm).powi(2)).exp()),
        Rule::Exponential { p, lambda_mm } => Some(p * (-d / lambda_mm).exp()),
        _ => None,
    };
    let pairs = u64::from(ends.pre.size) * u64::from(ends.post.size);
    if at(0.0).is_none() || pairs == 0 {
        return Ok(estimate);
    }
    // An odd stride over all pairs meets both ends evenly.
    let stride = (pairs / PAIRS).max(1) | 1;
    let mut m = Moments::default();
    for k in (0..pairs).step_by(stride as usize) {
        let (a, b) = (k / u64::from(ends.post.size), k % u64::from(ends.post.size));
        let (a, b) = (ends.pre.positions[a as usize], ends.post.positions[b as usize]);
        let d = (0..3).map(|x| f64::from(a[x] - b[x]).powi(2)).sum::<f64>().sqrt();
        m.add(at(d).unwrap_or(0.0));
    }
    let mean = m.mean() + 3.0 * (m.variance() / m.n).sqrt();
    Ok(Estimate { synapses: mean * pairs as f64, ..estimate })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Allow, DelayRule, Sign, Weights};

    #[test]
    fn sizes_are_not_below_what_comes() {
        let mut network = Network { dt_ms: 0.1, ..Network::default() };
        let mut p = Population::new("E", 3_000, Sign::Excitatory);
        p.positions = (0..3_000).map(|k| [(k % 55) as f32 / 55.0, (k / 55) as f32 / 55.0, 0.0]).collect();
        network.populations.push(p);
        for (name, rule) in [
            ("a", Rule::Gaussian { p: 0.3, sigma_mm: 0.3 }),
            ("b", Rule::Exponential { p: 0.1, lambda_mm: 0.1 }),
            ("c", Rule::FixedInDegree { k: 20 }),
        ] {
            let (allow, weights, delays) = (Allow::default(), Weights::Constant(1.0), DelayRule::Constant(1.0));
            let c = Connection { name: name.into(), source: 0, target: 0, rule, allow, weights, delays };
            let expected = size(&network, &c).unwrap().bytes();
            let found = network.connect(&c, Seed::new(1)).unwrap().bytes();
            assert!(found <= expected && expected < found * 11 / 10, "{name}: {found} of {expected}");
        }
    }
}
