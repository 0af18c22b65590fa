//! How a network is simulated: `simulation` of the config.

use super::magnitude;
use crate::input::Input;
use crate::keys::{Keys, complete};
use crate::registry::Registry;
use crate::simulate::Times;
use brain_core::Dtype;
use brain_core::config::{ConfigError, Origin, Quantity, to_value};
use kernels::network::ShortTerm;
use serde::{Deserialize, Serialize};
use serde_yaml::{Mapping, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long the network runs, with what input, and what is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulationConfig {
    /// The time to simulate.
    pub duration: Quantity,
    /// The time at the start that statistics leave out.
    pub transient: Quantity,
    /// The number of threads; all processors where it is null. The result does not depend on it.
    pub threads: Option<usize>,
    /// The precision of states and weights, unless `--dtype` says another.
    pub dtype: Dtype,
    /// Receptors of populations whose model is a neuron alone: `cond-exp` makes `lif-cond-exp` of `lif`.
    pub receptors: String,
    /// Whether potentials start uniformly between rest and threshold; they start as the model says where it is false.
    pub scattered_start: bool,
    /// What the neurons receive from outside.
    pub inputs: Vec<InputConfig>,
    /// What the synapses of a projection do, by its name.
    pub synapses: BTreeMap<String, SynapseConfig>,
    /// Populations whose spikes are written down; all but inputs where it is null.
    pub record: Option<Vec<String>>,
    /// The number of neurons, evenly spaced, of each population whose potentials are written down at every step.
    pub voltage: BTreeMap<String, u32>,
    /// The simulated time between two saved states; the state is saved at the end only where it is 0.
    pub save_every: Quantity,
    /// The bin of synchrony, correlations and autocorrelations.
    pub bin: Quantity,
    /// The window of the Fano factor.
    pub window: Quantity,
    /// The time at the end that the figures of spikes and potentials show; none are drawn where it is 0.
    pub raster: Quantity,
}

impl Default for SimulationConfig {
    fn default() -> Self {
        Self {
            duration: Quantity::from("1 s"),
            transient: Quantity::from("200 ms"),
            threads: None,
            dtype: Dtype::default(),
            receptors: "cond-exp".into(),
            scattered_start: true,
            inputs: vec![],
            synapses: BTreeMap::new(),
            record: None,
            voltage: BTreeMap::new(),
            save_every: Quantity::from("0 s"),
            bin: Quantity::from("5 ms"),
            window: Quantity::from("100 ms"),
            raster: Quantity::from("500 ms"),
        }
    }
}

/// An input, and the keys of its kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct InputConfig {
    /// The kind; see [`crate::input`].
    pub kind: String,
    /// The population that receives it.
    pub to: String,
    /// The area of the population that receives it; all of it does where it is null.
    pub area: Option<String>,
    /// The keys of the kinds.
    #[serde(flatten)]
    pub keys: Mapping,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self { kind: "poisson".into(), to: String::new(), area: None, keys: Mapping::new() }
    }
}

/// What the synapses of a projection do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SynapseConfig {
    /// Receptors with the factor that weights have there; the model's fast one of the projection's sign where it is empty.
    /// Each further receptor holds a copy of the synapses.
    pub receptors: BTreeMap<String, f64>,
    /// Short-term plasticity; synapses have none where it is null.
    pub plasticity: Option<PlasticityConfig>,
}

/// Short-term plasticity; see [`kernels::network::ShortTerm`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(non_snake_case)]
pub struct PlasticityConfig {
    /// The fraction of the resources that a first spike releases.
    pub U: f64,
    /// The time constant of recovery.
    pub tau_rec: Quantity,
    /// The time constant of facilitation; there is none where it is 0.
    pub tau_facil: Quantity,
}

impl Default for PlasticityConfig {
    fn default() -> Self {
        // Excitatory synapses between pyramidal cells: Tsodyks, Pawelzik and Markram 1998.
        Self { U: 0.5, tau_rec: Quantity::from("800 ms"), tau_facil: Quantity::from("0 ms") }
    }
}

/// A [`SimulationConfig`] that is checked, in steps and in the units of the models.
#[derive(Clone, Debug)]
pub struct SimulationSettings {
    /// Seed of what the simulation draws.
    pub seed: u64,
    /// Times.
    pub times: Times,
    /// Receptors of populations whose model is a neuron alone.
    pub receptors: String,
    /// Whether potentials start between rest and threshold.
    pub scattered_start: bool,
    /// Inputs from outside.
    pub inputs: Vec<InputSettings>,
    /// What synapses do, by projection.
    pub synapses: BTreeMap<String, SynapseSettings>,
    /// Populations whose spikes are written down.
    pub record: Option<Vec<String>>,
    /// Neurons of each population whose potentials are written down.
    pub voltage: BTreeMap<String, u32>,
    /// The config, for errors about names of what the network turns out not to have.
    pub origin: Origin,
}

