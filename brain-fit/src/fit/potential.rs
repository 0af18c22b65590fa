//! The potential of a free run before the first spike of the stimulus. A spike before the stimulus, which a model cannot
//! know of, is left out with what follows it.
//!
//! A model that was not compiled with its spikes given follows the recorded potential only until the first spike. Its
//! derivatives are central differences there, as those of its spike times are: the derivative of a compiled step also
//! sees, through the surrogate, spikes that do not happen, and where the surrogate is as wide as the threshold is high
//! (`gif-paper`) these outweigh the potential's own.

use super::FitError;
use super::simulate::Simulator;
use super::sweep::FitSweep;
use super::traces::substeps;
use brain_core::optim::{Evaluation, packed};

/// The potential is left out for this long after a spike before the stimulus, ms.
const AFTER_STRAY: f64 = 50.0;

/// The mean square distance of the potential from the recorded one, in units of its expected error.
pub struct EarlyPotential {
    /// The sweeps, each cut before the first spike of the stimulus.
    sweeps: Vec<FitSweep>,
    /// One for each of their samples that is judged, zero for the others.
    judged: Vec<Vec<f64>>,
    /// Longest step, ms.
    step: f64,
    /// Weight of one squared distance, 1/mV2.
    weight: f64,
}

impl EarlyPotential {
    /// The distance on sweeps up to `cut` ms before the first spike of the stimulus of each, or to their end where there is none; `error` is
    /// the expected error of the potential, mV, and `step` the longest step of the run, ms.
    pub fn new(sweeps: &[FitSweep], cut: f64, error: f64, step: f64) -> Self {
        let before = |s: &FitSweep| {
            let samples = (cut / s.dt).round() as usize;
            let first = s.spikes.iter().find(|&&k| k as f64 * s.dt >= s.onset);
            let end = first.map_or(s.voltage.len(), |&k| k.saturating_sub(samples)).max(1);
            FitSweep {
                current: s.current[..end].to_vec(),
                voltage: s.voltage[..end].to_vec(),
                spikes: s.spikes.iter().copied().filter(|&k| k < end).collect(),
                ..s.clone()
            }
        };
        let sweeps: Vec<FitSweep> = sweeps.iter().map(before).collect();
        let judged: Vec<Vec<f64>> = sweeps.iter().map(|s| s.mask(cut, AFTER_STRAY)).collect();
        let samples: f64 = judged.iter().map(|mask| mask[1..].iter().sum::<f64>()).sum();
        Self { sweeps, judged, step, weight: 1.0 / (error * error * samples.max(1.0)) }
    }

    /// The distance `[column]` of runs with parameters `[parameter, column]`.
    pub fn cost(&self, free: &Simulator, params: &[f64]) -> Result<Vec<f64>, FitError> {
        let mut cost = vec![0.0; params.len() / free.model.param.len()];
        for (s, judged) in self.sweeps.iter().zip(&self.judged) {
            let per_sample = substeps(s.dt, self.step);
            free.run(s, params, per_sample, &[0], |t, v| {
                if (t + 1) % per_sample == 0 && judged[(t + 1) / per_sample] > 0.0 {
                    let target = s.voltage[(t + 1) / per_sample];
                    cost.iter_mut().zip(v).for_each(|(cost, v)| *cost += self.weight * (v - target).powi(2));
                }
            })?;
        }
        Ok(cost)
    }

    /// The distance with its derivatives w.r.t. `differences.len()` coordinates. Each of its columns takes a stencil of
    /// columns of `params`: one at the place itself, then two for each coordinate, moved up and down by its `differences`.
    /// From the first spike of any column of a stencil on, the potential says nothing of the derivatives.
    pub fn normal(&self, free: &Simulator, params: &[f64], differences: &[f64]) -> Result<Evaluation, FitError> {
        let (k, all) = (differences.len(), params.len() / free.model.param.len());
        let stencil = 2 * k + 1;
        let n = all / stencil;
        let spike = free.model.output("spike")?;
        let mut found =
            Evaluation { loss: vec![0.0; n], gradient: vec![0.0; k * n], jtj: vec![0.0; k * (k + 1) / 2 * n] };
        let mut slope = vec![0.0; k];
        for (s, mask) in self.sweeps.iter().zip(&self.judged) {
            let per_sample = substeps(s.dt, self.step);
            let mut spiked = vec![false; n];
            free.run(s, params, per_sample, &[0, spike], |t, rows| {
                let (v, z) = rows.split_at(all);
                let judged = (t + 1) % per_sample == 0 && mask[(t + 1) / per_sample] > 0.0;
                for (i, spiked) in spiked.iter_mut().enumerate() {
                    let of = i * stencil..(i + 1) * stencil;
                    *spiked = *spiked || z[of.clone()].iter().any(|z| *z > 0.5);
                    if !judged {
                        continue;
                    }
                    let v = &v[of];
                    let r = v[0] - s.voltage[(t + 1) / per_sample];
                    found.loss[i] += self.weight * r * r;
                    if *spiked {
                        continue;
                    }
                    for ((slope, sides), h) in slope.iter_mut().zip(v[1..].chunks(2)).zip(differences) {
                        *slope = (sides[0] - sides[1]) / (2.0 * h);
                    }
                    for a in 0..k {
                        found.gradient[a * n + i] += self.weight * r * slope[a];
                        for b in a..k {
                            found.jtj[packed(k, a, b) * n + i] += self.weight * slope[a] * slope[b];
                        }
                    }
                }
            })?;
        }
        Ok(found)
    }
}
