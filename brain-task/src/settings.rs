//! [`TrainSettings`] are what becomes of a config: everything that defines a training, checked and in steps of the
//! network.

use crate::config::{Magnitude, ReadoutConfig, ReadoutKind, RegulariseConfig, TrainConfig};
use crate::registry::Registry;
use crate::rule::{FeedbackWeights, LearningRule};
use crate::task::{self, Encoding, Task};
use brain_core::config::{Config, ConfigError};
use brain_core::family::{SettingsReader, out_of_range};
use brain_core::loss::Loss;
use brain_core::optim::AdamConfig;

/// The settings of a training; the trainer takes these and never reads the config.
pub struct TrainSettings {
    /// The seed of trials and of initial readout weights.
    pub seed: u64,
    /// The task.
    pub task: Box<dyn Task>,
    /// How the task's rates are shown.
    pub encoding: Encoding,
    /// The loss of the readout.
    pub loss: Box<dyn Loss>,
    /// The learning rule.
    pub rule: Box<dyn LearningRule>,
    /// The readout.
    pub readout: ReadoutConfig,
    /// The time constant of the leaky readout, ms.
    pub readout_tau_ms: f64,
    /// How a learnt number becomes a magnitude.
    pub magnitude: Magnitude,
    /// The number of trials of a batch.
    pub batch: usize,
    /// The optimiser's settings.
    pub adam: AdamConfig,
    /// The terms that are added to the loss.
    pub regularise: RegulariseConfig,
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
        let settings = Self {
            seed: c.seed,
            task,
            encoding: c.encoding,
            loss,
            rule,
            readout: c.readout.clone(),
            readout_tau_ms: config.quantity("readout.tau", &c.readout.tau, "ms")?,
            magnitude: c.magnitude,
            batch: c.batch,
            adam: c.adam,
            regularise: c.regularise,
        };
        settings.check_rule(config)?;
        Ok(settings)
    }

    /// Returns whether the learning rule goes forward with the run.
    pub fn is_online(&self) -> bool {
        self.rule.online(None).is_some()
    }

    /// Fails where the learning rule needs something that other keys rule out.
    pub(crate) fn check_rule(&self, config: &Config<TrainConfig>) -> Result<(), ConfigError> {
        let (rule, online) = (self.rule.name(), self.is_online());
        if (online || self.rule.feedback() == FeedbackWeights::Random) && self.readout.kind != ReadoutKind::Rate {
            let message = format!("rule.kind {rule} needs the leaky readout; set readout.kind to rate");
            return Err(config.error("readout.kind", message));
        }
        if !online {
            return Ok(());
        }
        let back = "set rule.form to batched, or rule.kind to a rule that goes back";
        for (key, strength) in [("rate", self.regularise.rate), ("voltage", self.regularise.voltage)] {
            if strength != 0.0 {
                let message = format!("{rule} goes forward and this needs a way back; {back}, or set it to 0");
                return Err(config.error(&format!("regularise.{key}"), message));
            }
        }
        if self.encoding == Encoding::Rates {
            let message = format!("rates need a way back to the input's weights and {rule} goes forward; {back}");
            return Err(config.error("encoding", message));
        }
        if self.loss.per_step().is_none() {
            let message = format!("{} is no mean over steps, which {rule} needs; {back}", self.loss.name());
            return Err(config.error("loss", message));
        }
        Ok(())
    }
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