/// An input that is checked.
#[derive(Clone, Debug)]
pub struct InputSettings {
    /// Its key in the config.
    pub at: String,
    /// The population that receives it.
    pub to: String,
    /// The area that receives it.
    pub area: Option<String>,
    /// What it is.
    pub input: Arc<dyn Input>,
}

/// What the synapses of a projection do, checked.
#[derive(Clone, Debug, Default)]
pub struct SynapseSettings {
    /// Receptors with the factor that weights have there.
    pub receptors: BTreeMap<String, f64>,
    /// Short-term plasticity.
    pub plasticity: Option<ShortTerm>,
}

impl SimulationConfig {
    /// Fills in the keys of the inputs.
    pub(super) fn complete(&mut self, origin: &Origin, registry: &Registry) -> Result<(), ConfigError> {
        let own = to_value(&InputConfig::default())?;
        let own: Vec<&str> = own.as_mapping().into_iter().flat_map(Mapping::keys).filter_map(Value::as_str).collect();
        for (k, input) in self.inputs.iter_mut().enumerate() {
            let keys = registry.inputs.iter().flat_map(|i| i.keys);
            complete(origin, &format!("simulation.inputs.{k}"), &mut input.keys, keys, &own)?;
        }
        Ok(())
    }

    pub(super) fn resolve(
        &self,
        seed: u64,
        dt_ms: f64,
        origin: &Origin,
        registry: &Registry,
    ) -> Result<SimulationSettings, ConfigError> {
        let one = |(k, input): (usize, &InputConfig)| {
            let at = format!("simulation.inputs.{k}");
            let entry = registry.inputs.iter().find(|e| e.name == input.kind);
            let known = || registry.inputs.iter().map(|e| e.name);
            let entry = entry.ok_or_else(|| origin.unknown(&format!("{at}.kind"), &input.kind, known()))?;
            let made = entry.read(Keys { origin, at: &at, values: &input.keys })?;
            Ok(InputSettings { at, to: input.to.clone(), area: input.area.clone(), input: Arc::from(made) })
        };
        let synapses = self.synapses.iter().map(|(name, s)| {
            let at = format!("simulation.synapses.{name}");
            Ok((name.clone(), s.resolve(origin, &at)?))
        });
        Ok(SimulationSettings {
            seed,
            times: Times::new(self, dt_ms, origin)?,
            receptors: self.receptors.clone(),
            scattered_start: self.scattered_start,
            inputs: self.inputs.iter().enumerate().map(one).collect::<Result<_, ConfigError>>()?,
            synapses: synapses.collect::<Result<_, ConfigError>>()?,
            record: self.record.clone(),
            voltage: self.voltage.clone(),
            origin: origin.clone(),
        })
    }
}

impl SynapseConfig {
    fn resolve(&self, origin: &Origin, at: &str) -> Result<SynapseSettings, ConfigError> {
        if let Some((name, factor)) = self.receptors.iter().find(|(_, x)| !(x.is_finite() && **x >= 0.0)) {
            return Err(origin.error(&format!("{at}.receptors.{name}"), format!("{factor} is no factor of 0 or more")));
        }
        let plasticity =
            self.plasticity.as_ref().map(|p| p.resolve(origin, &format!("{at}.plasticity"))).transpose()?;
        Ok(SynapseSettings { receptors: self.receptors.clone(), plasticity })
    }
}

impl PlasticityConfig {
    fn resolve(&self, origin: &Origin, at: &str) -> Result<ShortTerm, ConfigError> {
        if !(0.0..=1.0).contains(&self.U) {
            return Err(origin.error(&format!("{at}.U"), format!("{} must be within 0 to 1", self.U)));
        }
        let tau_rec = magnitude(origin, &format!("{at}.tau_rec"), &self.tau_rec, "ms")?;
        if tau_rec == 0.0 {
            return Err(origin.error(&format!("{at}.tau_rec"), "0 must be above 0 ms"));
        }
        Ok(ShortTerm {
            U: self.U,
            tau_rec,
            tau_facil: magnitude(origin, &format!("{at}.tau_facil"), &self.tau_facil, "ms")?,
        })
    }
}
