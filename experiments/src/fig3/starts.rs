//! This module compares weights before and after a training.

use anyhow::{Context, Result};
use brain_core::{Checkpoint, Seed, config};
use brain_task::analysis::{WeightReport, bootstrap_p, weights};
use brain_task::config::TrainConfig;
use brain_task::{Registry, Trainer};
use candle_core::{DType, Device};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The weights of one projection, with their fits.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectionFits {
    /// Name.
    pub name: String,
    /// Fits of the magnitudes before training; `None` where all are alike or too few.
    pub before: Option<WeightReport>,
    /// Fits of the magnitudes after training.
    pub after: Option<WeightReport>,
    /// Magnitudes before and after.
    #[serde(skip)]
    pub magnitudes: [Vec<f64>; 2],
}

/// A training, with the weights that it started from.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    /// Name.
    pub name: String,
    /// File of the trained network.
    pub file: PathBuf,
    /// Number of batches.
    pub batches: u64,
    /// All projections.
    pub projections: Vec<ProjectionFits>,
}

/// Makes a trained network as it was before training, and returns the config of the training, too.
pub fn untrained(file: &Path) -> Result<(Trainer, TrainConfig)> {
    let meta = Checkpoint::load(file)?.meta;
    let first = config::parse::<TrainConfig>(file, &meta.config, &[""; 0])?;
    let (trainer, _) =
        brain_task::setup(&first, &Registry::default(), &Device::Cpu, DType::F32).with_context(|| {
            format!("{}: the network that the training began with is needed to compare with", file.display())
        })?;
    Ok((trainer, first.value))
}

/// Number of samples that are drawn from a fitted log-normal distribution to see how far from it they are. It allows
/// probabilities down to a thousandth.
pub const DRAWN: u64 = 999;

/// Fits every family, and tests the log-normal one with regard to its parameters being fitted. It returns `None` for
/// fewer than ten magnitudes, or magnitudes that are all alike.
pub fn tested(w: &[f64], seed: Seed) -> Option<WeightReport> {
    let mut report = weights(w, 0, seed).ok()?;
    let lognormal = report.fits.first_mut()?;
    lognormal.bootstrap_p = Some(bootstrap_p(&lognormal.distribution, lognormal.ks, report.dist.count, DRAWN, seed));
    Some(report)
}

/// Reads the weights of a trained network, and makes those that its config starts from.
pub fn start(file: &Path) -> Result<Start> {
    let (trained, _) = brain_task::trained(file, &[""; 0], &Registry::default(), &Device::Cpu, DType::F32)?;
    let batches = Checkpoint::load(file)?.meta.step;
    let (before, config) = untrained(file)?;
    let numbers = |w: &[f32]| w.iter().map(|w| f64::from(*w)).collect::<Vec<_>>();
    let after = trained.weights.values()?;
    let own = before.wiring.learnt.iter().filter(|l| l.factor.is_some());
    let projections = own.filter_map(|l| {
        let (_, after) = after.iter().find(|(name, _)| *name == l.name)?;
        let magnitudes = [numbers(&l.initial), numbers(after)];
        let seed = Seed::new(config.seed).child("log-normal").child(&l.name);
        Some(ProjectionFits {
            name: l.name.trim_start_matches("weight/").to_owned(),
            before: tested(&magnitudes[0], seed.nth(0)),
            after: tested(&magnitudes[1], seed.nth(1)),
            magnitudes,
        })
    });
    let projections = projections.collect();
    Ok(Start { name: config.name, file: file.into(), batches, projections })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fig3::words::{is_lognormal, not_refused};
    use brain_task::analysis::Distribution;

    fn sample(d: Distribution, n: usize) -> Vec<f64> {
        let mut stream = Seed::new(2).child("sample").at(0);
        (0..n).map(|_| d.sample(&mut stream)).collect()
    }

    #[test]
    fn what_is_lognormal_is_told_from_what_is_not() {
        let seed = Seed::new(1);
        let report = tested(&sample(Distribution::LogNormal { mu: -3.0, sigma: 1.0 }, 2000), seed).unwrap();
        assert!(not_refused(&report) && is_lognormal(&report), "{:?}", report.fits[0]);
        assert_eq!(report, tested(&sample(Distribution::LogNormal { mu: -3.0, sigma: 1.0 }, 2000), seed).unwrap());
        for other in [
            Distribution::HalfNormal { sigma: 0.1 },
            Distribution::Gamma { shape: 4.0, scale: 0.1 },
            Distribution::Exponential { scale: 0.1 },
        ] {
            let report = tested(&sample(other, 2000), seed).unwrap();
            assert_eq!(report.fits[0].bootstrap_p, Some(0.001), "{other:?}");
            assert!(!not_refused(&report) && !is_lognormal(&report), "{other:?}");
        }
        assert!(tested(&[0.5; 40], seed).is_none() && tested(&[0.5, 0.1], seed).is_none());
    }
}
