//! This module has the command lines of the programs, with the lists of this crate.

use crate::registry;
use anyhow::Result;
use brain_core::cli::{Fault, Program};
use brain_core::interrupt;
use clap::Parser;

/// Fits, networks and trainings with the members that a crate outside adds.
#[derive(Parser)]
#[command(name = "outside", version)]
pub enum Cli {
    /// Does what `brain-fit` does.
    Fit(brain_fit::commands::Cli),
    /// Does what `brain-net` does.
    Net(brain_net::commands::Cli),
    /// Does what `brain-task` does.
    Task(brain_task::commands::Cli),
}

impl Program for Cli {
    fn execute(self) -> Result<()> {
        match self {
            Self::Fit(fit) => {
                interrupt::listen()?;
                fit.execute_with(&registry::fit(), Box::new(|_| interrupt::requested()))
            }
            Self::Net(net) => net.execute_with(&registry::net()),
            Self::Task(task) => task.execute_with(&registry::task()),
        }
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        brain_fit::commands::Cli::fault(error)
            .or_else(|| brain_net::commands::Cli::fault(error))
            .or_else(|| brain_task::commands::Cli::fault(error))
    }
}
