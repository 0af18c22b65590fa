//! From a config to a network.

use super::check::{delays, quantity, rule, step, weights, within};
use super::{BuildError, NetConfig, Source, neurons};
use crate::area::{AreaMatrix, AreaNetwork, Generator, Local, LongRange};
use crate::connect::Connection;
use crate::connectome::sonata::{Circuit, SonataOptions};
use crate::connectome::{EdgeList, EdgeOptions, NeuronTable, ProbabilityTable, Scale, Synapses};
use crate::analysis::Moments;
use crate::network::{Estimate, Network, NetworkError, Population, available, check_all};
use crate::rule::{Ends, Rule};
use brain_core::Seed;
use brain_core::config::Config;
use std::path::PathBuf;

/// A network and what went into it.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// The network.
    pub network: Network,
    /// The areas it was made of, where there are any.
    pub areas: Option<AreaMatrix>,
    /// Files by role: `connectome`, `parent`.
    pub files: Vec<(&'static str, PathBuf)>,
    /// What a user should know.
    pub notes: Vec<String>,
}

/// Builds the network of a config; paths in it must be absolute or relative to the working folder.
pub fn assemble(config: &Config<NetConfig>) -> Result<Assembled, BuildError> {
    let c = &config.value;
    let seed = Seed::new(c.seed);
    let mut all = match c.source {
        Source::Marmoset => marmoset(config, seed)?,
        Source::Matrix => {
            let mut all = of_areas(config, c.matrix.read()?, seed)?;
            let more = [&c.matrix.distances, &c.matrix.coordinates].into_iter().flatten();
            all.files = [&c.matrix.fln].into_iter().chain(more).map(|f| ("connectome", f.clone())).collect();
            all
        }
        Source::Edges => edges(config)?,
        Source::Sonata => {
            let circuit = Circuit::read(&c.sonata.config)?;
            let delay_ms = quantity(config, "sonata.delay", &c.sonata.delay, "ms")?;
            let options = SonataOptions { dt_ms: step(config)?, delay_ms, scale: c.sonata.scale };
            within(config, "sonata.scale", c.sonata.scale, 0.0, f64::MAX)?;
            let network = circuit.network(options)?;
            let files = circuit.files.into_iter().map(|f| ("connectome", f)).collect();
            Assembled { network, files, ..Assembled::default() }
        }
        Source::Probabilities => probabilities(config, seed)?,
        Source::Rules => Assembled { network: rules(config, seed)?, ..Assembled::default() },
    };
    for (k, name) in c.fixed.iter().enumerate() {
        let known: Vec<_> = all.network.projections.iter().map(|p| p.name.clone()).collect();
        let Some(p) = all.network.projections.iter_mut().find(|p| p.name == *name) else {
            return Err(config.unknown(&format!("fixed.{k}"), name, known).into());
        };
        p.plastic = Some(vec![false; p.synapses()]);
    }
    neurons::add(config, &mut all, seed)?;
    if let Some(ratio) = c.balance {
        let left = all.network.balance(ratio)?;
        if left > 0 {
            all.notes.push(format!("{left} neurons have no excitatory or no inhibitory input and are not balanced"));
        }
    }
    Ok(all)
}

fn marmoset(config: &Config<NetConfig>, seed: Seed) -> Result<Assembled, BuildError> {
    let m = &config.value.marmoset;
    for (key, x, low, high) in [
        ("marmoset.areas", m.areas as f64, 2.0, 10_000.0),
        ("marmoset.density", m.density, 0.0, 1.0),
        ("marmoset.lambda", m.lambda, 0.0, 100.0),
        ("marmoset.sigma", m.sigma, 0.0, 20.0),
        ("marmoset.reciprocity", m.reciprocity, 0.0, 1.0),
    ] {
        within(config, key, x, low, high)?;
    }
    let (areas, density, lambda, sigma, reciprocity) = (m.areas, m.density, m.lambda, m.sigma, m.reciprocity);
    let generator = Generator { areas, density, lambda, sigma, reciprocity, ..Generator::default() };
    of_areas(config, generator.generate(seed), seed)
}

