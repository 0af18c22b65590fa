//! This module defines the YAML config of a training run. Every key has a default; unknown keys are errors.

use crate::registry::Registry;
use crate::rule::RuleConfig;
use crate::task::Encoding;
use brain_core::Choice;
use brain_core::config::{self, Config, ConfigError, KeyDocs, Quantity};
use brain_core::optim::{AdamConfig, Decay, Schedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A training run has these keys.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// The run has this name, and writes to the folder `out/<name>` where `out` is empty.
    pub name: String,
    /// Trials and initial readout weights are drawn with this seed; the network has a seed of its own.
    pub seed: u64,
    /// Everything is written to this folder; to `out/<name>` where it is empty.
    pub out: PathBuf,
    /// This network is trained.
    pub network: NetworkConfig,
    /// The network learns this task: its name, or its name with settings, `{go-no-go: {delay: 500 ms}}`; `brain-task list` shows
    /// all.
    pub task: Choice,
    /// Answers are scored by this loss: its name, or its name with settings; null takes the one that the task asks for.
    pub loss: Option<Choice>,
    /// The task's rates are shown to the network in this way: as `spikes`, or as `rates`.
    pub encoding: Encoding,
    /// The answer is read out of the network in this way.
    pub readout: ReadoutConfig,
    /// The weights are learnt by this rule: its name is `kind`, and its settings stand beside it.
    pub rule: RuleConfig,
    /// A learnt number becomes the magnitude of a synapse in this way: `absolute` or `exponential`.
    pub magnitude: Magnitude,
    /// A batch has this many trials.
    pub batch: usize,
    /// The training has this many batches, if nothing ends it before.
    pub batches: u64,
    /// The optimiser, Adam, has these settings.
    pub adam: AdamConfig,
    /// These terms are added to the loss to keep activity and weights in bounds.
    pub regularise: RegulariseConfig,
    /// These trials are not trained on: some choose the best weights, others score them.
    pub evaluate: EvaluateConfig,
    /// The training ends early under these conditions.
    pub stop: StopConfig,
    /// The state is saved after every so many batches.
    pub save_every: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        let schedule = Schedule { decay: Decay::Inverse, steps: 50, floor: 0.0, ..Schedule::default() };
        Self {
            name: "task".into(),
            seed: 0,
            out: PathBuf::new(),
            network: NetworkConfig::default(),
            task: Choice::named("evidence-accumulation"),
            loss: None,
            encoding: Encoding::default(),
            readout: ReadoutConfig::default(),
            rule: RuleConfig::default(),
            magnitude: Magnitude::default(),
            batch: 32,
            batches: 200,
            adam: AdamConfig { learning_rate: 5e-3, clip_norm: Some(0.25), schedule, ..AdamConfig::default() },
            regularise: RegulariseConfig::default(),
            evaluate: EvaluateConfig::default(),
            stop: StopConfig::default(),
            save_every: 25,
        }
    }
}

/// The network comes from a file and is joined to the task like this.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// The network comes from this file: a config of `brain-net`, or a checkpoint of a network or of a training
    /// (`*.safetensors`).
    pub file: PathBuf,
    /// These keys of that config are overridden, such as `seed=3`.
    pub set: Vec<String>,
    /// This population replays the task's spikes; the one of the model `input` does where it is empty.
    pub input: String,
    /// Neurons that have no receptors of their own have these.
    pub receptors: String,
    /// An input population with these synapses is added to a network that has none.
    #[serde(alias = "inlet")]
    pub input_projection: InputProjectionConfig,
}

/// An input population of the task's channels has these synapses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InputProjectionConfig {
    /// These populations receive the channels; nothing is added where it is empty.
    pub to: Vec<String>,
    /// These areas of the populations receive them; all areas do where it is empty.
    pub areas: Vec<String>,
    /// Each synapse is there with this probability.
    pub p: f64,
    /// The log-normal magnitudes have this mean, in the unit of the receptor.
    pub mean: f64,
    /// The standard deviation of the magnitudes is this multiple of their mean.
    pub cv: f64,
}

impl Default for InputProjectionConfig {
    fn default() -> Self {
        Self { to: vec![], areas: vec![], p: 1.0, mean: 1.0, cv: 1.0 }
    }
}

/// The answer is read out like this.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReadoutConfig {
    /// The readout weighs these: `rate`, `spikes` or `voltage`.
    pub kind: ReadoutKind,
    /// These populations are read; all but the input are where it is empty.
    pub from: Vec<String>,
    /// The leaky rate decays with this time constant.
    pub tau: Quantity,
    /// The initial weights have this variance, divided by the number of neurons that are read.
    pub scale: f64,
}

