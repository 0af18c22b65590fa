//! The command line, for the program and for others that run a part of it.

pub mod arguments;
mod compare;
mod declared;
mod fit;
pub mod import;
pub mod inspect;
pub mod models;
pub mod predict;
pub mod run;

use crate::fit::state::Stop;
use crate::fit::{FitError, Registry};
use crate::import::ImportError;
use crate::plausible::NoMembrane;
use crate::recording::RecordingError;
use crate::report::Failure;
use anyhow::Result;
use brain_core::cli::{Fault, Program, fault_of};
use brain_core::interrupt;
use clap::{Parser, Subcommand};

/// Fits neuron models to patch-clamp recordings by gradients.
#[derive(Parser)]
#[command(name = "brain-fit", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What a command line asks for.
#[derive(Subcommand)]
pub enum Command {
    /// Fit a model to sweeps and predict others; writes parameters, scores, traces and a figure.
    Run(arguments::RunArgs),
    /// List the sweeps of recordings, or say why they cannot be used.
    Inspect(inspect::InspectArgs),
    /// Simulate a fitted or imported neuron on other sweeps or on a current alone.
    Predict(predict::PredictArgs),
    /// List the models with their parameters, units, defaults, bounds and source, or show one.
    Models(models::ModelsArgs),
    /// Make a neuron of another project's file, such as the `neuron_config.json` of an Allen GLIF model.
    Import(import::ImportArgs),
}

impl Cli {
    /// Does what the command line says with models and strategies of the caller; a fit ends early, and can be resumed, after
    /// the step for which `stop` holds.
    pub fn execute_with(self, registry: &Registry, stop: Stop) -> Result<()> {
        match self.command {
            Command::Run(run) => run::run(&run, registry, stop),
            Command::Inspect(inspect) => inspect::inspect(&inspect),
            Command::Predict(predict) => predict::predict(&predict, registry),
            Command::Models(models) => models::models(&models, registry),
            Command::Import(import) => import::import(&import, registry),
        }
    }
}

impl Program for Cli {
    /// Does what the command line says, with the models and strategies of this crate, until Ctrl-C.
    fn execute(self) -> Result<()> {
        if matches!(self.command, Command::Run(_)) {
            interrupt::listen()?;
        }
        self.execute_with(&Registry::default(), Box::new(|_| interrupt::requested()))
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        let known = [
            fault_of::<FitError>,
            fault_of::<RecordingError>,
            fault_of::<ImportError>,
            fault_of::<NoMembrane>,
            fault_of::<Failure>,
        ];
        known.iter().find_map(|of| of(error))
    }
}
