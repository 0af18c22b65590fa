//! The workflow goes from a recording to a trained network, by the commands of the three crates: each stage leaves a
//! folder with its checkpoint, which the next one reads.

mod figure;

use anyhow::{Context, Result};
use brain_core::cli::{Fault, Machine, Program, Where};
use brain_core::{Checkpoint, Output};
use brain_fit::commands::Cli as FitCli;
use brain_net::commands::Cli as NetCli;
use brain_task::commands::Cli as TaskCli;
use clap::Parser;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The whole workflow: fit a recorded neuron, build a network of such neurons from a connectome, train it on a task.
#[derive(Clone, Debug, Parser)]
#[command(name = "fig1", version)]
pub struct Options {
    /// Output folder.
    #[arg(long, default_value = "out/fig1")]
    pub out: PathBuf,
    /// Config of the fit.
    #[arg(long, default_value_os_t = place("../brain-fit/config/recorded-cell.yaml"))]
    pub neuron: PathBuf,
    /// Config of the network, whose excitatory and inhibitory populations `E` and `I` become the fitted cell.
    #[arg(long, default_value_os_t = place("config/fig1-network.yaml"))]
    pub network: PathBuf,
    /// Config of the training.
    #[arg(long, default_value_os_t = place("config/fig1-task.yaml"))]
    pub task: PathBuf,
    /// Number of batches of the training; that of its config by default.
    #[arg(long)]
    pub batches: Option<u64>,
    /// How much of the machine is used.
    #[command(flatten)]
    pub machine: Machine,
    /// Where the neuron is fitted and the network is trained; the precision is that of their configs by default.
    #[command(flatten)]
    pub place: Where,
}

impl Program for Options {
    fn execute(self) -> Result<()> {
        let output = Output::create(&self.out)?;
        let stages = run(&self, &output)?;
        println!();
        for Stage { title, numbers, figure, checkpoint } in &stages {
            println!("{title}");
            numbers.iter().for_each(|line| println!("  {line}"));
            println!("  look at {}; the checkpoint is {}", figure.display(), checkpoint.display());
            let meta = Checkpoint::load(checkpoint).with_context(|| title.clone())?.meta;
            for input in meta.lineage.iter().filter(|i| i.role == "parent") {
                println!("  made from {} (SHA-256 {}...)", input.path, &input.sha256[..12.min(input.sha256.len())]);
            }
        }
        println!("\nThe three together: {}", output.path("fig1.png").display());
        Ok(())
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        [FitCli::fault, NetCli::fault, TaskCli::fault].iter().find_map(|of| of(error))
    }
}

/// Returns the path of a file of this crate.
fn place(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The results of a stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Description of the stage.
    pub title: String,
    /// Its numbers, and what they mean.
    pub numbers: Vec<String>,
    /// Its figure.
    pub figure: PathBuf,
    /// Its checkpoint.
    pub checkpoint: PathBuf,
}

/// Runs the stages one after the other.
pub fn run(options: &Options, output: &Output) -> Result<Vec<Stage>> {
    options.machine.start()?;
    let stages = vec![fit(options, output)?, build(options, output)?, train(options, output)?];
    let sweeps = metrics(&output.path("neuron"))?;
    let sweeps = sweeps["sweeps"].as_array().cloned().unwrap_or_default();
    let shown = sweeps.iter().find(|s| s["role"] == "test").or(sweeps.first());
    if let Some(id) = shown.and_then(|s| s["id"].as_str()) {
        let m = metrics(&output.path("task"))?;
        let held_out = [number(&m, "/kept_step"), number(&m, "/accuracy_fresh")];
        figure::draw(output, id, number(&m, "/chance"), held_out)?;
    }
    Ok(stages)
}

fn arguments<const N: usize>(parts: [OsString; N]) -> Vec<OsString> {
    parts.into()
}