fn of_areas(config: &Config<NetConfig>, areas: AreaMatrix, seed: Seed) -> Result<Assembled, BuildError> {
    let a = &config.value.areas;
    within(config, "areas.excitatory", a.excitatory, 0.0, 1.0)?;
    let (l, r) = (&a.local, &a.long_range);
    let plan = AreaNetwork {
        neurons_per_area: a.neurons_per_area,
        excitatory: a.excitatory,
        dt_ms: step(config)?,
        local: Local {
            excitatory: l.excitatory,
            inhibitory: l.inhibitory,
            excitatory_weights: weights(config, "areas.local.excitatory_weight", &l.excitatory_weight)?,
            inhibitory_weights: weights(config, "areas.local.inhibitory_weight", &l.inhibitory_weight)?,
            delay_ms: quantity(config, "areas.local.delay", &l.delay, "ms")?,
        },
        long_range: LongRange {
            to_excitatory: r.to_excitatory,
            to_inhibitory: r.to_inhibitory,
            weights: weights(config, "areas.long_range.weight", &r.weight)?,
            delay_ms: quantity(config, "areas.long_range.delay", &r.delay, "ms")?,
            velocity: quantity(config, "areas.long_range.velocity", &r.velocity, "mm/ms")?,
        },
    };
    let network = plan.build(&areas, seed)?;
    let mut notes = vec![];
    if areas.distance_mm.is_empty() {
        notes.push("no distances or coordinates: long-range delays do not depend on distance".into());
    }
    Ok(Assembled { network, areas: Some(areas), files: vec![], notes })
}

fn edges(config: &Config<NetConfig>) -> Result<Assembled, BuildError> {
    let e = &config.value.edges;
    let table = e.neurons.as_ref().map(|f| NeuronTable::read(f, e.id.as_deref(), e.sign.as_deref())).transpose()?;
    let list = EdgeList::read(&e.file, &e.columns, table.as_ref())?;
    within(config, "edges.scale", e.scale, 0.0, f64::MAX)?;
    let options = EdgeOptions {
        dt_ms: step(config)?,
        kinds: e.types.clone(),
        inhibitory: e.inhibitory.clone(),
        scale: e.scale,
        delay_ms: quantity(config, "edges.delay", &e.delay, "ms")?,
    };
    let network = list.network(&options)?;
    let mut notes = vec![];
    let left_out = list.edges.len() as u64 - network.synapses();
    if left_out > 0 {
        notes.push(format!("{left_out} of {} edges are of other types and are left out", list.edges.len()));
    }
    let files = [Some(&e.file), e.neurons.as_ref()].into_iter().flatten().map(|f| ("connectome", f.clone())).collect();
    Ok(Assembled { network, files, notes, ..Assembled::default() })
}

fn probabilities(config: &Config<NetConfig>, seed: Seed) -> Result<Assembled, BuildError> {
    let p = &config.value.probabilities;
    let table = ProbabilityTable::read(&p.file)?;
    let synapses = table_synapses(config)?;
    let scale = Scale { neurons: p.neurons, in_degrees: p.in_degrees };
    let network = table.build(step(config)?, scale, &synapses, seed)?;
    Ok(Assembled { network, files: vec![("connectome", p.file.clone())], ..Assembled::default() })
}

/// What a population of a table receives from outside.
#[derive(Clone, Debug, PartialEq)]
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

fn rules(config: &Config<NetConfig>, seed: Seed) -> Result<Network, BuildError> {
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
    let mut connections = vec![];
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
        connections.push(Connection { name, source, target, rule, allow, weights, delays });
    }
    let estimates = connections.iter().map(|c| Ok((&*c.name, size(&network, c)?)));
    check_all(&estimates.collect::<Result<Vec<_>, NetworkError>>()?, available())?;
    for (connection, p) in connections.iter().zip(&c.projections) {
        let projection = network.connect(connection, seed)?;
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
        let mut p = Population::new("E", 30_000, Sign::Excitatory);
        p.positions = (0..30_000).map(|k| [(k % 173) as f32 / 173.0, (k / 173) as f32 / 173.0, 0.0]).collect();
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
