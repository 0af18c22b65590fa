//! This module is the command line, for the program and for others that run a part of it.

pub mod eval;
pub mod list;
pub mod train;

use crate::{Registry, TrainError};
use anyhow::Result;
use brain_core::cli::{Fault, Program, fault_of};
use clap::{Parser, Subcommand};

/// Trains spiking networks on cognitive tasks, by backpropagation through time or online.
#[derive(Parser)]
#[command(name = "brain-task", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The program has these commands.
#[derive(Subcommand)]
pub enum Command {
    /// Train a network; writes a checkpoint, its scores, a log and figures.
    Train(train::TrainArgs),
    /// Score a trained network on held-out trials.
    Eval(eval::EvalArgs),
    /// List the tasks with their shapes.
    List(list::ListArgs),
}

impl Cli {
    /// Does what the command line says, with the tasks, losses and learning rules of a registry.
    pub fn execute_with(self, registry: &Registry) -> Result<()> {
        match self.command {
            Command::Train(train) => train::train(&train, registry),
            Command::Eval(eval) => eval::eval(&eval, registry),
            Command::List(list) => list::list(&list, registry),
        }
    }
}

impl Program for Cli {
    fn execute(self) -> Result<()> {
        self.execute_with(&Registry::default())
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        fault_of::<TrainError>(error)
    }
}
