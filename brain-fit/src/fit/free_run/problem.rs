//! The least-squares problem of free runs.

use super::residuals::residuals;
use super::runner::{Column, run};
use super::target::Target;
use super::track::Track;
use crate::fit::FitError;
use crate::fit::columns::column;
use crate::fit::coordinates::Coordinates;
use crate::fit::spike_problem::SpikeRow;
use brain_core::Model;
use brain_core::optim::{Evaluation, packed};

/// What is known of the parameters before: a place in the unit box.
#[derive(Clone, Debug)]
pub struct Prior {
    /// The place.
    pub mean: Vec<f64>,
    /// Standard deviation in the box.
    pub sd: f64,
    /// Weight against the residuals.
    pub weight: f64,
}

impl Prior {
    /// Adds the prior at `z` to column `i` of an evaluation.
    pub fn add(&self, to: &mut Evaluation, i: usize, z: &[f64]) {
        let (n, k) = (to.loss.len(), z.len());
        let scale = self.weight / (self.sd * self.sd);
        for (a, (z, mean)) in z.iter().zip(&self.mean).enumerate() {
            to.loss[i] += scale * (z - mean).powi(2);
            to.gradient[a * n + i] += scale * (z - mean);
            to.jtj[packed(k, a, a) * n + i] += scale;
        }
    }
}

/// The parameters of a model, to be found from its free runs.
#[derive(Clone, Debug)]
pub struct FreeRunProblem {
    /// The model.
    pub model: Model,
    /// What is fitted, in the unit box.
    pub unit: Coordinates,
    /// All parameters, of which the fitted ones are replaced.
    pub fixed: Vec<f64>,
    /// What is compared.
    pub targets: Vec<Target>,
    /// Longest step, ms.
    pub step: f64,
    /// Residual from which on the cost grows as its logarithm.
    pub robust: f64,
    /// What is known before.
    pub prior: Prior,
    /// Whether runs are in single precision.
    pub single: bool,
}

impl FreeRunProblem {
    /// Runs the columns of `z` `[coordinate, column]` under every target: `[target][column]`.
    pub fn tracks(&self, z: &[f64], which: &[usize]) -> Result<Vec<Vec<Track>>, FitError> {
        let n = z.len() / self.unit.len();
        let params: Vec<Vec<f64>> = (0..n).map(|i| self.unit.params(&self.fixed, &column(z, n, i))).collect();
        let mut columns = Vec::new();
        for target in &self.targets {
            columns.extend(params.iter().map(|params| Column { target, params }));
        }
        let cell = self.model.cell();
        let tracks = match self.single {
            true => run::<f32>(cell, which, &columns, self.step)?,
            false => run::<f64>(cell, which, &columns, self.step)?,
        };
        Ok(tracks.chunks(n).map(<[Track]>::to_vec).collect())
    }

    /// Gives the cost of a residual and its weight in the normal equations.
    fn cost(&self, r: f64) -> (f64, f64) {
        let x = (r / self.robust).powi(2);
        (self.robust.powi(2) * x.ln_1p(), 1.0 / (1.0 + x))
    }

    /// Computes the loss of the columns of `z` alone, without the prior.
    pub fn losses(&self, z: &[f64]) -> Result<Vec<f64>, FitError> {
        let mut loss = vec![0.0; z.len() / self.unit.len()];
        for (target, tracks) in self.targets.iter().zip(self.tracks(z, &[])?) {
            for (loss, track) in loss.iter_mut().zip(&tracks) {
                let cost = residuals(target, track).r.iter().map(|&r| self.cost(r).0).sum::<f64>();
                *loss += cost / self.targets.len() as f64;
            }
        }
        loss.iter_mut().filter(|l| !l.is_finite()).for_each(|l| *l = f64::INFINITY);
        Ok(loss)
    }

    /// Computes the residuals of every target at one place `z` `[coordinate]`, with their derivatives: `[target][residual]`.
    pub fn rows(&self, z: &[f64]) -> Result<Vec<Vec<SpikeRow>>, FitError> {
        let k = self.unit.len();
        let slopes: Vec<f64> = z.iter().enumerate().map(|(a, z)| self.unit.slope(a, *z)).collect();
        let share = 1.0 / self.targets.len() as f64;
        let mut found = Vec::new();
        for (target, tracks) in self.targets.iter().zip(self.tracks(z, self.unit.rows())?) {
            let of = tracks.first().map(|track| residuals(target, track)).unwrap_or_default();
            let row = |(&r, j): (&f64, &[f64])| SpikeRow {
                r,
                weight: share * self.cost(r).1,
                rounding: 0.0,
                slopes: j.iter().zip(&slopes).map(|(j, slope)| j * slope).collect(),
            };
            found.push(of.r.iter().zip(of.j.chunks(k.max(1))).map(row).collect());
        }
        Ok(found)
    }

    /// Computes loss, gradient and curvature of the columns of `z`. The loss is a mean over the targets; it is infinite
    /// where sensitivities are no numbers.
    pub fn evaluate(&self, z: &[f64]) -> Result<Evaluation, FitError> {
        let k = self.unit.len();
        let n = z.len() / k;
        let pairs = k * (k + 1) / 2;
        let mut found = Evaluation { loss: vec![0.0; n], gradient: vec![0.0; k * n], jtj: vec![0.0; pairs * n] };
        let share = 1.0 / self.targets.len() as f64;
        for (target, tracks) in self.targets.iter().zip(self.tracks(z, self.unit.rows())?) {
            for (i, track) in tracks.iter().enumerate() {
                let of = residuals(target, track);
                for (&r, j) in of.r.iter().zip(of.j.chunks(k)) {
                    let (cost, weight) = self.cost(r);
                    found.loss[i] += share * cost;
                    for a in 0..k {
                        found.gradient[a * n + i] += share * weight * r * j[a];
                        for b in a..k {
                            found.jtj[packed(k, a, b) * n + i] += share * weight * j[a] * j[b];
                        }
                    }
                }
            }
        }
        self.unit.chain_rule(z, &mut found);
        for i in 0..n {
            self.prior.add(&mut found, i, &column(z, n, i));
            let finite = found
                .gradient
                .iter()
                .chain(&found.jtj)
                .skip(i)
                .step_by(n)
                .chain([&found.loss[i]])
                .all(|x| x.is_finite());
            if !finite {
                found.loss[i] = f64::INFINITY;
            }
        }
        Ok(found)
    }
}
