//! This source draws a network from populations and a connection rule for each projection.

use super::{BuiltNetwork, ConnectomePlan, ConnectomeSource, ProjectionConfig, Scope};
use crate::config::magnitude;
use crate::connect::ProjectionSpec;
use crate::connectome::Mask;
use crate::error::BuildError;
use crate::network::{AnatomicalNetwork, Anatomy, NetworkError, Population, Sign, check_all, check_neurons};
use crate::rule::RuleEntry;
use brain_core::Seed;
use brain_core::config::{ConfigError, Origin, Quantity};
use brain_core::memory::available;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The settings of `source: rules` list the populations and projections of a network.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RulesSource {
    /// The network has these populations.
    pub populations: Vec<PopulationConfig>,
    /// These projections join them.
    pub projections: Vec<ProjectionConfig>,
}

/// A population has neurons of one sign.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PopulationConfig {
    /// The population has this name.
    pub name: String,
    /// It has this many neurons.
    pub size: u32,
    /// The neurons make synapses of this sign: `excitatory` or `inhibitory`.
    #[schemars(with = "String")]
    pub sign: Sign,
    /// The neurons have random positions in a box of these sides; they have no positions where it is null.
    pub extent: Option<[Quantity; 3]>,
}

impl ConnectomeSource for RulesSource {
    const NAME: &'static str = "rules";

    fn plan(&self, scope: Scope) -> Result<Box<dyn ConnectomePlan>, ConfigError> {
        let origin = scope.origin;
        if self.populations.is_empty() {
            return Err(origin.error("populations", "a network of rules needs at least one population"));
        }
        let mut populations: Vec<PlannedPopulation> = vec![];
        for (k, p) in self.populations.iter().enumerate() {
            let at = format!("populations.{k}");
            if p.name.is_empty() || p.name.contains('/') || populations.iter().any(|other| other.name == p.name) {
                return Err(origin.error(&format!("{at}.name"), "give each population a name of its own, without `/`"));
            }
            populations.push(p.plan(origin, &at)?);
            let neurons = populations.iter().map(|p| u64::from(p.size)).sum();
            check_neurons(neurons)
                .map_err(|e| origin.error(&format!("{at}.size"), format!("{e}; give fewer neurons")))?;
        }
        let mut projections: Vec<PlannedProjection> = vec![];
        for (k, p) in self.projections.iter().enumerate() {
            let at = format!("projections.{k}");
            let find = |end: &str, name: &str| {
                let found = populations.iter().position(|p| p.name == name);
                let known = || populations.iter().map(|p| p.name.clone());
                found.ok_or_else(|| origin.unknown(&format!("{at}.{end}"), name, known()))
            };
            let ends = (find("from", &p.from)?, find("to", &p.to)?);
            let spec = p.spec(origin, &at, scope.rules, ends)?;
            if projections.iter().any(|other| other.spec.name == spec.name) || spec.name.contains('/') {
                return Err(origin.error(&format!("{at}.name"), "give each projection a name of its own, without `/`"));
            }
            projections.push(PlannedProjection { spec, mask: p.mask.clone(), plastic: p.plastic });
        }
        Ok(Box::new(RulesPlan { dt_ms: scope.dt_ms, populations, projections, origin: origin.clone() }))
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        self.projections.iter_mut().filter_map(|p| p.mask.as_mut()).collect()
    }

    fn complete(&mut self, origin: &Origin, rules: &[RuleEntry]) -> Result<(), ConfigError> {
        let mut all = self.projections.iter_mut().enumerate();
        all.try_for_each(|(k, p)| p.complete(origin, &format!("projections.{k}"), rules))
    }
}

impl PopulationConfig {
    fn plan(&self, origin: &Origin, at: &str) -> Result<PlannedPopulation, ConfigError> {
        if self.size == 0 {
            return Err(origin.error(&format!("{at}.size"), "give at least 1 neuron"));
        }
        let side = |q: &Quantity| magnitude(origin, &format!("{at}.extent"), q, "mm");
        let extent_mm = match &self.extent {
            Some([x, y, z]) => Some([side(x)?, side(y)?, side(z)?]),
            None => None,
        };
        Ok(PlannedPopulation { name: self.name.clone(), size: self.size, sign: self.sign, extent_mm })
    }
}

