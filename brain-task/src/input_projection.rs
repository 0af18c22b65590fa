//! An input projection brings the task's channels to a network that has no input population.

use crate::TrainError;
use crate::config::{InputProjectionConfig, TrainConfig};
use brain_core::config::Config;
use brain_net::network::{Anatomy, Population, Sign};
use brain_net::rule::FixedProbability;
use brain_net::{
    AnatomicalNetwork, ConnectionOptions, DelayRule, NetworkError, ProjectionSpec, Seed, WeightDistribution,
};
use std::sync::Arc;

/// The name of the population, where the config gives none.
const NAME: &str = "input";

/// Adds a population of `channels` neurons that only replay spikes, with synapses to the populations of
/// `network.input_projection`; it adds nothing where that key names none.
pub fn add(
    network: &mut AnatomicalNetwork,
    config: &Config<TrainConfig>,
    channels: usize,
    seed: Seed,
) -> Result<(), TrainError> {
    let network_config = &config.value.network;
    let given = &network_config.input_projection;
    if given.to.is_empty() {
        return match *given == InputProjectionConfig::default() {
            true => Ok(()),
            false => {
                let problem =
                    "has no effect without `to`: name the populations that receive the channels, or leave it out";
                Err(config.error("network.input_projection", problem).into())
            }
        };
    }
    if let Some(p) = network.populations().find(|p| p.is_input()) {
        let problem = format!("`{}` is an input already; leave the input projection out", p.name());
        return Err(config.error("network.input_projection.to", problem).into());
    }
    let name = if network_config.input.is_empty() { NAME } else { &network_config.input };
    if network.population(name).is_some() {
        let problem = format!("there is a population `{name}`; give the input another name");
        return Err(config.error("network.input", problem).into());
    }
    let wrong = |key: &str, e: NetworkError| config.error(&format!("network.input_projection.{key}"), e);
    let source = network.add(Population::sources(name, channels), Anatomy::of(Sign::Excitatory));
    for to in &given.to {
        let target = network.population(to).filter(|k| *k != source).ok_or_else(|| {
            config.unknown(
                "network.input_projection.to",
                to,
                network.graph.populations[..source].iter().map(|p| p.name.clone()),
            )
        })?;
        let segments = network.anatomy[target].segments.clone();
        let mut reached = vec![];
        for area in &given.areas {
            let found = segments.iter().find(|s| s.name == *area).ok_or_else(|| {
                config.unknown("network.input_projection.areas", area, segments.iter().map(|s| s.name.clone()))
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
