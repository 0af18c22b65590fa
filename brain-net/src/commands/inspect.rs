//! `brain-net inspect` prints the numbers of networks of any kind.

use crate::AnatomicalNetwork;
use crate::checkpoint::{LoadError, READOUT};
use crate::connectome::sonata::SonataCircuit;
use crate::registry::Registry;
use anyhow::{Result, bail};
use brain_core::cli::{Usage, said_once};
use brain_core::{Checkpoint, Output};
use std::path::{Path, PathBuf};

/// `brain-net inspect` takes these options.
#[derive(clap::Args)]
pub struct InspectArgs {
    /// Networks (`network.safetensors` of `brain-net build`), SONATA configs (JSON) or folders
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

/// Reads a network of any kind: a file of a source, or a checkpoint.
fn read(file: &Path, registry: &Registry) -> Result<AnatomicalNetwork> {
    if let Some(network) = registry.sources.iter().find_map(|s| s.open(file)) {
        return Ok(network?);
    }
    let mut checkpoint = Checkpoint::load(file)?;
    let network = AnatomicalNetwork::from_checkpoint(&mut checkpoint)?;
    checkpoint.ignore(READOUT);
    checkpoint.finish().map_err(LoadError::from)?;
    Ok(network)
}

/// Prints the numbers of all networks. A file that cannot be read does not keep the others from being printed.
pub fn inspect(options: &InspectArgs, registry: &Registry) -> Result<()> {
    let (mut found, mut refused) = (vec![], 0);
    for file in &options.files {
        match read(file, registry) {
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
                    SonataCircuit::of(&network).write(&output.path("sonata"))?;
                }
            }
            Err(error) => {
                refused += 1;
                eprintln!("{}", said_once(&error));
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
