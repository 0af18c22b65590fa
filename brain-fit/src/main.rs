//! `brain-fit`: fits neuron models to patch-clamp recordings, and predicts with what it found.

use brain_fit::commands::{Cli, execute, is_input};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match execute(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if is_input(&error) { 2 } else { 1 })
        }
    }
}
