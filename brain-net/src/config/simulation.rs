//! This module reads the key `simulation` of the config, which says how a network is simulated.

use super::magnitude;
use crate::input::NetworkInput;
use crate::keys::{Keys, Member, complete};
use crate::registry::Registry;
use crate::simulate::Times;
use brain_core::Dtype;
use brain_core::cli::MOST_THREADS;
use brain_core::config::{ConfigError, Origin, Quantity, to_value};
use kernels::network::ShortTerm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml::{Mapping, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A simulation has these keys: how long it runs, what input it has, and what is recorded.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SimulationConfig {
    /// This time is simulated.
    pub duration: Quantity,
    /// Statistics leave this time at the start out.
    pub transient: Quantity,
    /// The simulation runs on this many threads; on all processors where it is null. The result does not depend on it.
    pub threads: Option<usize>,
    /// States and weights have this precision, unless `--dtype` says another.
    pub dtype: Dtype,
    /// Populations whose model has no receptors get these: `cond-exp` turns the model `lif` into `lif-cond-exp`.
    pub receptors: String,
    /// Potentials start at random, uniformly between rest and threshold, where this is true, and at the model's default
    /// where it is false.
    pub scattered_start: bool,
    /// The neurons receive these inputs from outside the network.
    pub inputs: Vec<InputConfig>,
    /// Synapses have these receptors and this plasticity, by the names of the projections.
    pub synapses: BTreeMap<String, SynapseConfig>,
    /// The spikes of these populations are recorded; those of all but the model `input` are where it is null.
    pub record: Option<Vec<String>>,
    /// The potentials of this many neurons are recorded at every step, by the names of the populations; the neurons are
    /// evenly spaced.
    pub voltage: BTreeMap<String, u32>,
    /// The state is saved each time that this much is simulated; where it is 0, only at the end.
    pub save_every: Quantity,
    /// Spikes are counted in bins of this width for synchrony, correlation and autocorrelation.
    pub bin: Quantity,
    /// Spikes are counted in windows of this width for the Fano factor.
    pub window: Quantity,
    /// The figures of spikes and potentials show the last part of the run, of this length; no figure is drawn where it
    /// is 0.
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

/// An input from outside the network has the keys of every input and those of its kind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct InputConfig {
    /// The input is of this kind.
    ///
    /// The module [`crate::input`] lists the kinds.
    pub kind: String,
    /// This population receives it.
    pub to: String,
    /// This area of the population receives it; the whole population does where it is null.
    pub area: Option<String>,
    /// The keys of the input's kind have these values.
    #[serde(flatten)]
    #[schemars(skip)]
    pub keys: Mapping,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self { kind: "poisson".into(), to: String::new(), area: None, keys: Mapping::new() }
    }
}

/// The synapses of a projection have these receptors and this plasticity.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SynapseConfig {
    /// The synapses act on these receptors, each with a factor on the weights. Where it is empty, the synapses act
    /// on the model's fast receptor of the projection's sign. Each further receptor takes the memory of one more copy
    /// of the synapses.
    pub receptors: BTreeMap<String, f64>,
    /// The synapses have this short-term plasticity, and none where it is null.
    pub plasticity: Option<PlasticityConfig>,
}

/// Short-term plasticity has these parameters; [`kernels::network::ShortTerm`] has its equations.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[allow(non_snake_case)]
pub struct PlasticityConfig {
    /// The first spike releases this fraction of the synaptic resources, 0 to 1.
    pub U: f64,
    /// The resources recover from depression with this time constant.
    pub tau_rec: Quantity,
    /// Facilitation decays with this time constant; there is none where it is 0.
    pub tau_facil: Quantity,
}

impl Default for PlasticityConfig {
    fn default() -> Self {
        // These are the values of synapses between pyramidal cells (Tsodyks, Pawelzik and Markram 1998).
        Self { U: 0.5, tau_rec: Quantity::from("800 ms"), tau_facil: Quantity::from("0 ms") }
    }
}

/// These are the values of a [`SimulationConfig`] after its checks, in steps and in the units of the models.
#[derive(Clone, Debug)]
pub struct SimulationSettings {
    /// The simulation draws all random numbers with this seed.
    pub seed: u64,
    /// The simulation runs on this many threads; on all processors where it is `None`.
    pub threads: Option<usize>,
    /// The simulation has these durations and intervals.
    pub times: Times,
    /// Models are looked up in these cells.
    pub cells: kernels::Registry,
    /// Populations whose model has no receptors get these.
    pub receptors: String,
    /// Potentials start at random between rest and threshold where this is true.
    pub scattered_start: bool,
    /// The neurons receive these inputs from outside.
    pub inputs: Vec<InputSettings>,
    /// Synapses have these receptors and this plasticity, by the names of the projections.
    pub synapses: BTreeMap<String, SynapseSettings>,
    /// The spikes of the populations of these names are recorded; those of all but `input` populations are where it is
    /// `None`.
    pub record: Option<Vec<String>>,
    /// The potentials of this many neurons are recorded, by the names of the populations.
    pub voltage: BTreeMap<String, u32>,
    /// Errors name this config where the network turns out not to have what a key names.
    pub origin: Origin,
}

/// These are the values of an [`InputConfig`] after its checks.
#[derive(Clone, Debug)]
pub struct InputSettings {
    /// Errors name the input by this path in the config.
    pub at: String,
    /// This population receives it.
    pub to: String,
    /// This area receives it; the whole population does where it is `None`.
    pub area: Option<String>,
    /// The input has this kind and these values.
    pub input: Arc<dyn NetworkInput>,
}

/// These are the values of a [`SynapseConfig`] after its checks.
#[derive(Clone, Debug, Default)]
pub struct SynapseSettings {
    /// The weights have these factors, by the names of the receptors.
    pub receptors: BTreeMap<String, f64>,
    /// The synapses have this short-term plasticity; they have none where it is `None`.
    pub plasticity: Option<ShortTerm>,
}

impl SimulationConfig {
    /// Fills in the keys that the inputs leave out.
    pub(super) fn complete(&mut self, origin: &Origin, registry: &Registry) -> Result<(), ConfigError> {
        let own = to_value(&InputConfig::default())?;
        let own: Vec<&str> = own.as_mapping().into_iter().flat_map(Mapping::keys).filter_map(Value::as_str).collect();
        let kinds: Vec<Member> = registry.inputs.iter().map(|i| (i.name, i.keys)).collect();
        for (k, input) in self.inputs.iter_mut().enumerate() {
            complete(origin, &format!("simulation.inputs.{k}"), &mut input.keys, ("kind", &input.kind), &kinds, &own)?;
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
        if let Some(threads) = self.threads.filter(|n| !(1..=MOST_THREADS).contains(&(*n as u64))) {
            let problem = format!("{threads} must be 1 to {MOST_THREADS}, or null for all processors");
            return Err(origin.error("simulation.threads", problem));
        }
        Ok(SimulationSettings {
            seed,
            threads: self.threads,
            times: Times::new(self, dt_ms, origin)?,
            cells: registry.cells.clone(),
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
