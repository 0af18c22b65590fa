//! An input projection brings the task's channels to a network that has no input population.

use crate::TrainError;
use crate::settings::NetworkSettings;
use brain_core::config::Origin;
use brain_net::network::{Anatomy, Population, Sign};
use brain_net::rule::FixedProbability;
use brain_net::{
    AnatomicalNetwork, ConnectionOptions, DelayRule, NetworkError, ProjectionSpec, Seed, WeightDistribution,
};
use std::sync::Arc;

/// The population has this name where the config gives none.
const NAME: &str = "input";

/// Adds a population of `channels` neurons that only replay spikes, with synapses to the populations of the input
/// projection; it adds nothing where there is none. Errors name the keys of `origin`.
pub fn add(
    network: &mut AnatomicalNetwork,
    settings: &NetworkSettings,
    origin: &Origin,
    channels: usize,
    seed: Seed,
) -> Result<(), TrainError> {
    let Some(given) = &settings.input_projection else { return Ok(()) };
    if let Some(p) = network.populations().find(|p| p.is_input()) {
        let problem = format!("`{}` is an input already; leave the input projection out", p.name());
        return Err(origin.error("network.input_projection.to", problem).into());
    }
    let name = settings.input.as_deref().unwrap_or(NAME);
    if network.population(name).is_some() {
        let problem = format!("there is a population `{name}`; give the input another name");
        return Err(origin.error("network.input", problem).into());
    }
    let wrong = |key: &str, e: NetworkError| origin.error(&format!("network.input_projection.{key}"), e);
    let source = network.add(Population::sources(name, channels), Anatomy::of(Sign::Excitatory));
    for to in &given.to {
        let target = network.population(to).filter(|k| *k != source).ok_or_else(|| {
            origin.unknown(
                "network.input_projection.to",
                to,
                network.graph.populations[..source].iter().map(|p| p.name.clone()),
            )
        })?;
        let segments = network.anatomy[target].segments.clone();
        let mut reached = vec![];
        for area in &given.areas {
            let found = segments.iter().find(|s| s.name == *area).ok_or_else(|| {
                origin.unknown("network.input_projection.areas", area, segments.iter().map(|s| s.name.clone()))
            })?;
            reached.push(found.range());
        }
        let spec = ProjectionSpec {
            name: format!("{name}-{to}"),
            source,
            target,
            rule: Arc::new(FixedProbability { p: given.p }),
            options: ConnectionOptions::default(),
            weights: WeightDistribution::LogNormal { mean: given.mean, cv: given.cv },
            delays: DelayRule::Constant(network.graph.dt),
        };
        let projection = network.connect(&spec, seed.child("inlet")).map_err(|e| wrong("p", e))?;
        if !reached.is_empty() {
            projection.retain(|_, post| reached.iter().any(|r| r.contains(&post)));
        }
    }
    Ok(())
}
