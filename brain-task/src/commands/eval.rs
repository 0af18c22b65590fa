//! `brain-task eval`.

use super::{Usage, threads};
use crate::trained;
use anyhow::{Result, bail};
use serde_json::json;
use std::path::PathBuf;

/// Options of `eval`.
#[derive(clap::Args)]
pub struct Eval {
    /// Trained network (`trained.safetensors` of `brain-task train`).
    checkpoint: PathBuf,
    /// Fresh trials.
    #[arg(long, default_value_t = 2048)]
    trials: usize,
    /// Seed of the trials; that of the training, whose fresh trials they are then, unless given.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads; all processors by default. The result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Override a key of the training's config: `--set task.evidence-accumulation.delay="2 s"`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

/// Scores a trained network.
pub fn eval(options: &Eval) -> Result<()> {
    threads(options.threads)?;
    if options.trials == 0 {
        bail!(Usage("--trials 0: give at least 1".into()));
    }
    let mut sets = options.sets.clone();
    sets.extend(options.seed.map(|seed| format!("seed={seed}")));
    let (trainer, _) = trained(&options.checkpoint, &sets)?;
    let found = trainer.evaluate(options.trials)?;
    let rates: serde_json::Map<_, _> = found.rates.iter().map(|(name, hz)| (name.clone(), json!(hz))).collect();
    match options.json {
        true => println!(
            "{}",
            serde_json::to_string_pretty(&json!({
                "task": trainer.task.name(), "trials": found.trials, "loss": found.loss,
                "accuracy_fresh": found.accuracy, "rate_hz": rates,
            }))?
        ),
        false => println!(
            "{:.1} % of {} fresh trials of {} right (chance {:.2}), loss {:.4}",
            100.0 * found.accuracy,
            found.trials,
            trainer.task.name(),
            trainer.task.shape().chance,
            found.loss
        ),
    }
    Ok(())
}