impl Default for ReadoutConfig {
    fn default() -> Self {
        Self { kind: ReadoutKind::default(), from: vec![], tau: Quantity::from("10 ms"), scale: 2.0 }
    }
}

/// A readout weighs one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReadoutKind {
    /// The readout is the leaky sum of weighted spikes, `r[t+1] = r[t] exp(-dt/tau) + sum W z[t+1]`.
    #[default]
    Rate,
    /// The readout is the sum of weighted spikes of one step, `r[t] = sum W z[t]`.
    Spikes,
    /// The readout is the sum of weighted potentials, `r[t] = sum W v[t]`, with the membrane potential `v` in the unit
    /// of its model.
    Voltage,
}

/// A learnt number `x` becomes a magnitude in one of these ways; both keep Dale's law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Magnitude {
    /// The magnitude is `|x|`, as in the reference code.
    #[default]
    Absolute,
    /// The magnitude is `exp x`, so that steps are relative to it.
    Exponential,
}

/// These terms are added to the loss; a strength of 0 adds nothing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegulariseConfig {
    /// With this strength, `mean_j ((rate_j - target) / 10 Hz)^2` is added to the loss, over each neuron's rate in the
    /// batch.
    pub rate: f64,
    /// Neurons are drawn to this rate, Hz.
    pub rate_target: f64,
    /// With this strength, the mean square of all membrane potentials is added to the loss.
    pub voltage: f64,
    /// With this strength, the sum of the magnitudes is added to the loss.
    pub l1: f64,
    /// With this strength, the sum of the squares of the magnitudes is added to the loss.
    pub l2: f64,
}

impl Default for RegulariseConfig {
    fn default() -> Self {
        Self { rate: 0.0, rate_target: 10.0, voltage: 0.0, l1: 0.0, l2: 0.0 }
    }
}

/// These trials are not trained on. Those of the validations, which choose the weights that are kept, are others than
/// the held-out ones of the end, which score them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateConfig {
    /// There is a validation after every so many batches, and one after the last. The weights with the most
    /// right answers are kept, of equal ones those with the least loss. With 0 there is no validation, and the last weights
    /// are kept.
    pub every: u64,
    /// Each validation has this many trials, which are always the same.
    pub trials: usize,
    /// The weights that are kept are scored by this many held-out trials.
    pub final_trials: usize,
}

impl Default for EvaluateConfig {
    fn default() -> Self {
        Self { every: 20, trials: 256, final_trials: 2048 }
    }
}

/// Training ends early by the validations, under these conditions.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StopConfig {
    /// The training ends at this share of right answers; it never does where this is null.
    pub accuracy: Option<f64>,
    /// The training ends after this many validations in a row without a better one; it never does where this is null.
    pub patience: Option<u64>,
}

impl TrainConfig {
    /// Writes the config for a checkpoint: without the output folder, so that equal runs leave equal checkpoints wherever
    /// they write them.
    pub fn to_stored(&self) -> Result<String, ConfigError> {
        config::to_yaml(&Self { out: PathBuf::new(), ..self.clone() })
    }

    /// Returns the explanations of all keys of the config.
    pub fn docs(&self, registry: &Registry) -> KeyDocs {
        let mut docs = KeyDocs::of::<Self>();
        registry.tasks.explain(&mut docs, "task", &self.task);
        let loss = self.loss.clone().unwrap_or_else(|| Choice::named(""));
        registry.losses.explain(&mut docs, "loss", &loss);
        docs.add("rule", &format!("One of: {}.", registry.rules.names().collect::<Vec<_>>().join(", ")));
        docs.within("rule").join(registry.rules.docs(&self.rule.kind).unwrap_or_default());
        docs
    }

    /// Returns the learning rule that the config chooses.
    pub fn rule(config: &Config<Self>, registry: &Registry) -> Result<Choice, ConfigError> {
        let idle = |key: &str| config.origin.may_be_idle("rule.kind", &format!("rule.{key}"));
        let rule = config.value.rule.without_idle(&registry.rules, idle).choice(&registry.rules);
        rule.map_err(|e| e.at_kind(config, "rule"))
    }

    /// Fills in all settings of the members of families, so that the config shows them, or says which is wrong.
    pub fn resolve(config: &mut Config<Self>, registry: &Registry) -> Result<(), ConfigError> {
        let c = &config.value;
        let task = registry.tasks.resolve_at(config, "task", &c.task)?;
        let loss = c.loss.as_ref().map(|loss| registry.losses.resolve_at(config, "loss", loss)).transpose()?;
        let rule =
            registry.rules.resolve(&Self::rule(config, registry)?).map_err(|e| e.at_kind(config, "rule"))?.into();
        (config.value.task, config.value.loss, config.value.rule) = (task, loss, rule);
        Ok(())
    }
}
