//! [`TrainSettings`] are what becomes of a config: everything that defines a training, checked and in steps of the
//! network.

use crate::config::{
    EvaluateConfig, InputProjectionConfig, Magnitude, ReadoutKind, RegulariseConfig, StopConfig, TrainConfig,
};
use crate::registry::Registry;
use crate::rule::{FeedbackWeights, LearningRule};
use crate::task::{self, Encoding, Task};
use brain_core::config::{Config, ConfigError, Origin};
use brain_core::family::{SettingsReader, out_of_range};
use brain_core::loss::Loss;
use brain_core::optim::AdamConfig;

/// A training has these settings; nothing that comes after them reads the config.
pub struct TrainSettings {
    /// The training has this schedule, from its seed to its end.
    pub schedule: TrainSchedule,
    /// The network and the task are joined like this.
    pub network: NetworkSettings,
    /// The network is trained on this task.
    pub task: Box<dyn Task>,
    /// The task's rates are shown in this way.
    pub encoding: Encoding,
    /// The readout has this loss.
    pub loss: Box<dyn Loss>,
    /// The weights are learnt by this rule.
    pub rule: Box<dyn LearningRule>,
    /// The answer is read out like this.
    pub readout: ReadoutSettings,
    /// A learnt number becomes a magnitude in this way.
    pub magnitude: Magnitude,
    /// A batch has this many trials.
    pub batch: usize,
    /// The optimiser has these settings.
    pub adam: AdamConfig,
    /// These terms are added to the loss.
    pub regularise: RegulariseConfig,
    /// Errors name the places of the keys in this config.
    pub origin: Origin,
}

/// A schedule says how long a training is, and what is done on the way.
#[derive(Clone, Debug, Default)]
pub struct TrainSchedule {
    /// The run has this name.
    pub name: String,
    /// Trials and initial readout weights are drawn with this seed.
    pub seed: u64,
    /// The training has this many batches, if nothing ends it before.
    pub batches: u64,
    /// A state is saved each time after this many batches.
    pub save_every: u64,
    /// These trials are not trained on.
    pub evaluate: EvaluateConfig,
    /// Training ends early under these conditions.
    pub stop: StopConfig,
}

/// The network and the task are joined like this.
#[derive(Clone, Debug, Default)]
pub struct NetworkSettings {
    /// This population replays the task's spikes; it is `None` where the config names none.
    pub input: Option<String>,
    /// Neurons that have no receptors of their own have these; it is `None` where the config names none.
    pub receptors: Option<String>,
    /// This input population with synapses is added to the network, where there is one.
    pub input_projection: Option<InputProjectionConfig>,
}

/// The answer is read out like this, in the units of the network.
#[derive(Clone, Debug)]
pub struct ReadoutSettings {
    /// The readout weighs this.
    pub kind: ReadoutKind,
    /// These populations are read; all but the input are where it is empty.
    pub from: Vec<String>,
    /// The leaky rate decays with this time constant, ms.
    pub tau_ms: f64,
    /// The initial weights have this variance, divided by the number of neurons that are read.
    pub scale: f64,
}

impl TrainSettings {
    /// Resolves a config for steps of `dt_ms`; the error names the key that is wrong.
    pub fn resolve(config: &Config<TrainConfig>, registry: &Registry, dt_ms: f64) -> Result<Self, ConfigError> {
        counts(config)?;
        numbers(config)?;
        let c = &config.value;
        let reader = SettingsReader::new(dt_ms).map_err(|e| config.error("network", e))?;
        let task = registry.tasks.build_at(config, "task", &c.task, &reader)?;
        task::check(&*task).map_err(|e| e.at(config, "task", &c.task.name))?;
        let loss = match &c.loss {
            Some(loss) => registry.losses.build_at(config, "loss", loss, &reader)?,
            None => registry.losses.build_at(config, "task", &task.loss(), &reader)?,
        };
        let targets = task.shape().goal.targets();
        if loss.targets() != targets {
            let [takes, has] = [loss.targets(), targets].map(|t| t.name());
            let message = format!("{} compares {takes} and {} is a task of {has}", loss.name(), task.name());
            return Err(config.error("loss", message));
        }
        let rule = TrainConfig::rule(config, registry)?;
        let rule = registry.rules.build(&rule, &reader).map_err(|e| e.at_kind(config, "rule"))?;
        let schedule = TrainSchedule {
            name: c.name.clone(),
            seed: c.seed,
            batches: c.batches,
            save_every: c.save_every.max(1),
            evaluate: c.evaluate,
            stop: c.stop,
        };
        let readout = ReadoutSettings {
            kind: c.readout.kind,
            from: c.readout.from.clone(),
            tau_ms: config.quantity("readout.tau", &c.readout.tau, "ms")?,
            scale: c.readout.scale,
        };
        let settings = Self {
            schedule,
            network: joints(config)?,
            task,
            encoding: c.encoding,
            loss,
            rule,
            readout,
            magnitude: c.magnitude,
            batch: c.batch,
            adam: c.adam,
            regularise: c.regularise,
            origin: config.origin.clone(),
        };
        settings.check_rule()?;
        Ok(settings)
    }

