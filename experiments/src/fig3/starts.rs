//! Weights before and after a training.

use anyhow::{Context, Result};
use brain_core::{Checkpoint, Seed, config};
use brain_task::Trainer;
use brain_task::analysis::{WeightReport, weights};
use brain_task::config::TrainConfig;
use candle_core::DType;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// One projection.
#[derive(Clone, Debug, Serialize)]
pub struct Projection {
    /// Its name.
    pub name: String,
    /// Fits of the magnitudes before training; `None` where all are alike or too few.
    pub before: Option<WeightReport>,
    /// After it.
    pub after: Option<WeightReport>,
    /// Magnitudes before and after.
    #[serde(skip)]
    pub magnitudes: [Vec<f64>; 2],
}

/// A training.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    /// Its name.
    pub name: String,
    /// The trained network.
    pub file: PathBuf,
    /// Batches.
    pub batches: u64,
    /// Its projections.
    pub projections: Vec<Projection>,
}

/// A trained network as it was before training, and the config of that.
pub fn untrained(file: &Path) -> Result<(Trainer, TrainConfig)> {
    let meta = Checkpoint::load(file)?.meta;
    let first = config::parse::<TrainConfig>(file, &meta.config, &[""; 0])?;
    let (trainer, _) = brain_task::setup(&first, DType::F32).with_context(|| {
        format!("{}: the network that the training began with is needed to compare with", file.display())
    })?;
    Ok((trainer, first.value))
}

/// Weights of a trained network, and those that its config starts from.
pub fn start(file: &Path) -> Result<Start> {
    let (trained, _) = brain_task::trained(file, &[""; 0])?;
    let batches = Checkpoint::load(file)?.meta.step;
    let (before, config) = untrained(file)?;
    let numbers = |w: &[f32]| w.iter().map(|w| f64::from(*w)).collect::<Vec<_>>();
    let after = trained.weights.values()?;
    let own = before.wiring.learnt.iter().filter(|l| l.factor.is_some());
    let projections = own.filter_map(|l| {
        let (_, after) = after.iter().find(|(name, _)| *name == l.name)?;
        let magnitudes = [numbers(&l.initial), numbers(after)];
        let fit = |w: &Vec<f64>| weights(w, 0, Seed::new(0)).ok();
        Some(Projection {
            name: l.name.trim_start_matches("weight/").to_owned(),
            before: fit(&magnitudes[0]),
            after: fit(&magnitudes[1]),
            magnitudes,
        })
    });
    let projections = projections.collect();
    Ok(Start { name: config.name, file: file.into(), batches, projections })
}
