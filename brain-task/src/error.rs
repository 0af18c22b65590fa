//! These errors say why a network cannot be trained, or why a training has no result.

use brain_core::Divergence;
use brain_core::cli::{Fault, Faulty};
use std::path::{Path, PathBuf};

/// A network cannot be trained, or a training goes wrong, for one of these reasons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The config cannot be used.
    #[error(transparent)]
    Config(#[from] brain_core::config::ConfigError),
    /// The network cannot be built.
    #[error(transparent)]
    Build(#[from] brain_net::config::BuildError),
    /// A checkpoint of a network cannot be read.
    #[error(transparent)]
    Load(#[from] brain_net::checkpoint::LoadError),
    /// A checkpoint cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] brain_core::checkpoint::CheckpointError),
    /// The output folder cannot be written.
    #[error(transparent)]
    Output(#[from] brain_core::output::OutputError),
    /// Network and task, or network and training, do not fit.
    #[error("{0}")]
    Fit(String),
    /// The circuit, or what it is given, does not fit together.
    #[error("cannot train: {0}")]
    Invalid(#[from] kernels::network::InvalidNetwork),
    /// Gradients that must be equal are not.
    #[error("{0}")]
    Gradient(String),
    /// The operation runs only on the processor, and another device was asked for.
    #[error("{operation} has no form for this device yet: {remedy}")]
    NoDeviceForm {
        /// This was asked for.
        operation: String,
        /// This can be done instead.
        remedy: &'static str,
    },
    /// candle refuses an operation, or an operation of it has no result.
    #[error("{0}")]
    Candle(#[from] candle_core::Error),
    /// A trained network has numbers that are infinite or undefined when it runs.
    #[error("{}: {what}; its weights or parameters are too large to run it: train it again with a lower adam.learning_rate, or give an earlier checkpoint", file.display())]
    NotFinite {
        /// The trained network is in this file.
        file: PathBuf,
        /// This says what is not finite, and where.
        what: String,
    },
    /// Numbers became infinite or undefined.
    #[error("batch {batch}: {what}; the state before it is in {}. Lower adam.learning_rate, or set adam.clip_norm", saved.display())]
    Diverged {
        /// The batch has this number, counted from 1.
        batch: u64,
        /// This says what is not finite, and where.
        what: String,
        /// The last good state is in this file.
        saved: PathBuf,
    },
}

impl Faulty for TrainError {
    fn fault(&self) -> Fault {
        match self {
            Self::Build(error) => error.fault(),
            Self::Load(error) => error.fault(),
            Self::Checkpoint(error) => error.fault(),
            Self::Output(error) => error.fault(),
            Self::Candle(_) | Self::Gradient(_) | Self::Diverged { .. } => Fault::Program,
            Self::NotFinite { .. } | Self::Config(_) | Self::Fit(_) | Self::Invalid(_) | Self::NoDeviceForm { .. } => {
                Fault::Input
            }
        }
    }
}

impl TrainError {
    /// Turns the error into [`NotFinite`](Self::NotFinite) of a trained network, if its cause is a number that is not finite.
    pub(crate) fn of_trained(self, file: &Path) -> Self {
        match self {
            Self::Candle(error) => match Divergence::cause_of(&error) {
                Some(what) => Self::NotFinite { file: file.into(), what: what.to_string() },
                None => Self::Candle(error),
            },
            other => other,
        }
    }

    /// Turns the error into [`Diverged`](Self::Diverged) at batch `batch`, if its cause is a number that is not finite.
    pub(crate) fn diverged(self, batch: u64) -> Self {
        match self {
            Self::Candle(error) => match Divergence::cause_of(&error) {
                Some(what) => Self::Diverged { batch, what: what.to_string(), saved: PathBuf::new() },
                None => Self::Candle(error),
            },
            other => other,
        }
    }
}
