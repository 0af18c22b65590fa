//! `brain-net inspect`.

use crate::Network;
use crate::checkpoint::{LoadError, READOUT};
use crate::connectome::sonata::{Circuit, SonataOptions};
use crate::connectome::{Columns, EdgeList, EdgeOptions};
use anyhow::{Result, bail};
use brain_core::cli::Usage;
use brain_core::{Checkpoint, Output};
use std::path::{Path, PathBuf};

/// Options of `inspect`.
#[derive(clap::Args)]
pub struct Inspect {
    /// Networks (`network.safetensors` of `brain-net build`) SONATA configs (JSON) or folders
    /// with a `circuit_config.json`, or edge lists (CSV, TSV).
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write the figures and a SONATA circuit of each network into a folder.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Reads a network of any kind.
fn read(file: &Path) -> Result<Network> {
    let is = |endings: &[&str]| file.extension().is_some_and(|e| endings.iter().any(|x| e.eq_ignore_ascii_case(x)));
    if is(&["csv", "tsv"]) {
        let list = EdgeList::read(file, &Columns::default(), None)?;
        let options = EdgeOptions { dt_ms: 0.1, kinds: vec![], inhibitory: vec![], scale: 1.0, delay_ms: 1.0 };
        return Ok(list.network(&options)?);
    }
    if file.is_dir() {
        let config = file.join("circuit_config.json");
        return Ok(Circuit::read(&config)?.network(SonataOptions { dt_ms: 0.1, delay_ms: 1.0, scale: 1.0 })?);
    }
    if is(&["json"]) {
        return Ok(Circuit::read(file)?.network(SonataOptions { dt_ms: 0.1, delay_ms: 1.0, scale: 1.0 })?);
    }
    let mut checkpoint = Checkpoint::load(file)?;
    let network = Network::from_checkpoint(&mut checkpoint)?;
    checkpoint.ignore(READOUT);
    checkpoint.finish().map_err(LoadError::from)?;
    Ok(network)
}

/// Prints networks; one that is refused does not hide the others.
pub fn inspect(options: &Inspect) -> Result<()> {
    let (mut found, mut refused) = (vec![], 0);
    for file in &options.files {
        match read(file) {
            Ok(network) => {
                let summary = network.summary();
                match options.json {
                    true => found.push(serde_json::json!({ "file": file, "summary": summary })),
                    false => print!("{}\n{summary}\n", file.display()),
                }
                if let Some(out) = &options.out {
                    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    let output = Output::create(out.join(&name))?;
                    output.figure("connectivity", &network.connectivity_figure(&name))?;
                    output.figure("distributions", &network.distribution_figure(&name))?;
                    Circuit::of(&network).write(&output.path("sonata"))?;
                }
            }
            Err(error) => {
                refused += 1;
                eprintln!("{error:#}");
            }
        }
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    }
    if refused > 0 {
        bail!(Usage(format!("{refused} could not be used; see above")));
    }
    Ok(())
}
