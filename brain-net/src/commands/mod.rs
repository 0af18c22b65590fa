//! This module runs the command line, for the program and for others that run a part of it.

pub mod build;
pub mod inspect;
pub mod run;

use crate::checkpoint::LoadError;
use crate::config::NetConfig;
use crate::connectome::ConnectomeError;
use crate::error::BuildError;
use crate::registry::Registry;
use brain_core::cli::{Common, Fault, Program, fault_of};
use brain_core::config::ConfigError;
use clap::{Parser, Subcommand};

/// Builds and simulates spiking networks from connectomes and fitted neurons.
#[derive(Parser)]
#[command(name = "brain-net", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// `brain-net` has these commands.
#[derive(Subcommand)]
pub enum Command {
    /// Build a network; writes a checkpoint, its numbers and figures.
    Build(build::BuildArgs),
    /// Build a network, or read one, and simulate it; writes spikes, statistics and a raster.
    Run(run::RunArgs),
    /// Print sizes, degrees, weights, balance and spectral radius of networks, or say why they cannot be used.
    Inspect(inspect::InspectArgs),
}

impl Cli {
    /// Executes the command line with the families of a registry; crates that extend the families call this function.
    pub fn execute_with(self, registry: &Registry) -> anyhow::Result<()> {
        match self.command {
            Command::Build(build) => build::build(&build, registry),
            Command::Run(run) => run::run(&run, registry),
            Command::Inspect(inspect) => inspect::inspect(&inspect, registry),
        }
    }
}

impl Program for Cli {
    fn execute(self) -> anyhow::Result<()> {
        self.execute_with(&Registry::default())
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        fault_of::<BuildError>(error)
            .or_else(|| fault_of::<LoadError>(error))
            .or_else(|| fault_of::<ConnectomeError>(error))
    }
}

/// Applies the options to the config.
fn apply(common: &Common, config: &mut NetConfig) -> Result<(), ConfigError> {
    let origin = config.origin().clone();
    let c = &mut config.general;
    common.apply(&origin, &c.name, &mut c.seed, &mut c.out)
}
