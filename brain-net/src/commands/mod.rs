//! The command line, for the program and for others that run a part of it.

pub mod build;
pub mod inspect;
pub mod run;

use crate::checkpoint::LoadError;
use crate::config::{BuildError, NetConfig};
use crate::connectome::ConnectomeError;
use brain_core::checkpoint::CheckpointError;
use brain_core::command::{Common, ThreadsError};
use brain_core::config::{Config, ConfigError};
use clap::{Parser, Subcommand};
use std::path::Path;

/// Spiking networks from connectomes and fitted neurons.
#[derive(Parser)]
#[command(name = "brain-net", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What a command line asks for.
#[derive(Subcommand)]
pub enum Command {
    /// Build a network; writes a checkpoint, its numbers and figures.
    Build(build::Build),
    /// Build a network, or read one, and simulate it; writes spikes, statistics and a raster.
    Run(run::Run),
    /// Print sizes, degrees, weights, balance and spectral radius of networks, or say why they cannot be used.
    Inspect(inspect::Inspect),
}

/// Does what a command line says.
pub fn execute(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Build(build) => build::build(&build),
        Command::Run(run) => run::run(&run),
        Command::Inspect(inspect) => inspect::inspect(&inspect),
    }
}

/// Makes the paths of the config in `file` absolute, from its folder, and applies the options.
fn place(common: &Common, config: &mut Config<NetConfig>, file: &Path) -> anyhow::Result<()> {
    // Absolute: the config that is written out can be run from where it lies.
    config.value.rebase(file.parent().unwrap_or(Path::new("")))?;
    let c = &mut config.value;
    common.apply(&c.name, &mut c.seed, &mut c.out);
    Ok(())
}

/// Bad usage or input that no typed error stands for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether the user's input is at fault.
pub fn is_input(error: &anyhow::Error) -> bool {
    error.is::<Usage>()
        || error.is::<ThreadsError>()
        || error.is::<ConfigError>()
        || error.is::<ConnectomeError>()
        || error.is::<CheckpointError>()
        || error.is::<LoadError>()
        || error.is::<BuildError>()
}
