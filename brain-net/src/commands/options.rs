//! Options that commands share.

use super::Usage;
use crate::config::NetConfig;
use anyhow::{Context, Result, bail};
use brain_core::config::Config;
use std::path::{Path, PathBuf};

/// Options of `build` and `run`.
#[derive(clap::Args)]
pub struct Shared {
    /// Output folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Seed of everything random.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Threads; all processors by default. The result does not depend on it.
    #[arg(long)]
    pub threads: Option<usize>,
    /// No progress and no summary.
    #[arg(long)]
    pub quiet: bool,
    /// Print the metrics as JSON.
    #[arg(long)]
    pub json: bool,
    /// Override a key: `--set areas.neurons_per_area=100`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Print the whole resolved config and stop.
    #[arg(long)]
    pub print_config: bool,
}

impl Shared {
    /// Makes the paths of the config in `file` absolute, from its folder, and applies the options.
    pub fn place(&self, config: &mut Config<NetConfig>, file: &Path) -> Result<()> {
        // Absolute: the config that is written out can be run from where it lies.
        config.value.rebase(file.parent().unwrap_or(Path::new("")))?;
        let c = &mut config.value;
        c.seed = self.seed.unwrap_or(c.seed);
        if let Some(out) = &self.out {
            c.out = out.clone();
        } else if c.out.as_os_str().is_empty() {
            c.out = Path::new("out").join(&c.name);
        }
        Ok(())
    }
}

/// Starts so many threads; all processors where it is `None`.
pub fn start_threads(threads: Option<usize>) -> Result<()> {
    match threads {
        None => Ok(()),
        Some(0) => bail!(Usage("0 threads: give at least 1".into())),
        Some(n) => rayon::ThreadPoolBuilder::new().num_threads(n).build_global().context("cannot start the threads"),
    }
}
