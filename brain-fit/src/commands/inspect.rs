//! `brain-fit inspect`.

use super::declared::{Declared, spike_level};
use crate::features::SpikeDetector;
use anyhow::{Result, bail};
use brain_core::cli::Usage;
use std::path::PathBuf;

/// Options of `inspect`.
#[derive(clap::Args)]
pub struct InspectArgs {
    /// Recordings.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    declared: Declared,
}

/// Lists recordings.
pub fn inspect(options: &InspectArgs) -> Result<()> {
    let config = options.declared.config()?;
    let detector = |threshold_mv| SpikeDetector { threshold_mv, ..SpikeDetector::default() };
    let spikes = spike_level(&config)?.map(detector);
    let found = crate::inspect::inspect(&options.files, &config.value.data.declared, spikes.as_ref());
    match options.json {
        true => println!("{}", serde_json::to_string_pretty(&found)?),
        false => print!("{found}"),
    }
    if !found.refused.is_empty() {
        bail!(Usage(format!("{} could not be used; see above", found.refused.len())));
    }
    Ok(())
}