    /// Returns whether the learning rule goes forward with the run.
    pub fn is_online(&self) -> bool {
        self.rule.online(None).is_some()
    }

    /// Fails where the learning rule needs something that other keys rule out.
    pub(crate) fn check_rule(&self) -> Result<(), ConfigError> {
        let (rule, online, origin) = (self.rule.name(), self.is_online(), &self.origin);
        if (online || self.rule.feedback() == FeedbackWeights::Random) && self.readout.kind != ReadoutKind::Rate {
            let message = format!("rule.kind {rule} needs the leaky readout; set readout.kind to rate");
            return Err(origin.error("readout.kind", message));
        }
        if !online {
            return Ok(());
        }
        let back = "set rule.form to batched, or rule.kind to a rule that goes back";
        for (key, strength) in [("rate", self.regularise.rate), ("voltage", self.regularise.voltage)] {
            if strength != 0.0 {
                let message = format!("{rule} goes forward and this needs a way back; {back}, or set it to 0");
                return Err(origin.error(&format!("regularise.{key}"), message));
            }
        }
        if self.encoding == Encoding::Rates {
            let message = format!("rates need a way back to the input's weights and {rule} goes forward; {back}");
            return Err(origin.error("encoding", message));
        }
        if self.loss.per_step().is_none() {
            let message = format!("{} is no mean over steps, which {rule} needs; {back}", self.loss.name());
            return Err(origin.error("loss", message));
        }
        Ok(())
    }
}

/// Returns how the network and the task are joined. Fails on an input projection that goes nowhere.
fn joints(config: &Config<TrainConfig>) -> Result<NetworkSettings, ConfigError> {
    let c = &config.value.network;
    let named = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    let given = &c.input_projection;
    if given.to.is_empty() && *given != InputProjectionConfig::default() {
        let problem = "has no effect without `to`: name the populations that receive the channels, or leave it out";
        return Err(config.error("network.input_projection", problem));
    }
    let input_projection = Some(given.clone()).filter(|given| !given.to.is_empty());
    Ok(NetworkSettings { input: named(&c.input), receptors: named(&c.receptors), input_projection })
}

/// Fails where a count is 0 that must not be, or where a stop is asked for that no validation can decide.
fn counts(config: &Config<TrainConfig>) -> Result<(), ConfigError> {
    let TrainConfig { batch, batches, evaluate, stop, .. } = &config.value;
    for (key, n) in [
        ("batch", *batch as u64),
        ("batches", *batches),
        ("evaluate.trials", evaluate.trials as u64),
        ("evaluate.final_trials", evaluate.final_trials as u64),
    ] {
        if n == 0 {
            return Err(config.error(key, "give at least 1"));
        }
    }
    if stop.patience == Some(0) {
        return Err(config.error("stop.patience", "give at least 1, or null to go on to the last batch"));
    }
    for (key, given) in [("stop.accuracy", stop.accuracy.is_some()), ("stop.patience", stop.patience.is_some())] {
        if given && evaluate.every == 0 {
            return Err(config.error(key, "it is decided by validations: set evaluate.every to more than 0"));
        }
    }
    Ok(())
}

/// Fails where a number lies outside the range in which it means something.
fn numbers(config: &Config<TrainConfig>) -> Result<(), ConfigError> {
    let TrainConfig { adam, readout, regularise, stop, .. } = &config.value;
    let tau_ms = config.quantity("readout.tau", &readout.tau, "ms")?;
    let (above_0, from_0) = ((f64::MIN_POSITIVE, f64::MAX), (0.0, f64::MAX));
    for (key, x, (low, high)) in [
        ("adam.learning_rate", adam.learning_rate, above_0),
        ("adam.beta1", adam.beta1, (0.0, 1.0 - f64::EPSILON)),
        ("adam.beta2", adam.beta2, (0.0, 1.0 - f64::EPSILON)),
        ("adam.epsilon", adam.epsilon, above_0),
        ("adam.clip_norm", adam.clip_norm.unwrap_or(1.0), above_0),
        ("adam.schedule.floor", adam.schedule.floor, (0.0, 1.0)),
        ("readout.tau", tau_ms, above_0),
        ("readout.scale", readout.scale, from_0),
        ("regularise.rate", regularise.rate, from_0),
        ("regularise.rate_target", regularise.rate_target, from_0),
        ("regularise.voltage", regularise.voltage, from_0),
        ("regularise.l1", regularise.l1, from_0),
        ("regularise.l2", regularise.l2, from_0),
        ("stop.accuracy", stop.accuracy.unwrap_or(1.0), (0.0, 1.0)),
    ] {
        if let Some(problem) = out_of_range(x, low, high) {
            return Err(config.error(key, problem));
        }
    }
    Ok(())
}
