//! The YAML config of a training run. Every key has a default; unknown keys are errors.

use crate::task::{Encoding, TaskConfig};
use brain_core::config::Quantity;
use brain_core::optim::{AdamConfig, Decay, Schedule};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole training run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Name of the run, and of its output folder within `out`.
    pub name: String,
    /// Seed of trials and initial readout weights; the network has its own.
    pub seed: u64,
    /// Output folder; `out/<name>` where it is empty.
    pub out: PathBuf,
    /// The network.
    pub network: NetworkConfig,
    /// The task, by name, and its keys; see `brain-task list`.
    pub task: TaskConfig,
    /// How the task's rates are shown to the network.
    pub encoding: Encoding,
    /// What is read out of the network.
    pub readout: ReadoutConfig,
    /// How gradients are found.
    pub rule: RuleConfig,
    /// How a learnt number becomes the magnitude of a synapse.
    pub magnitude: Magnitude,
    /// Trials of a batch.
    pub batch: usize,
    /// Batches at most.
    pub batches: u64,
    /// The optimiser.
    pub adam: AdamConfig,
    /// What is added to the loss.
    pub regularise: RegulariseConfig,
    /// Trials that are not trained on: some to choose the best weights by, others to score them.
    pub evaluate: EvaluateConfig,
    /// When to stop early.
    pub stop: StopConfig,
    /// Batches between two saved states.
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
            task: TaskConfig::default(),
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

/// Where the network comes from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// Config of `brain-net`, or a checkpoint of a network or of a training run (`*.safetensors`).
    pub file: PathBuf,
    /// Keys of the config that are overridden: `seed=3`.
    pub set: Vec<String>,
    /// Population whose spikes are the task's; the one of the model `input` where it is empty.
    pub input: String,
    /// Receptors of neurons that have none of their own.
    pub receptors: String,
    /// Brings the task's channels to a network that has no input population.
    pub inlet: InletConfig,
}

/// A population of the task's channels, and its synapses, added to a network that has none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InletConfig {
    /// Populations that receive it; nothing is added where it is empty.
    pub to: Vec<String>,
    /// Areas of these that do; all where it is empty.
    pub areas: Vec<String>,
    /// Probability of each synapse.
    pub p: f64,
    /// Mean of the log-normal magnitudes, in the unit of the receptor.
    pub mean: f64,
    /// Their standard deviation over their mean.
    pub cv: f64,
}

impl Default for InletConfig {
    fn default() -> Self {
        Self { to: vec![], areas: vec![], p: 1.0, mean: 1.0, cv: 1.0 }
    }
}

/// What is read out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadoutConfig {
    /// Of what.
    pub kind: ReadoutKind,
    /// Populations; all but the input where it is empty.
    pub from: Vec<String>,
    /// Time constant of the leaky rate.
    pub tau: Quantity,
    /// Variance of the initial weights times the number of neurons that are read.
    pub scale: f64,
}

impl Default for ReadoutConfig {
    fn default() -> Self {
        Self { kind: ReadoutKind::default(), from: vec![], tau: Quantity::from("10 ms"), scale: 2.0 }
    }
}

/// What a readout weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadoutKind {
    /// `r[t+1] = r[t] exp(-dt/tau) + sum W z[t+1]`
    #[default]
    Rate,
    /// `r[t] = sum W z[t]`
    Spikes,
    /// `r[t] = sum W v[t]`, with the membrane potential in its model's unit.
    Voltage,
}

/// How gradients are found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleConfig {
    /// Which.
    pub kind: RuleKind,
    /// Of `d-rtrl` and `e-prop`: whether traces are carried forward with the run, or the same sums made backwards.
    pub form: Form,
    /// Memory of the smoothed traces of `es-d-rtrl`.
    pub alpha: f64,
    /// Of `es-d-rtrl`: the bias correction of the reference code, `1 - (1 - alpha)^(t+1)`, for the usual
    /// `1 - alpha^(t+1)`.
    pub reference_correction: bool,
    /// Of rules that go forward: whether a loss blames the spikes of its own step alone, as in the reference code, and
    /// not all that the readout still remembers.
    pub instant: bool,
    /// Of `e-prop`.
    pub feedback: Feedback,
}

impl Default for RuleConfig {
    fn default() -> Self {
        Self {
            kind: RuleKind::default(),
            form: Form::default(),
            alpha: 0.98,
            reference_correction: false,
            instant: false,
            feedback: Feedback::default(),
        }
    }
}

/// Learning rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// Backpropagation through time.
    #[default]
    Bptt,
    /// Real-time recurrent learning without the paths through other neurons' spikes.
    DRtrl,
    /// Its approximation by one trace a neuron: exponentially smoothed.
    EsDRtrl,
    /// Eligibility propagation (Bellec et al. 2020, <https://doi.org/10.1038/s41467-020-17236-y>).
    EProp,
}

impl RuleKind {
    /// As it is written in configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bptt => "bptt",
            Self::DRtrl => "d-rtrl",
            Self::EsDRtrl => "es-d-rtrl",
            Self::EProp => "e-prop",
        }
    }
}

/// Two ways to the same gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Backwards, for parameters that change once a batch.
    #[default]
    Batched,
    /// Forwards, with traces: memory does not grow with time.
    Online,
}

/// Weights along which errors come back to the neurons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feedback {
    /// Those of the readout.
    #[default]
    Symmetric,
    /// Random ones that do not change.
    Random,
}

/// How a learnt number x becomes a magnitude; both keep Dale's law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Magnitude {
    /// `|x|`, as the reference code.
    #[default]
    Absolute,
    /// `exp x`: steps are relative to the magnitude.
    Exponential,
}

/// What is added to the loss; 0 adds nothing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegulariseConfig {
    /// Strength of `mean_j ((rate_j - target) / 10 Hz)^2`, of each neuron's rate over the batch.
    pub rate: f64,
    /// Its target, Hz.
    pub rate_target: f64,
    /// Strength of the mean square of all membrane potentials.
    pub voltage: f64,
    /// Strength of the sum of magnitudes.
    pub l1: f64,
    /// Strength of the sum of their squares.
    pub l2: f64,
}

impl Default for RegulariseConfig {
    fn default() -> Self {
        Self { rate: 0.0, rate_target: 10.0, voltage: 0.0, l1: 0.0, l2: 0.0 }
    }
}

/// Trials that are not trained on. Those of the validations, which choose the weights that are kept, are others than
/// those of the end, which score them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateConfig {
    /// Batches between two validations; there is one after the last batch too. The weights with the most right answers
    /// are kept, of equal ones those with the least loss. 0 for none: the last weights are kept.
    pub every: u64,
    /// Trials of each validation, always the same ones.
    pub trials: usize,
    /// Fresh trials that score the weights that are kept.
    pub final_trials: usize,
}

impl Default for EvaluateConfig {
    fn default() -> Self {
        Self { every: 20, trials: 256, final_trials: 2048 }
    }
}

/// When to stop early, by the validations.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopConfig {
    /// Share of right answers at which training ends; never where it is null.
    pub accuracy: Option<f64>,
    /// Validations in a row without a better one after which training ends; never where it is null.
    pub patience: Option<u64>,
}