#[derive(Debug)]
struct PlannedPopulation {
    name: String,
    size: u32,
    sign: Sign,
    extent_mm: Option<[f64; 3]>,
}

impl PlannedPopulation {
    fn build(&self, seed: Seed) -> (Population, Anatomy) {
        let mut anatomy = Anatomy::of(self.sign);
        if let Some(sides) = self.extent_mm {
            let seed = seed.child("position").child(&self.name);
            let place = |i: u32| {
                let mut stream = seed.at(i.into());
                sides.map(|side| stream.within(0.0, side) as f32)
            };
            anatomy.positions = (0..self.size).map(place).collect();
        }
        (Population::named(&self.name, self.size as usize, ""), anatomy)
    }
}

#[derive(Debug)]
struct PlannedProjection {
    spec: ProjectionSpec,
    mask: Option<PathBuf>,
    plastic: bool,
}

#[derive(Debug)]
struct RulesPlan {
    dt_ms: f64,
    populations: Vec<PlannedPopulation>,
    projections: Vec<PlannedProjection>,
    origin: Origin,
}

impl RulesPlan {
    /// Places an error at the key of projection `k` that it is about, where that is known, and else at its rule.
    fn placed(&self, k: usize, error: NetworkError) -> ConfigError {
        let at = format!("projections.{k}");
        match &error {
            // What is no key of the projection, such as the size of a population, comes with the rule.
            NetworkError::Rule { parameter, value, problem, .. } => {
                let key = format!("{at}.{parameter}");
                match self.origin.is_given(&key) {
                    true => self.origin.error(&key, format!("{value} {problem}")),
                    false => self.origin.error(&format!("{at}.rule"), format!("{parameter} = {value} {problem}")),
                }
            }
            NetworkError::Delay { .. } => self.origin.error(&format!("{at}.delay"), error),
            _ => self.origin.error(&at, error),
        }
    }
}

impl ConnectomePlan for RulesPlan {
    /// Builds the network. Fails before any projection is drawn where all of them together do not fit into memory.
    fn build(&self, seed: Seed) -> Result<BuiltNetwork, BuildError> {
        let mut network = AnatomicalNetwork::new(self.dt_ms);
        for (neurons, anatomy) in self.populations.iter().map(|p| p.build(seed)) {
            network.add(neurons, anatomy);
        }
        let estimate = |(k, p): (usize, &PlannedProjection)| match p.spec.estimate(&network) {
            Ok(estimate) => Ok((p.spec.name.clone(), estimate)),
            Err(error) => Err(self.placed(k, error)),
        };
        let estimates = self.projections.iter().enumerate().map(estimate).collect::<Result<Vec<_>, _>>()?;
        check_all(&estimates, available()).map_err(|e| self.origin.error("projections", e))?;
        let masks = self.projections.iter().enumerate().map(|(k, p)| {
            let [pre, post] = [p.spec.source, p.spec.target].map(|k| network.at(k).size());
            let read = p.mask.as_ref().map(|file| Mask::read(file, pre, post)).transpose();
            read.map_err(|e| self.origin.error(&format!("projections.{k}.mask"), e))
        });
        let masks = masks.collect::<Result<Vec<_>, _>>()?;
        let mut notes = vec![];
        for (k, (p, mask)) in self.projections.iter().zip(&masks).enumerate() {
            let drawn = network.connect_within(&p.spec, mask.as_ref(), seed);
            let projection = drawn.map_err(|e| self.placed(k, e))?;
            if !p.plastic {
                projection.plastic = Some(vec![false; projection.synapses()]);
            }
            notes.extend(p.spec.delays.note(&p.spec.name, projection.synapses(), self.dt_ms));
        }
        let files = self.projections.iter().filter_map(|p| p.mask.clone()).map(|f| ("mask", f)).collect();
        Ok(BuiltNetwork { network, files, notes, ..BuiltNetwork::default() })
    }

    fn describe(&self, projection: &str) -> String {
        let found = self.projections.iter().find(|p| p.spec.name == projection);
        found.map_or_else(|| "as given".into(), |p| p.spec.rule.describe())
    }
}
