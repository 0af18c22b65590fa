//! `brain-task`: trains spiking networks on cognitive tasks.

mod commands;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Trains spiking networks on cognitive tasks, by backpropagation through time or online.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a network; writes a checkpoint, its scores, a log and figures.
    Train(commands::train::Train),
    /// Score a trained network on fresh trials.
    Eval(commands::eval::Eval),
    /// List the tasks with their shapes.
    List(commands::list::List),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Train(train) => commands::train::train(&train),
        Command::Eval(eval) => commands::eval::eval(&eval),
        Command::List(list) => commands::list::list(&list),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if commands::is_input(&error) { 2 } else { 1 })
        }
    }
}
