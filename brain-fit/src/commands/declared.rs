//! What a user declares of recordings to commands that have no config of their own.

use crate::fit::{FitConfig, FitError};
use brain_core::config::{self, Config, ConfigError};
use std::path::{Path, PathBuf};

/// The declarations of a fit's config, for commands that only read recordings.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Declared {
    /// A config of `brain-fit run`, whose `data.declared` and `spike_level` are taken.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Override a key of the config: `--set data.declared.columns.time.name=t`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

impl Declared {
    /// The config that is named, or one of defaults, with the overrides on top.
    pub fn config(&self) -> Result<Config<FitConfig>, ConfigError> {
        match &self.config {
            Some(file) => config::load(file, &self.sets),
            None => config::parse("config", "", &self.sets),
        }
    }

    /// The config of a checkpoint with what is declared here on top. A file need not have the columns that were declared for
    /// those of the fit.
    pub fn over(&self, file: &Path, text: &str) -> Result<Config<FitConfig>, ConfigError> {
        let mut fitted = config::parse::<FitConfig>(file, text, &self.sets)?;
        if self.config.is_some() {
            let given = self.config()?;
            fitted.value.data.declared = given.value.data.declared;
            if given.value.spike_level.is_some() {
                fitted.value.spike_level = given.value.spike_level;
            }
        }
        fitted.value.data.declared.inherited = true;
        Ok(fitted)
    }
}

/// The level of spikes that a config gives, mV.
pub fn spike_level(config: &Config<FitConfig>) -> Result<Option<f64>, FitError> {
    let level = config.value.spike_level.as_ref();
    Ok(level.map(|level| config.quantity("spike_level", level, "mV")).transpose()?)
}
