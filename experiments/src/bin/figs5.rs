//! This program draws figure S5, the architecture of a recurrent network of spiking units, from the network itself.
//!
//! Inputs `u(t)` come to excitatory and inhibitory units `r(t)`; outputs `z(t)` are shown where the network has been
//! trained and holds their weights. The program writes `out/figs5/figs5.{svg,png,csv}`.

use anyhow::Result;
use brain_core::cli::{self, Fault, Machine, Program};
use brain_core::{Checkpoint, Output};
use brain_net::checkpoint::READOUT;
use brain_net::commands::Cli as NetCli;
use brain_net::config::{General, NetSettings};
use brain_net::figures::Readout;
use brain_net::network::Projection;
use brain_net::simulate::cell_of;
use brain_net::{AnatomicalNetwork, NetConfig, Registry};
use clap::Parser;
use std::path::{Path, PathBuf};

/// Draws the architecture of a network.
#[derive(Parser)]
#[command(name = "figs5", version)]
struct Options {
    /// Config of a network, or a network in a checkpoint (`network.safetensors`).
    #[arg(default_value = "brain-net/config/paper.yaml")]
    network: PathBuf,
    /// Folder to write to.
    #[arg(long, default_value = "out/figs5")]
    out: PathBuf,
    /// Override a key of the config: `--set areas.neurons_per_area=100`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// How much of the machine is used.
    #[command(flatten)]
    machine: Machine,
}

fn main() -> std::process::ExitCode {
    cli::main::<Options>()
}

impl Program for Options {
    fn execute(self) -> Result<()> {
        self.machine.start()?;
        let file = &self.network;
        let is_checkpoint = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors"));
        let Drawn { network, name, settings, receptors, readout } =
            if is_checkpoint { stored(file)? } else { built(file, &self.sets)? };
        let rule = |name: &str| settings.as_ref().map_or_else(|| "as stored".into(), |s| s.describe(name));
        let cells = Registry::default().cells;
        let unit = |p: &Projection| {
            let cell = cell_of(&cells, network.at(p.post).model(), &receptors)?;
            let (input, _) = p.input(cell).ok()?;
            Some(cell.input[input].unit).filter(|unit| *unit != "1")
        };
        let figure = network.architecture_figure(&name, rule, unit, readout.as_ref());
        let files = Output::create(&self.out)?.figure("figs5", &figure)?;
        files.iter().for_each(|file| println!("{}", file.display()));
        Ok(())
    }

    fn fault(error: &anyhow::Error) -> Option<Fault> {
        NetCli::fault(error)
    }
}

/// The network that the figure is drawn from.
struct Drawn {
    network: AnatomicalNetwork,
    name: String,
    /// Settings that the network was built with, which name its rules, if they are known.
    settings: Option<NetSettings>,
    /// Receptors of neurons that have none of their own.
    receptors: String,
    readout: Option<Readout>,
}

fn built(file: &Path, sets: &[String]) -> Result<Drawn> {
    let config = NetConfig::load(file, sets, &Registry::default())?;
    let settings = config.resolve()?;
    let network = settings.build()?.network;
    let receptors = config.general.simulation.receptors;
    Ok(Drawn { network, name: config.general.name, settings: Some(settings), receptors, readout: None })
}

fn stored(file: &Path) -> Result<Drawn> {
    let mut checkpoint = Checkpoint::load(file)?;
    // A trained network's config is that of its training.
    let config = NetConfig::parse_stored(file, &checkpoint.meta.config, &[""; 0], &Registry::default()).ok();
    let network = AnatomicalNetwork::from_checkpoint(&mut checkpoint)?;
    let names = checkpoint.names().filter_map(|n| n.strip_prefix(READOUT));
    let read: Vec<(usize, &str)> = names.filter_map(|n| Some((network.population(n)?, n))).collect();
    let shape = |name: &str| checkpoint.get(&format!("{READOUT}{name}")).map_or(&[][..], |w| w.shape());
    let readout = (!read.is_empty()).then(|| Readout {
        outputs: shape(read[0].1).last().map_or(0, |n| *n as u64),
        weights: read.iter().map(|(_, n)| shape(n).iter().product::<usize>() as u64).sum(),
        from: read.iter().map(|(k, _)| *k).collect(),
    });
    let name = config.as_ref().map_or("network", |c| &c.general.name).to_owned();
    let receptors = config.as_ref().map_or_else(General::default, |c| c.general.clone()).simulation.receptors;
    let settings = config.and_then(|c| c.resolve().ok());
    Ok(Drawn { network, name, settings, receptors, readout })
}
