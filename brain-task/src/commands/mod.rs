//! The command line, for the program and for others that run a part of it.

pub mod eval;
pub mod list;
pub mod train;

use crate::TrainError;
use anyhow::Result;
use brain_core::checkpoint::CheckpointError;
use brain_core::command::ThreadsError;
use brain_core::config::ConfigError;
use brain_core::output::OutputError;
use clap::{Parser, Subcommand};

/// Trains spiking networks on cognitive tasks, by backpropagation through time or online.
#[derive(Parser)]
#[command(name = "brain-task", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What a command line asks for.
#[derive(Subcommand)]
pub enum Command {
    /// Train a network; writes a checkpoint, its scores, a log and figures.
    Train(train::Train),
    /// Score a trained network on fresh trials.
    Eval(eval::Eval),
    /// List the tasks with their shapes.
    List(list::List),
}

/// Does what a command line says.
pub fn execute(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Train(train) => train::train(&train),
        Command::Eval(eval) => eval::eval(&eval),
        Command::List(list) => list::list(&list),
    }
}

/// Bad usage or input that no typed error stands for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether the user's input is at fault.
pub fn is_input(error: &anyhow::Error) -> bool {
    let own = |e: &TrainError| {
        !matches!(
            e,
            TrainError::Interrupted { .. }
                | TrainError::Output(_)
                | TrainError::Checkpoint(CheckpointError::Output(OutputError::Write { .. }))
                | TrainError::Diverged { .. }
                | TrainError::Candle(_)
        )
    };
    error.is::<Usage>()
        || error.is::<ThreadsError>()
        || error.is::<ConfigError>()
        || error.is::<CheckpointError>()
        || error.downcast_ref::<TrainError>().is_some_and(own)
}
