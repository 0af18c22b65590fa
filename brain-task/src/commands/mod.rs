//! What the commands do.

pub mod eval;
pub mod list;
pub mod train;

use anyhow::{Context, Result, bail};
use brain_core::checkpoint::CheckpointError;
use brain_core::config::ConfigError;
use brain_task::TrainError;

/// Bad usage or input that no typed error stands for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether the user's input is at fault.
pub fn is_input(error: &anyhow::Error) -> bool {
    let own = |e: &TrainError| {
        !matches!(
            e,
            TrainError::Interrupted { .. }
                | TrainError::Output(_)
                | TrainError::Diverged { .. }
                | TrainError::Candle(_)
        )
    };
    error.is::<Usage>()
        || error.is::<ConfigError>()
        || error.is::<CheckpointError>()
        || error.downcast_ref::<TrainError>().is_some_and(own)
}

/// Sets how many threads work; the result does not depend on it.
fn threads(count: Option<usize>) -> Result<()> {
    match count {
        None => Ok(()),
        Some(0) => bail!(Usage("--threads 0: give at least 1".into())),
        Some(n) => rayon::ThreadPoolBuilder::new().num_threads(n).build_global().context("cannot start the threads"),
    }
}
