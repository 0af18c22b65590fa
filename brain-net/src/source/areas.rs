//! This module reads the key `areas`, which turns areas into neurons for every source whose connectome has areas.

use super::{BuiltNetwork, Scope};
use crate::area::{AreaMatrix, AreaNetwork, Local, LongRange};
use crate::config::{WeightConfig, magnitude, weights, within};
use crate::connectome::area_sizes;
use crate::error::BuildError;
use crate::network::check_neurons;
use brain_core::Seed;
use brain_core::config::{ConfigError, Origin, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Areas become a network with these numbers of neurons and synapses.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AreasConfig {
    /// Every area has this many neurons.
    pub neurons_per_area: u32,
    /// The areas have these numbers of neurons, in the order of the matrix; where it is empty, each area has
    /// `neurons_per_area`.
    pub sizes: Vec<u32>,
    /// This CSV file gives the number of neurons of each area by its name, in the columns `area` and `neurons`.
    pub sizes_file: Option<PathBuf>,
    /// This fraction of the neurons is excitatory.
    pub excitatory: f64,
    /// The neurons of an area are connected among each other like this.
    pub local: LocalConfig,
    /// The areas project to each other like this.
    pub long_range: LongRangeConfig,
}

impl Default for AreasConfig {
    fn default() -> Self {
        Self {
            neurons_per_area: 400,
            sizes: vec![],
            sizes_file: None,
            excitatory: 0.8,
            local: LocalConfig::default(),
            long_range: LongRangeConfig::default(),
        }
    }
}

/// The neurons of an area are connected among each other like this.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LocalConfig {
    /// A neuron receives this many synapses from excitatory neurons of its area.
    pub excitatory: u32,
    /// A neuron receives this many synapses from inhibitory neurons of its area.
    pub inhibitory: u32,
    /// Excitatory synapses have these magnitudes.
    pub excitatory_weight: WeightConfig,
    /// Inhibitory synapses have these magnitudes.
    pub inhibitory_weight: WeightConfig,
    /// All synapses within areas have this delay.
    pub delay: Quantity,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            excitatory: 100,
            inhibitory: 25,
            excitatory_weight: WeightConfig::default(),
            inhibitory_weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
        }
    }
}

/// Areas project to each other like this; all of these synapses are excitatory.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LongRangeConfig {
    /// An excitatory neuron receives this many synapses from other areas.
    pub to_excitatory: u32,
    /// An inhibitory neuron receives this many synapses from other areas.
    pub to_inhibitory: u32,
    /// The synapses have these magnitudes.
    pub weight: WeightConfig,
    /// This part of the delay does not grow with distance.
    pub delay: Quantity,
    /// The delay grows with distance by this conduction velocity.
    pub velocity: Quantity,
}

impl Default for LongRangeConfig {
    fn default() -> Self {
        Self {
            to_excitatory: 100,
            to_inhibitory: 100,
            weight: WeightConfig::default(),
            delay: Quantity::from("1 ms"),
            velocity: Quantity::from("3.5 m/s"),
        }
    }
}

impl AreasConfig {
    pub(super) fn plan(&self, scope: Scope) -> Result<AreasPlan, ConfigError> {
        let (origin, l, r) = (scope.origin, &self.local, &self.long_range);
        within(origin, "areas.excitatory", self.excitatory, 0.0, 1.0)?;
        let sizes = match (&self.sizes_file, &self.sizes[..]) {
            (Some(_), [_, ..]) => {
                return Err(origin.error("areas.sizes", "there is `sizes_file` too; drop one of them"));
            }
            (Some(file), []) => AreaSizes::Table(file.clone()),
            (None, []) if self.neurons_per_area == 0 => {
                return Err(origin.error("areas.neurons_per_area", "an area has at least 1 neuron"));
            }
            (None, []) => AreaSizes::Same(self.neurons_per_area),
            (None, sizes) => match sizes.iter().position(|size| *size == 0) {
                Some(k) => return Err(origin.error(&format!("areas.sizes.{k}"), "an area has at least 1 neuron")),
                None => AreaSizes::Each(sizes.to_vec()),
            },
        };
        let network = AreaNetwork {
            neurons: vec![],
            excitatory: self.excitatory,
            dt_ms: scope.dt_ms,
            local: Local {
                excitatory: l.excitatory,
                inhibitory: l.inhibitory,
                excitatory_weights: weights(origin, "areas.local.excitatory_weight", &l.excitatory_weight)?,
                inhibitory_weights: weights(origin, "areas.local.inhibitory_weight", &l.inhibitory_weight)?,
                delay_ms: magnitude(origin, "areas.local.delay", &l.delay, "ms")?,
            },
            long_range: LongRange {
                to_excitatory: r.to_excitatory,
                to_inhibitory: r.to_inhibitory,
                weights: weights(origin, "areas.long_range.weight", &r.weight)?,
                delay_ms: magnitude(origin, "areas.long_range.delay", &r.delay, "ms")?,
                velocity: magnitude(origin, "areas.long_range.velocity", &r.velocity, "mm/ms")?,
            },
        };
        Ok(AreasPlan { sizes, network, origin: origin.clone() })
    }
}

/// The config gives the numbers of neurons of the areas in one of these forms.
#[derive(Debug)]
enum AreaSizes {
    Same(u32),
    Each(Vec<u32>),
    Table(PathBuf),
}

/// Areas become neurons by these checked settings.
#[derive(Debug)]
pub(super) struct AreasPlan {
    sizes: AreaSizes,
    /// The network has these settings, but for the sizes, which are known once the areas are.
    network: AreaNetwork,
    origin: Origin,
}

impl AreasPlan {
    pub fn build(&self, areas: AreaMatrix, seed: Seed) -> Result<BuiltNetwork, BuildError> {
        let plan = AreaNetwork { neurons: self.neurons(&areas)?, ..self.network.clone() };
        let network = plan.build(&areas, seed).map_err(|e| self.origin.error("areas", e))?;
        let files = match &self.sizes {
            AreaSizes::Table(file) => vec![("areas", file.clone())],
            _ => vec![],
        };
        let mut notes = vec![];
        if areas.distance_mm.is_empty() {
            notes.push("no distances or coordinates: long-range delays do not depend on distance".into());
        }
        Ok(BuiltNetwork { network, areas: Some(areas), files, notes })
    }

    pub fn describe(&self, projection: &str) -> String {
        match self.network.projections().into_iter().find(|p| p.name == projection) {
            Some(p) if p.long_range => format!("in-degree {}, by FLN", p.in_degree),
            Some(p) => format!("in-degree {}, in area", p.in_degree),
            None => "as given".into(),
        }
    }

    fn neurons(&self, areas: &AreaMatrix) -> Result<Vec<u32>, BuildError> {
        let n = areas.areas();
        let (key, sizes) = match &self.sizes {
            AreaSizes::Same(size) => ("areas.neurons_per_area", vec![*size; n]),
            AreaSizes::Each(sizes) if sizes.len() == n => ("areas.sizes", sizes.clone()),
            AreaSizes::Each(sizes) => {
                let given = sizes.len();
                let problem = format!("{given} sizes for {n} areas; give one an area, in the order of the matrix");
                return Err(self.origin.error("areas.sizes", problem).into());
            }
            AreaSizes::Table(file) => ("areas.sizes_file", area_sizes(file, &areas.names)?),
        };
        let all = sizes.iter().map(|n| u64::from(*n)).sum();
        check_neurons(all).map_err(|e| self.origin.error(key, format!("{e}; give the areas fewer neurons")))?;
        Ok(sizes)
    }
}
