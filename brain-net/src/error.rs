//! This module defines the error of building a network from a config.

use crate::connectome::ConnectomeError;
use crate::network::NetworkError;
use brain_core::checkpoint::CheckpointError;
use brain_core::cli::{Fault, Faulty};
use brain_core::config::ConfigError;

/// A config gives no network, or a network that cannot be simulated, for one of these reasons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The config is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A connectome cannot be used.
    #[error(transparent)]
    Connectome(#[from] ConnectomeError),
    /// The network is inconsistent, or too large.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A fitted neuron cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A network or the state of a simulation in a checkpoint cannot be used.
    #[error(transparent)]
    Load(#[from] crate::checkpoint::LoadError),
    /// The simulator refuses the network.
    #[error("cannot simulate {0}")]
    Invalid(#[from] kernels::network::InvalidNetwork),
    /// The numbers of a population make no tensors.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// A folder of fitted neurons cannot be read.
    #[error(transparent)]
    Output(#[from] brain_core::output::OutputError),
}

impl Faulty for BuildError {
    fn fault(&self) -> Fault {
        match self {
            Self::Checkpoint(error) => error.fault(),
            Self::Load(error) => error.fault(),
            Self::Output(error) => error.fault(),
            _ => Fault::Input,
        }
    }
}
