//! The command line, for the program and for others that run a part of it.

pub mod predict;
pub mod run;

use crate::features::Spikes;
use crate::fit::FitError;
use crate::recording::{Declaration, RecordingError};
use anyhow::{Context, Result, bail};
use brain_core::Engine;
use brain_core::checkpoint::CheckpointError;
use brain_core::command::ThreadsError;
use brain_core::config::ConfigError;
use brain_core::device::DeviceError;
use candle_core::DType;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

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
    Run(run::Run),
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
    Predict(predict::Predict),
}

/// Does what a command line says.
pub fn execute(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Run(run) => run::run(&run),
        Command::Inspect { files, json } => inspect(&files, json),
        Command::Predict(predict) => predict::predict(&predict),
    }
}

/// Bad usage or input that no typed error stands for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Whether the user's input is at fault.
pub fn is_input(error: &anyhow::Error) -> bool {
    let fit = |e: &FitError| {
        !matches!(e, FitError::Interrupted { .. } | FitError::Output(_) | FitError::Device(_) | FitError::Optimiser(_))
    };
    error.is::<Usage>()
        || error.is::<ThreadsError>()
        || error.is::<DeviceError>()
        || error.is::<ConfigError>()
        || error.is::<RecordingError>()
        || error.is::<CheckpointError>()
        || error.downcast_ref::<FitError>().is_some_and(fit)
}

/// Where to compute.
#[derive(clap::Args)]
pub struct Where {
    /// Device: `cpu`, `cuda`, `cuda:1` (the second card) or `metal`.
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// Precision: `f64`, or `f32`, which is all that Metal has.
    #[arg(long)]
    pub dtype: Option<String>,
}

impl Where {
    /// The device in its precision.
    pub fn engine(&self) -> Result<Engine> {
        let dtype = match self.dtype.as_deref() {
            Some("f32") => DType::F32,
            Some("f64") => DType::F64,
            None if self.device == "metal" => DType::F32,
            None => DType::F64,
            Some(other) => bail!(Usage(format!("--dtype {other}: give f32 or f64"))),
        };
        Engine::open(&self.device, dtype).with_context(|| format!("--device {}", self.device))
    }
}

/// Lists recordings.
pub fn inspect(files: &[PathBuf], json: bool) -> Result<()> {
    let found = crate::inspect::inspect(files, &Declaration::default(), &Spikes::default());
    match json {
        true => println!("{}", serde_json::to_string_pretty(&found)?),
        false => print!("{found}"),
    }
    if !found.refused.is_empty() {
        bail!(Usage(format!("{} could not be used; see above", found.refused.len())));
    }
    Ok(())
}
