//! What the commands do.

pub mod predict;
pub mod run;

use anyhow::{Result, bail};
use brain_core::checkpoint::CheckpointError;
use brain_core::config::ConfigError;
use brain_fit::features::Spikes;
use brain_fit::fit::FitError;
use brain_fit::recording::{Declaration, RecordingError};
use std::path::PathBuf;

/// Bad usage or input that no typed error stands for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether the user's input is at fault.
pub fn is_input(error: &anyhow::Error) -> bool {
    let fit = |e: &FitError| {
        !matches!(e, FitError::Interrupted { .. } | FitError::Output(_) | FitError::Kernel(_) | FitError::Optimiser(_))
    };
    error.is::<Usage>()
        || error.is::<ConfigError>()
        || error.is::<RecordingError>()
        || error.is::<CheckpointError>()
        || error.downcast_ref::<FitError>().is_some_and(fit)
}

/// Lists recordings.
pub fn inspect(files: &[PathBuf], json: bool) -> Result<()> {
    let found = brain_fit::inspect::inspect(files, &Declaration::default(), &Spikes::default());
    match json {
        true => println!("{}", serde_json::to_string_pretty(&found)?),
        false => print!("{found}"),
    }
    if !found.refused.is_empty() {
        bail!(Usage(format!("{} could not be used; see above", found.refused.len())));
    }
    Ok(())
}
