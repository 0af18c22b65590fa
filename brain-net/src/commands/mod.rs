//! The command line, for the program and for others that run a part of it.

pub mod build;
pub mod inspect;
pub mod run;

use crate::checkpoint::LoadError;
use crate::config::{BuildError, NetConfig};
use crate::connectome::ConnectomeError;
use brain_core::cli::{Common, Fault, Program, fault_of};
use brain_core::config::Config;
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

impl Program for Cli {
    fn execute(self) -> anyhow::Result<()> {
        match self.command {
            Command::Build(build) => build::build(&build),
            Command::Run(run) => run::run(&run),
            Command::Inspect(inspect) => inspect::inspect(&inspect),
        }
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        fault_of::<BuildError>(error)
            .or_else(|| fault_of::<LoadError>(error))
            .or_else(|| fault_of::<ConnectomeError>(error))
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
