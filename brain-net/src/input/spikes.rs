//! This module defines an input that replays the spikes of a file.

use super::{InputDrive, InputFamily, InputTarget, NetworkInput};
use crate::error::BuildError;
use crate::keys::{Key, Keys};
use crate::simulate::read_spikes;
use brain_core::Seed;
use brain_core::config::ConfigError;
use std::path::PathBuf;

/// The neurons of an `input` population replay the spikes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpikeFile {
    /// The spikes are in this file: CSV (`population, neuron, time_ms`) or SONATA (`.h5`).
    pub file: PathBuf,
}

impl NetworkInput for SpikeFile {
    fn drive(&self, target: &InputTarget, _seed: Seed) -> Result<InputDrive, BuildError> {
        target.source()?;
        let p = target.population;
        Ok(InputDrive::Spikes { times: read_spikes(&self.file, p.name(), p.size(), target.dt_ms)? })
    }
}

impl InputFamily for SpikeFile {
    const NAME: &'static str = "spikes";
    const KEYS: &'static [Key] = &[Key::file(
        "file",
        "The input `spikes` is read from this file: CSV with `population, neuron, time_ms`, or SONATA (`.h5`).",
    )];

    fn read(keys: Keys) -> Result<Self, ConfigError> {
        Ok(Self { file: keys.get("file")? })
    }
}
