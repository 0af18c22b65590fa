//! `brain-net`: networks from connectomes and fitted neurons.

mod commands;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Spiking networks from connectomes and fitted neurons.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build a network; writes a checkpoint, its numbers and figures.
    Build(commands::build::Build),
    /// Build a network, or read one, and simulate it; writes spikes, statistics and a raster.
    Run(commands::run::Run),
    /// Print sizes, degrees, weights, balance and spectral radius of networks, or say why they cannot be used.
    Inspect(commands::inspect::Inspect),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Build(build) => commands::build::build(&build),
        Command::Run(run) => commands::run::run(&run),
        Command::Inspect(inspect) => commands::inspect::inspect(&inspect),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if commands::is_input(&error) { 2 } else { 1 })
        }
    }
}
