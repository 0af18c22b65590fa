//! What the commands do.

pub mod build;
pub mod inspect;
pub mod options;
pub mod run;

use brain_core::checkpoint::CheckpointError;
use brain_core::config::ConfigError;
use brain_net::checkpoint::LoadError;
use brain_net::config::BuildError;
use brain_net::connectome::ConnectomeError;

/// Bad usage or input that no typed error stands for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether the user's input is at fault.
pub fn is_input(error: &anyhow::Error) -> bool {
    error.is::<Usage>()
        || error.is::<ConfigError>()
        || error.is::<ConnectomeError>()
        || error.is::<CheckpointError>()
        || error.is::<LoadError>()
        || error.is::<BuildError>()
}
