//! What can go wrong.

use brain_core::cli::{Fault, Faulty};
use std::path::PathBuf;

/// Why a network cannot be trained, or a training went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The config.
    #[error(transparent)]
    Config(#[from] brain_core::config::ConfigError),
    /// The network cannot be built.
    #[error(transparent)]
    Build(#[from] brain_net::config::BuildError),
    /// A checkpoint of a network.
    #[error(transparent)]
    Load(#[from] brain_net::checkpoint::LoadError),
    /// A checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] brain_core::checkpoint::CheckpointError),
    /// The output folder.
    #[error(transparent)]
    Output(#[from] brain_core::output::OutputError),
    /// Network and task, or network and training, do not fit.
    #[error("{0}")]
    Fit(String),
    /// What the engine refuses.
    #[error("cannot train: {0}")]
    Invalid(#[from] kernels::network::Invalid),
    /// Tensors.
    #[error("{0}")]
    Candle(#[from] candle_core::Error),
    /// Numbers that are not finite.
    #[error("batch {batch}: {what}; the state before it is in {}. Lower adam.learning_rate, or set adam.clip_norm", saved.display())]
    Diverged {
        /// Batch, counted from 1.
        batch: u64,
        /// What is not finite, and where.
        what: String,
        /// The last good state.
        saved: PathBuf,
    },
    /// A saved state of another config.
    #[error("{} is of a run with another config; resume with that config, or choose another --out", file.display())]
    OtherConfig {
        /// File.
        file: PathBuf,
    },
}

impl Faulty for TrainError {
    fn fault(&self) -> Fault {
        match self {
            Self::Build(error) => error.fault(),
            Self::Load(error) => error.fault(),
            Self::Checkpoint(error) => error.fault(),
            Self::Output(error) => error.fault(),
            Self::Candle(_) | Self::Diverged { .. } => Fault::Program,
            Self::Config(_) | Self::Fit(_) | Self::Invalid(_) | Self::OtherConfig { .. } => Fault::Input,
        }
    }
}

impl TrainError {
    /// What it is of batch `batch` if its cause is a number that is not finite.
    pub(crate) fn diverged(self, batch: u64) -> Self {
        match self {
            Self::Candle(error) => match not_finite(&error) {
                Some(what) => Self::Diverged { batch, what, saved: PathBuf::new() },
                None => Self::Candle(error),
            },
            other => other,
        }
    }
}

/// candle's errors are wrapped in backtraces and contexts.
fn not_finite(error: &candle_core::Error) -> Option<String> {
    use candle_core::Error;
    let text = match error {
        Error::WithBacktrace { inner, .. } => return not_finite(inner),
        Error::Context { inner, .. } => return not_finite(inner),
        Error::Wrapped(cause) => cause.to_string(),
        Error::Msg(text) => text.clone(),
        _ => return None,
    };
    text.contains("not finite").then_some(text)
}
