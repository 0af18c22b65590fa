//! This crate has cognitive tasks, and trains spiking networks on them.
//!
//! A [`task`] draws trials: which channels fire when, and the answer. A network of `brain-net` is wired to the channels and
//! to a readout ([`wiring`]); its weights are free numbers that become magnitudes under Dale's law ([`weights`]). A
//! [learning rule](rule) finds the gradient of a [loss](brain_core::loss) of a batch, Adam steps along it ([`trainer`]),
//! the best weights on the way are kept ([`validation`]), and what comes out is written down ([`session`], [`report`]).
//! [`analysis`] asks what a trained network is like.
//!
//! Weights, states and readouts are candle's tensors, and a run over all its steps is one differentiable operation,
//! [`network_scan`](brain_core::network_scan()), on whichever device the weights are. Online rules, which go forward
//! with the run, are the exception: they run on the processor.
//!
//! Settings go one way. A config is parsed and merged ([`config`]), its families are looked up in a [`registry`], and
//! it is checked once and turned into typed values in steps of the network ([`settings`]), of which everything else is
//! made. The config itself only goes into checkpoints, as text.
//! Tasks, losses and learning rules are families: adding one is a file and a line, and a crate outside hands the same entry
//! points a registry that it has extended.
//!
//! ```
//! use brain_core::config;
//! use brain_task::config::TrainConfig;
//! use brain_task::{registry::Registry, setup};
//! use candle_core::{DType, Device};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dir = tempfile::tempdir()?;
//! let network = "
//! dt: 1 ms
//! source: rules
//! populations: [{name: input, size: 20}, {name: E, size: 16}]
//! projections:
//!   - {from: input, to: E, rule: dense, weight: {distribution: fan-in, scale: 20, fan_in: 20}}
//!   - {from: E, to: E, rule: dense, weight: {distribution: fan-in, scale: 0.5, fan_in: 16}}
//! neurons: {input: {model: input}, E: {model: gif-network}}
//! ";
//! std::fs::write(dir.path().join("network.yaml"), network)?;
//! let text = "
//! task: {evidence-accumulation: {cues: 3, gap: 5 ms, cue: 25 ms, delay: 10 ms, recall: 30 ms, channels: 5}}
//! rule: {kind: d-rtrl}
//! batch: 8
//! ";
//! let mut config = config::parse::<TrainConfig>("train.yaml", text, &["adam.learning_rate=0.01"])?;
//! config.value.network.file = dir.path().join("network.yaml");
//! let (mut trainer, _) = setup(&config, &Registry::default(), &Device::Cpu, DType::F32)?;
//! let report = trainer.step()?;
//! assert!(report.loss > 0.0 && report.norm > 0.0 && trainer.batches() == 1);
//! let held_out = trainer.evaluate(32)?;
//! assert!((0.0..=1.0).contains(&held_out.accuracy));
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

pub mod analysis;
pub mod check;
pub mod commands;
pub mod config;
mod error;
mod input_projection;
mod memory;
mod online;
mod rates;
pub mod registry;
pub mod report;
pub mod rule;
pub mod run;
pub mod session;
pub mod settings;
pub mod source;
pub mod task;
pub mod trainer;
pub mod validation;
pub mod weights;
pub mod wiring;

pub use error::TrainError;
pub use registry::Registry;
pub use trainer::{BatchReport, Trainer, TrialScores};
pub use validation::Validation;
pub use weights::LearntWeights;
pub use wiring::Wiring;

use brain_core::checkpoint::CheckpointKind;
use brain_core::config::{self as config_file, Config};
use brain_core::{Checkpoint, Seed};
use candle_core::{DType, Device};
use config::TrainConfig;
use settings::TrainSettings;
use source::SourceNetwork;
use std::path::Path;

/// Returns the trainer of a trained network (`trained.safetensors`) as it was trained, with some keys of its training's
/// config set.
pub fn trained(
    file: &Path,
    sets: &[impl AsRef<str>],
    registry: &Registry,
    device: &Device,
    dtype: DType,
) -> Result<(Trainer, Config<TrainConfig>), TrainError> {
    let mut checkpoint = Checkpoint::load(file)?;
    checkpoint.expect(&[CheckpointKind::TrainedNetwork])?;
    let mut config = config_file::parse_stored::<TrainConfig>(file, &checkpoint.meta.config, sets)?;
    config.value.network.file = file.to_owned();
    config.value.network.set.clear();
    config.value.network.input_projection = Default::default();
    let (trainer, _) = setup(&config, registry, device, dtype)?;
    trainer.weights.load_readout(&mut checkpoint, trainer.task.shape().outputs())?;
    Ok((trainer, config))
}

/// Returns the trainer of a config on a device, in single or double precision, and where its network came from.
pub fn setup(
    config: &Config<TrainConfig>,
    registry: &Registry,
    device: &Device,
    dtype: DType,
) -> Result<(Trainer, SourceNetwork), TrainError> {
    let (settings, wiring, source) = prepare(config, registry)?;
    if device.is_cpu() {
        memory::check(&settings, &wiring, dtype.size_in_bytes())?;
    }
    Ok((Trainer::new(settings, wiring, device, dtype)?, source))
}

/// Returns the settings of a config, the circuit that they describe, and where its network came from.
fn prepare(
    config: &Config<TrainConfig>,
    registry: &Registry,
) -> Result<(TrainSettings, Wiring, SourceNetwork), TrainError> {
    let mut source = source::network(config, &registry.network)?;
    let settings = TrainSettings::resolve(config, registry, source.network.graph.dt)?;
    let (channels, seed) = (settings.task.shape().channels(), Seed::new(settings.schedule.seed));
    input_projection::add(&mut source.network, &settings.network, &settings.origin, channels, seed)?;
    let receptors = settings.network.receptors.as_ref().or(source.receptors.as_ref());
    let receptors = receptors.map(String::as_str).unwrap_or_default();
    let wiring = Wiring::new(&source.network, &registry.network.cells, &settings, receptors)?;
    Ok((settings, wiring, source))
}
