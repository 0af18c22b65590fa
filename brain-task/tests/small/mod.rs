//! These tests share a small training: twenty channels, sixteen excitatory and four inhibitory neurons, trials of 130
//! steps.
#![allow(dead_code)] // Each file of tests takes what it needs.

use brain_core::config::{self, Config};
use brain_task::config::TrainConfig;
use brain_task::{Registry, TrainError, Trainer, setup};
use candle_core::{DType, Device};
use std::path::PathBuf;

const NETWORK: &str = "
dt: 1 ms
source: rules
populations:
  - {name: input, size: 20}
  - {name: E, size: 16}
  - {name: I, size: 4, sign: inhibitory}
projections:
  - {from: input, to: E, rule: dense, weight: {distribution: fan-in, scale: 20, fan_in: 20}}
  - {from: input, to: I, rule: dense, weight: {distribution: fan-in, scale: 20, fan_in: 20}}
  - {from: E, to: E, rule: dense, weight: {distribution: fan-in, scale: 0.5, fan_in: 16}}
  - {from: E, to: I, rule: dense, weight: {distribution: fan-in, scale: 0.5, fan_in: 16}}
  - {from: I, to: E, rule: dense, weight: {distribution: fan-in, scale: 2, fan_in: 4}}
  - {from: I, to: I, rule: dense, weight: {distribution: fan-in, scale: 2, fan_in: 4}}
neurons:
  input: {model: input}
  E: {model: gif-network, params: {tau: 20 ms, tau_a: 200 ms, beta: 0.3}}
  I: {model: gif-network, params: {tau: 20 ms, tau_a: 200 ms, beta: 0.3}}
";

const TRAINING: &str = "
seed: 3
network: {file: network.yaml}
task:
  evidence-accumulation:
    {cues: 3, gap: 5 ms, cue: 25 ms, delay: 10 ms, recall: 30 ms, channels: 5, cue_rate: 200 Hz, recall_rate: 100 Hz, p: 0.8}
batch: 16
adam: {learning_rate: 0.02}
";

/// A folder holds the two configs.
pub struct Small(tempfile::TempDir);

impl Small {
    /// Writes the configs to a new folder.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("network.yaml"), NETWORK).unwrap();
        std::fs::write(dir.path().join("train.yaml"), TRAINING).unwrap();
        Small(dir)
    }

    /// Returns the path of a file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns the config of the training with some keys set.
    pub fn config(&self, sets: &[&str]) -> Config<TrainConfig> {
        let mut config = config::load::<TrainConfig>(&self.path("train.yaml"), sets).unwrap();
        config.value.network.file = self.path("network.yaml");
        config
    }

    /// Says why the config with some keys set is no training; `None` where it is one.
    pub fn failed(&self, sets: &[&str]) -> Option<String> {
        let read = config::load::<TrainConfig>(&self.path("train.yaml"), sets);
        match read {
            Err(error) => Some(error.to_string()),
            Ok(_) => self.setup(sets).err().map(|e| e.to_string()),
        }
    }

    /// Makes the trainer of the config with some keys set, or says why there is none.
    pub fn setup(&self, sets: &[&str]) -> Result<Trainer, TrainError> {
        Ok(setup(&self.config(sets), &Registry::default(), &Device::Cpu, DType::F32)?.0)
    }
}

/// Makes the trainer of the config with some keys set.
pub fn trainer(dir: &Small, sets: &[&str]) -> Trainer {
    dir.setup(sets).unwrap_or_else(|e| panic!("{sets:?}: {e}"))
}
