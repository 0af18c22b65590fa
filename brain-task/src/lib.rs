//! Cognitive tasks, and spiking networks trained on them.
//!
//! A [`task`] draws trials. A network of `brain-net` is wired to its channels and to a readout ([`wiring`]); its weights
//! are free numbers that become magnitudes under Dale's law ([`weights`]). A [`rule`] finds the gradient of a batch,
//! Adam steps along it ([`trainer`]), the best weights on the way are kept ([`validation`]), and what is found is written
//! down ([`session`], [`report`]).
//! [`analysis`] asks what a trained network is like.
#![deny(missing_docs)]

pub mod analysis;
pub mod check;
pub mod commands;
pub mod config;
mod error;
mod inlet;
pub mod objective;
mod online;
mod rates;
pub mod report;
pub mod rule;
pub mod run;
pub mod session;
pub mod source;
pub mod task;
pub mod trainer;
pub mod validation;
pub mod weights;
pub mod wiring;

pub use error::TrainError;
pub use trainer::{Evaluation, Report, Trainer};
pub use validation::Validation;
pub use weights::LearntWeights;
pub use wiring::Wiring;

use brain_core::config::{self as config_file, Config};
use brain_core::{Checkpoint, Seed};
use candle_core::DType;
use config::TrainConfig;
use source::Source;
use std::path::Path;

/// A trained network (`trained.safetensors`) as it was trained, with some keys of its training's config set.
pub fn trained(file: &Path, sets: &[impl AsRef<str>]) -> Result<(Trainer, Config<TrainConfig>), TrainError> {
    let mut checkpoint = Checkpoint::load(file)?;
    let mut config = config_file::parse::<TrainConfig>(file, &checkpoint.meta.config, sets)?;
    config.value.network.file = file.to_owned();
    config.value.network.set.clear();
    config.value.network.inlet.to.clear();
    let (trainer, _) = setup(&config, DType::F32)?;
    trainer.weights.load_readout(&mut checkpoint)?;
    Ok((trainer, config))
}

/// The trainer of a config, and the network it came from.
pub fn setup(config: &Config<TrainConfig>, dtype: DType) -> Result<(Trainer, Source), TrainError> {
    let c = &config.value;
    for (key, n) in [("batch", c.batch as u64), ("batches", c.batches)] {
        if n == 0 {
            return Err(config.error(key, "give at least 1").into());
        }
    }
    let (evaluate, stop) = (c.evaluate, c.stop);
    for (key, n) in [("evaluate.trials", evaluate.trials), ("evaluate.final_trials", evaluate.final_trials)] {
        if n == 0 {
            return Err(config.error(key, "give at least 1").into());
        }
    }
    if stop.patience == Some(0) {
        return Err(config.error("stop.patience", "give at least 1, or null to go on to the last batch").into());
    }
    for (key, given) in [("stop.accuracy", stop.accuracy.is_some()), ("stop.patience", stop.patience.is_some())] {
        if given && evaluate.every == 0 {
            return Err(config.error(key, "is of validations: set evaluate.every to more than 0").into());
        }
    }
    let mut source = source::network(config)?;
    let task = c.task.build_at(config, "task", source.network.dt_ms)?;
    let tau_ms = config.quantity("readout.tau", &c.readout.tau, "ms")?;
    let mut network = c.network.clone();
    if network.receptors.is_empty() {
        network.receptors = source.receptors.clone().unwrap_or_default();
    }
    let (channels, outputs) = (task.shape().channels(), task.shape().outputs());
    inlet::add(&mut source.network, config, channels, Seed::new(c.seed))?;
    let wiring = Wiring::new(&source.network, &network, &c.readout, tau_ms, channels, outputs, Seed::new(c.seed))?;
    Ok((Trainer::new(c, wiring, task, dtype)?, source))
}