fn metrics(folder: &Path) -> Result<Value> {
    let file = folder.join("metrics.json");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

/// Returns a number of the metrics.
fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn fit(options: &Options, output: &Output) -> Result<Stage> {
    let folder = output.path("neuron");
    let mut line = arguments([
        "brain-fit".into(),
        "run".into(),
        options.neuron.clone().into(),
        "--out".into(),
        folder.clone().into(),
    ]);
    line.extend(options.place.arguments().into_iter().map(OsString::from));
    FitCli::try_parse_from(line)?.execute().context("fitting the neuron")?;
    let m = metrics(&folder)?;
    let mut numbers = vec![];
    for sweep in m["sweeps"].as_array().into_iter().flatten() {
        let unseen = if sweep["role"] == "test" { ", never seen by the fit" } else { "" };
        numbers.push(format!(
            "sweep {}{unseen}: {} spikes of the model where the cell fired {}; between them {:.1} mV apart",
            sweep["id"].as_str().unwrap_or("?"),
            number(sweep, "/spikes_model"),
            number(sweep, "/spikes_data"),
            number(sweep, "/rmse_forced_mv")
        ));
    }
    Ok(Stage {
        title: format!("1. A recorded neuron, fitted as `{}`", m["model"].as_str().unwrap_or("?")),
        numbers,
        figure: folder.join("fit.png"),
        checkpoint: folder.join(brain_fit::report::CHECKPOINT),
    })
}

fn build(options: &Options, output: &Output) -> Result<Stage> {
    let folder = output.path("network");
    let cell = std::path::absolute(output.path("neuron").join(brain_fit::report::CHECKPOINT))?;
    let mut line = arguments([
        "brain-net".into(),
        "build".into(),
        options.network.clone().into(),
        "--out".into(),
        folder.clone().into(),
    ]);
    for population in ["E", "I"] {
        line.extend(["--set".into(), format!("neurons.{population}.cells=['{}']", cell.display()).into()]);
    }
    NetCli::try_parse_from(line)?.execute().context("building the network")?;
    let m = metrics(&folder)?;
    let mut numbers = vec![format!("{} neurons, {} synapses", number(&m, "/neurons"), number(&m, "/synapses"))];
    if m["areas"].is_object() {
        numbers.push(format!(
            "{} areas, {:.0} % of their projections exist (marmoset: 62 %)",
            number(&m, "/areas/areas"),
            100.0 * number(&m, "/areas/density")
        ));
    }
    Ok(Stage {
        title: "2. A network of such neurons, connected as a connectome says".into(),
        numbers,
        figure: folder.join("connectivity.png"),
        checkpoint: folder.join(brain_net::commands::build::CHECKPOINT),
    })
}

fn train(options: &Options, output: &Output) -> Result<Stage> {
    let folder = output.path("task");
    let network = std::path::absolute(output.path("network").join(brain_net::commands::build::CHECKPOINT))?;
    let mut line = arguments([
        "brain-task".into(),
        "train".into(),
        options.task.clone().into(),
        "--out".into(),
        folder.clone().into(),
        "--set".into(),
        format!("network.file='{}'", network.display()).into(),
    ]);
    if let Some(batches) = options.batches {
        line.extend(["--set".into(), format!("batches={batches}").into()]);
    }
    line.extend(options.place.arguments().into_iter().map(OsString::from));
    TaskCli::try_parse_from(line)?.execute().context("training the network")?;
    let m = metrics(&folder)?;
    let numbers = vec![
        format!(
            "{:.1} % of {} held-out trials of {} right, where guessing gets {:.0} %",
            100.0 * number(&m, "/accuracy_fresh"),
            number(&m, "/trials_fresh"),
            m["task"].as_str().unwrap_or("?"),
            100.0 * number(&m, "/chance")
        ),
        format!(
            "{} batches by {} in {:.0} s; kept are the weights after batch {}, which were best on trials of their own",
            number(&m, "/steps"),
            m["rule"].as_str().unwrap_or("?"),
            number(&m, "/seconds"),
            number(&m, "/kept_step")
        ),
        format!(
            "excitatory neurons fire {:.1} Hz, inhibitory ones {:.1} Hz",
            number(&m, "/rate_hz/E"),
            number(&m, "/rate_hz/I")
        ),
    ];
    Ok(Stage {
        title: "3. The network, trained".into(),
        numbers,
        figure: folder.join("training.png"),
        checkpoint: folder.join(brain_task::report::CHECKPOINT),
    })
}
