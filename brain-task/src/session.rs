//! A training writes its state while it runs, so that it can go on after Ctrl-C, a crash or a power cut.

use crate::config::TrainConfig;
use crate::registry::Registry;
use crate::weights::FREE;
use crate::{TrainError, Trainer, Validation};
use brain_core::Dtype;
use brain_core::checkpoint::{ArrayData, Checkpoint, Meta};
use brain_core::config::{self, ConfigError};
use brain_core::output::{Log, Output};
use std::path::Path;

/// The output folder holds the state in this file.
pub const FILE: &str = "resume.safetensors";
/// The output folder holds the state before numbers that are not finite in this file.
pub const BEFORE: &str = "before-divergence.safetensors";
/// `log.csv` has these columns after `step`.
pub const LOG: [&str; 7] =
    ["seconds", "loss", "accuracy", "accuracy_validation", "gradient_norm", "learning_rate", "rate_hz"];

/// A training has this state after a batch, beside the weights and the optimiser.
#[derive(Clone, Debug, Default)]
pub struct TrainingState {
    /// The training took this long so far, s, in all parts of the run.
    pub seconds: f64,
    /// The trials of validations have these scores, and the best weights are here.
    pub validation: Validation,
}

/// A session keeps the state of a training in an output folder.
pub struct TrainingSession {
    output: Output,
    log: Log,
    template: Meta,
}

impl TrainingSession {
    /// Returns the precision of the state in a folder; `None` where there is none.
    pub fn dtype(dir: &Path) -> Result<Option<Dtype>, TrainError> {
        let file = dir.join(FILE);
        if !file.exists() {
            return Ok(None);
        }
        let saved = Checkpoint::load(&file)?;
        let double = saved.names().any(|name| {
            name.starts_with(FREE) && saved.get(name).is_some_and(|array| matches!(array.data(), ArrayData::F64(_)))
        });
        Ok(Some(if double { Dtype::F64 } else { Dtype::F32 }))
    }

    /// Opens the folder of a run whose config and lineage are `template`; with `resume` the trainer goes on with what the
    /// folder holds.
    pub fn open(
        output: Output,
        template: Meta,
        resume: bool,
        trainer: &mut Trainer,
        registry: &Registry,
    ) -> Result<(Self, TrainingState), TrainError> {
        let file = output.path(FILE);
        let mut state = TrainingState::default();
        let today = |config: &str| resolved(config, registry).ok();
        if let Some(mut saved) = Checkpoint::of_interrupted(&file, &template, resume, today)? {
            trainer.restore(&mut saved)?;
            state.validation = Validation::restore(&mut saved, &trainer.weights)?;
            saved.finish()?;
        }
        // The state does not hold the time that it took, for equal trainings leave equal states.
        let log = Log::of_steps(output.path("log.csv"), &LOG, trainer.batches(), |row| {
            state.seconds = row[1].parse().unwrap_or(state.seconds);
        })?;
        Ok((Self { output, log, template }, state))
    }

    /// Returns the output folder.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Adds a row to the log.
    pub fn row(&mut self, step: u64, values: &[f64; LOG.len()]) -> Result<(), TrainError> {
        Ok(self.log.row(step, values)?)
    }

    /// Writes the state, whole or not at all.
    pub fn save(&self, trainer: &Trainer, state: &TrainingState, file: &str) -> Result<(), TrainError> {
        let mut checkpoint = Checkpoint::default();
        checkpoint.meta = self.template.clone();
        trainer.save(&mut checkpoint)?;
        state.validation.save(&mut checkpoint, &trainer.weights)?;
        Ok(checkpoint.save(&self.output.path(file))?)
    }
}

/// Returns the config of a saved state as it would be written today; a version before may have written other keys.
fn resolved(config: &str, registry: &Registry) -> Result<String, ConfigError> {
    let mut config = config::parse_stored::<TrainConfig>(FILE, config, &[""; 0])?;
    TrainConfig::resolve(&mut config, registry)?;
    config.value.to_stored()
}
