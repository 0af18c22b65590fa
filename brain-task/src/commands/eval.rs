//! This module is the command `brain-task eval`.

use crate::trainer::Scored;
use crate::{Registry, trained};
use anyhow::{Result, bail};
use brain_core::Dtype;
use brain_core::cli::{Shared, Usage, Where};
use brain_core::memory::MemoryNeed;
use serde_json::json;
use std::path::PathBuf;

/// `brain-task eval` takes these options.
#[derive(clap::Args)]
pub struct EvalArgs {
    /// Trained network (`trained.safetensors` of `brain-task train`).
    checkpoint: PathBuf,
    /// Number of held-out trials.
    #[arg(long, default_value_t = 2048)]
    trials: usize,
    /// Seed of the trials; that of the training unless given, whose held-out trials they are then.
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    shared: Shared,
}

/// Scores a trained network.
pub fn eval(options: &EvalArgs, registry: &Registry) -> Result<()> {
    options.shared.machine.start()?;
    if options.trials == 0 {
        bail!(Usage("--trials 0: give at least 1".into()));
    }
    let need = MemoryNeed::default().with("the scores of trials", options.trials as f64 * size_of::<Scored>() as f64);
    need.check().map_err(|e| Usage(format!("--trials {}: {e}; give fewer", options.trials)))?;
    let mut sets = options.shared.sets.clone();
    sets.extend(options.seed.map(|seed| format!("seed={seed}")));
    let (device, dtype) = (options.place.open()?, options.place.dtype(Dtype::F32).into());
    let (trainer, _) = trained(&options.checkpoint, &sets, registry, &device, dtype)?;
    let found = trainer.evaluate(options.trials).map_err(|e| e.of_trained(&options.checkpoint))?;
    let rates: serde_json::Map<_, _> = found.rates.iter().map(|(name, hz)| (name.clone(), json!(hz))).collect();
    match options.shared.json {
        true => println!(
            "{}",
            serde_json::to_string_pretty(&json!({
                "task": trainer.task.name(), "trials": found.trials, "loss": found.loss,
                "accuracy_fresh": found.accuracy, "rate_hz": rates,
            }))?
        ),
        false => println!(
            "{:.1} % of {} held-out trials of {} right (chance {:.2}), loss {:.4}",
            100.0 * found.accuracy,
            found.trials,
            trainer.task.name(),
            trainer.task.shape().chance,
            found.loss
        ),
    }
    Ok(())
}
