//! `brain-net`: networks from connectomes and fitted neurons.

use brain_net::commands::{Cli, execute, is_input};
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
