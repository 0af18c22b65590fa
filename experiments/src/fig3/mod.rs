//! This module shows what a trained network does in a trial, and tests three claims about it: that its weights are
//! log-normal, that its activity carries the evidence through the delay, and that its rates and intervals are those of
//! a cortex.

mod activity;
mod delays;
mod figure;
mod starts;
mod words;

pub use activity::{ActivityMetrics, Decoding, PhaseActivity, Watched, watch};
pub use starts::{Start, start, untrained};

use anyhow::{Context, Result};
use brain_core::cli::{Fault, Machine, Program, Where};
use brain_core::{Output, Seed};
use brain_task::analysis::Decoder;
use brain_task::commands::Cli as TaskCli;
use brain_task::{Registry, Trainer};
use candle_core::{DType, Device};
use clap::Parser;
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Draws and tests a network trained on a task; trains it first where none is given.
#[derive(Clone, Debug, Parser)]
#[command(name = "fig3", version)]
pub struct Options {
    /// Trained networks (`trained.safetensors`): the first is drawn, the weights of all are tested. Where none is given,
    /// one is trained by each of `--train`.
    pub networks: Vec<PathBuf>,
    /// Configs of trainings: from half-normal weights and from log-normal ones.
    #[arg(long, value_delimiter = ',', default_values_os_t = [
        place("../brain-task/config/evidence-accumulation.yaml"), place("../brain-task/config/evidence-lognormal.yaml"),
    ])]
    pub train: Vec<PathBuf>,
    /// Batches of each training; those of its config unless given.
    #[arg(long)]
    pub batches: Option<u64>,
    /// Instead of all this, train by each of `--rules` with delays of these lengths, ms, and draw who bridges which.
    #[arg(long, value_delimiter = ',', value_parser = delay, allow_hyphen_values = true, conflicts_with_all = ["networks", "trials", "window"])]
    pub delays: Vec<f64>,
    /// Learning rules that `--delays` compares.
    #[arg(long, value_delimiter = ',', default_value = "es-d-rtrl", requires = "delays", value_parser = rule)]
    pub rules: Vec<&'static str>,
    /// Number of held-out trials that are watched.
    #[arg(long, default_value_t = 512)]
    pub trials: usize,
    /// Number of steps of the windows in which the answer is decoded.
    #[arg(long, default_value_t = 100)]
    pub window: usize,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
    /// Where networks are trained; what they do is watched on the processor.
    #[command(flatten)]
    pub place: Where,
    /// Output folder.
    #[arg(long, default_value = "out/fig3")]
    pub out: PathBuf,
}

impl Program for Options {
    fn execute(self) -> Result<()> {
        run(&self)?.iter().for_each(|line| println!("{line}"));
        Ok(())
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        TaskCli::fault(error)
    }
}

/// Returns the path of a file of this crate.
fn place(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The content of `metrics.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Fig3Metrics {
    /// Weights of each network before and after training.
    pub starts: Vec<Start>,
    /// Activity of the first network.
    pub activity: ActivityMetrics,
    /// Activity of the first network before training.
    pub untrained: ActivityMetrics,
}

/// Trains, watches, tests and draws, and returns the results in words.
pub fn run(options: &Options) -> Result<Vec<String>> {
    options.machine.start()?;
    let output = Output::create(&options.out)?;
    if !options.delays.is_empty() {
        return delays::run(options, &output);
    }
    let mut networks = options.networks.clone();
    if networks.is_empty() {
        networks = options.train.iter().map(|config| train(options, &output, config)).collect::<Result<_>>()?;
    }
    let starts = networks.iter().map(|file| start(file)).collect::<Result<Vec<_>>>()?;
    let first = networks.first().context("no network: give trained networks, or configs to train by")?;
    let (trainer, _) = brain_task::trained(first, &[""; 0], &Registry::default(), &Device::Cpu, DType::F32)?;
    let watched = watch(&trainer, options.trials.max(1))?;
    let active = |trainer: &Trainer, watched: &Watched| {
        ActivityMetrics::of(trainer, watched, options.window.max(1), Decoder::default(), Seed::new(3))
    };
    let activity = active(&trainer, &watched)?;
    let (before, _) = untrained(first)?;
    let untrained = active(&before, &watch(&before, options.trials.max(1))?)?;
    let mut lines = words::lines(&starts, &activity, &untrained);
    for figure in [figure::trials(&trainer, &watched, [&activity, &untrained], &starts[0]), figure::weights(&starts)] {
        let (name, figure) = figure?;
        let files = output.figure(name, &figure)?;
        lines.extend(
            files
                .iter()
                .filter(|f| f.extension().is_some_and(|e| e == "png"))
                .map(|f| format!("Look at {}.", f.display())),
        );
    }
    let metrics = Fig3Metrics { starts, activity, untrained };
    output.write("metrics.json", serde_json::to_string_pretty(&metrics)?)?;
    Ok(lines)
}

/// Trains by a config, in a folder of its name, and returns the trained network.
fn train(options: &Options, output: &Output, config: &Path) -> Result<PathBuf> {
    let name = config.file_stem().with_context(|| format!("{}: no config", config.display()))?;
    let folder = output.dir().join(name);
    let batches: Vec<String> = options.batches.iter().map(|n| format!("batches={n}")).collect();
    execute(options, config, &folder, &batches)?;
    Ok(folder.join(brain_task::report::CHECKPOINT))
}

/// Executes `brain-task train` with some keys set.
fn execute(options: &Options, config: &Path, folder: &Path, sets: &[String]) -> Result<()> {
    let mut line: Vec<OsString> = vec!["brain-task".into(), "train".into(), config.into(), "--out".into()];
    line.push(folder.into());
    line.extend(options.place.arguments().into_iter().map(OsString::from));
    line.extend(sets.iter().flat_map(|set| ["--set".into(), set.into()]));
    TaskCli::try_parse_from(line)?.execute().with_context(|| format!("training by {}", config.display()))
}

/// Parses a learning rule of the command line, as configs write it.
fn rule(text: &str) -> Result<&'static str, String> {
    let rules = Registry::default().rules;
    let unknown = || format!("there is none of this name; there are {}", rules.names().collect::<Vec<_>>().join(", "));
    rules.name_of(text).ok_or_else(unknown)
}

/// Parses a delay of the command line, ms.
fn delay(text: &str) -> Result<f64, String> {
    let ms: Option<f64> = text.trim().trim_end_matches("ms").trim_end().parse().ok();
    ms.filter(|ms| ms.is_finite() && *ms >= 0.0).ok_or_else(|| format!("`{text}`: give milliseconds, 0 or more"))
}
