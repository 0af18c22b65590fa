//! `brain-fit`: fits neuron models to patch-clamp recordings, and predicts with what it found.

mod commands;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Fits neuron models to patch-clamp recordings by gradients.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fit a model to sweeps and predict others; writes parameters, scores, traces and a figure.
    Run(commands::run::Run),
    /// List the sweeps of recordings, or say why they cannot be used.
    Inspect {
        /// Recordings.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Simulate a fitted neuron on other sweeps or on a current alone.
    Predict(commands::predict::Predict),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(run) => commands::run::run(&run),
        Command::Inspect { files, json } => commands::inspect(&files, json),
        Command::Predict(predict) => commands::predict::predict(&predict),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if commands::is_input(&error) { 2 } else { 1 })
        }
    }
}
