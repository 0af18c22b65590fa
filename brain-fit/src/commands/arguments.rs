//! The options of `brain-fit run`, and the config with them applied.

use crate::fit::FitConfig;
use anyhow::{Context, Result};
use brain_core::cli::{Common, Where};
use brain_core::config::{self, Config};
use std::path::{Path, PathBuf};

/// Options of `run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// Config; every key has a default.
    pub(super) config: PathBuf,
    /// Recordings, instead of those of the config.
    #[arg(long, num_args = 1..)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) place: Where,
    /// Go on with an interrupted run.
    #[arg(long)]
    pub(super) resume: bool,
    /// Model to fit, instead of that of the config; several, separated by commas, or `auto`, are compared.
    #[arg(long)]
    model: Option<String>,
    /// Sweeps to fit.
    #[arg(long, value_delimiter = ',')]
    fit_sweeps: Vec<String>,
    /// Sweeps to predict only.
    #[arg(long, value_delimiter = ',')]
    test_sweeps: Vec<String>,
    /// Also make profile likelihoods of all fitted parameters.
    #[arg(long)]
    profile: bool,
    /// Go on with sweeps that show what no membrane does, such as a negative resistance or runs of zeros.
    #[arg(long)]
    allow: bool,
}

/// The config with the options of the command line applied.
pub(super) fn merged(run: &RunArgs) -> Result<Config<FitConfig>> {
    let mut config = config::load::<FitConfig>(&run.config, &run.common.shared.sets)?;
    let base = run.config.parent().unwrap_or(Path::new("")).to_owned();
    let c = &mut config.value;
    match run.data.is_empty() {
        true => c.data.files.iter_mut().for_each(|f| *f = base.join(&*f)),
        false => c.data.files = run.data.clone(),
    }
    // Absolute: the config that is written out can be run from where it lies.
    for f in &mut c.data.files {
        *f = std::path::absolute(&*f).with_context(|| format!("{}: no such path", f.display()))?;
    }
    if let Some(model) = &run.model {
        c.model = model.clone();
    }
    if !run.fit_sweeps.is_empty() {
        c.data.fit_sweeps = run.fit_sweeps.clone();
    }
    if !run.test_sweeps.is_empty() || !run.fit_sweeps.is_empty() {
        c.data.test_sweeps = run.test_sweeps.clone();
    }
    c.data.allow |= run.allow;
    c.profile |= run.profile;
    run.common.apply(&config.origin, &c.name, &mut c.seed, &mut c.out)?;
    Ok(config)
}
