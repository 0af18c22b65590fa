//! What a training writes while it runs, so that it can go on after Ctrl-C, a crash or a power cut.

use crate::{TrainError, Trainer, Validation};
use brain_core::checkpoint::{Checkpoint, Meta};
use brain_core::output::{Log, Output};

/// The state in the output folder.
pub const FILE: &str = "resume.safetensors";
/// The state before numbers that are not finite.
pub const BEFORE: &str = "before-divergence.safetensors";
/// Columns of `log.csv` after `step`.
pub const LOG: [&str; 7] =
    ["seconds", "loss", "accuracy", "accuracy_validation", "gradient_norm", "learning_rate", "rate_hz"];

/// What is known after a batch beside the weights and the optimiser.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Seconds spent so far, in all parts of the run.
    pub seconds: f64,
    /// Scores on other trials, and the best weights.
    pub validation: Validation,
}

/// An output folder with the state of a training in it.
pub struct Session {
    output: Output,
    log: Log,
    template: Meta,
}

/// Key of [`Standing::seconds`] in the notes of the metadata.
const NOTE: &str = "seconds";

impl Session {
    /// Of a run whose config and lineage are `template`; with `resume` the trainer goes on with what the folder holds.
    pub fn open(
        output: Output,
        template: Meta,
        resume: bool,
        trainer: &mut Trainer,
    ) -> Result<(Self, Standing), TrainError> {
        let file = output.path(FILE);
        let mut standing = Standing::default();
        if resume && file.exists() {
            let mut saved = Checkpoint::load(&file)?;
            let inputs = |m: &Meta| m.lineage.iter().map(|i| i.sha256.clone()).collect::<Vec<_>>();
            if saved.meta.config != template.config || inputs(&saved.meta) != inputs(&template) {
                return Err(TrainError::OtherConfig { file });
            }
            let note = saved.meta.notes.get(NOTE).cloned().unwrap_or_default();
            standing.seconds = serde_json::from_value(note)
                .map_err(|e| TrainError::Fit(format!("{}: the note `{NOTE}`: {e}", file.display())))?;
            trainer.restore(&mut saved)?;
            standing.validation = Validation::restore(&mut saved, &trainer.weights)?;
            saved.finish()?;
        } else if !resume {
            // A later --resume must not find the state of an older run.
            let _ = std::fs::remove_file(&file);
        }
        let log = output.log("log.csv", &LOG, trainer.batches())?;
        Ok((Self { output, log, template }, standing))
    }

    /// The folder.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Adds a row to the log.
    pub fn row(&mut self, step: u64, values: &[f64; LOG.len()]) -> Result<(), TrainError> {
        Ok(self.log.row(step, values)?)
    }

    /// Writes the state, whole or not at all.
    pub fn save(&self, trainer: &Trainer, standing: &Standing, file: &str) -> Result<(), TrainError> {
        let mut state = Checkpoint::default();
        state.meta = self.template.clone();
        state.meta.notes.insert(NOTE.into(), standing.seconds.into());
        trainer.save(&mut state)?;
        standing.validation.save(&mut state, &trainer.weights)?;
        Ok(state.save(&self.output.path(file))?)
    }
}
