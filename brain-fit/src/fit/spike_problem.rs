//! The least-squares problem of spike times.
//!
//! The times of the free-running model's spikes (see [`spike_times`](super::spike_times)) are compared with the recorded
//! ones by a robust cost. Beside them stand a weak pull on the potential above threshold at the recorded spikes, where the
//! model has a spike-forced form that says it; the potential before the first spike, where it does not; and what is known
//! beforehand of the coordinates. The Jacobian of the spike times is taken by central differences, all of them extra
//! columns of one scan: steps must be wide enough for the reset, which happens on the grid, not to show.

use super::FitError;
use super::columns::{column, columns, from_columns};
use super::coordinates::Coordinates;
use super::potential::EarlyPotential;
use super::prior::{Prior, Priors};
use super::simulate::Simulator;
use super::spike_times::{Residuals, Slopes, SpikeTimes, ordinals, spike_time_residuals};
use super::sweep::FitSweep;
use super::traces::substeps;
use brain_core::optim::{Evaluation, packed};

/// Residual beyond which the cost grows linearly, in expected errors.
const ROBUST: f64 = 20.0;

/// Steps of a sample, at least, in runs that tell how well spike times determine what is fitted.
pub const FINER: f64 = 16.0;

/// Half the distance of central differences, as a part of the width of the bounds.
pub const DIFFERENCE: f64 = 1.0 / 500.0;

/// The distances that an optimiser moves along one coordinate.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Half the distance of the central differences.
    pub difference: f64,
    /// Longest step that is tried.
    pub longest: f64,
}

/// A residual of a sweep with its derivatives.
#[derive(Clone, Debug)]
pub struct SpikeRow {
    /// The residual, in units of the expected error.
    pub r: f64,
    /// Its weight.
    pub weight: f64,
    /// Variance that it has because spikes are known to a sample only, and those of some models to a step.
    pub rounding: f64,
    /// Its derivatives w.r.t. the coordinates.
    pub slopes: Vec<f64>,
}

/// Some parameters of a model, to be found from the times of its spikes.
pub struct SpikeProblem<'a> {
    /// The free-running model.
    pub free: Simulator,
    /// The model with the recorded spikes given, for the potential above threshold at them.
    pub forced: Option<Simulator>,
    /// The recorded sweeps.
    pub sweeps: &'a [FitSweep],
    /// All parameters of the model, of which those in `coordinates` are replaced.
    pub fixed: Vec<f64>,
    /// What is fitted.
    pub coordinates: Coordinates,
    /// How far the optimiser moves along each coordinate.
    pub reach: Vec<Reach>,
    /// What is known of the coordinates before.
    pub priors: Priors,
    /// Longest step of the free run, ms.
    pub dt: f64,
    /// Expected error of the model's spike times, as a fraction.
    pub timing_error: f64,
    /// Weight of the potential above threshold at recorded spikes, 1/mV2.
    pub margin_weight: f64,
    /// The potential before the first spike, which a model without a spike-forced form is also fitted to.
    pub potential: Option<EarlyPotential>,
}

/// Cost of each column, with what the free runs did: `[sweep][column]`.
type Cost = (Vec<f64>, Vec<Vec<SpikeTimes>>);

impl SpikeProblem<'_> {
    /// Gives all model parameters, `[parameter, column]`, at `[coordinate, column]`.
    pub fn params(&self, z: &[f64]) -> Vec<f64> {
        self.coordinates.params(&self.fixed, z)
    }

    /// Priors beside the residuals of spike times on some sweeps.
    pub fn priors(list: Vec<Prior>, sweeps: &[FitSweep]) -> Priors {
        let residuals = |s: &FitSweep| if s.spikes.is_empty() { 1 } else { ordinals(s.spikes.len()).len() };
        Priors { list, samples: sweeps.iter().map(residuals).sum::<usize>() as f64 }
    }

    /// Recorded spikes are known to be late by this much on average, relative to those of the model, ms: each is the
    /// sample after a crossing, and a model without a threshold among its outputs has its own at the end of a step.
    fn delay(&self, sweep: &FitSweep) -> f64 {
        (sweep.dt - self.rounding(sweep)) / 2.0
    }

    /// Times of the model's own spikes are rounded to this, ms: to nothing where the model says how far it is from
    /// threshold.
    fn rounding(&self, sweep: &FitSweep) -> f64 {
        match self.free.margin() {
            Some(_) => 0.0,
            None => sweep.dt / substeps(sweep.dt, self.dt) as f64,
        }
    }

    fn margins(&self, sweep: &FitSweep, params: &[f64]) -> Result<Vec<f64>, FitError> {
        self.forced.as_ref().map_or(Ok(Vec::new()), |forced| forced.margins(sweep, params))
    }

    /// Gives the weight of a squared margin at one of a sweep's spikes.
    fn pull(&self, sweep: &FitSweep, share: f64) -> f64 {
        self.margin_weight * share / sweep.answers().len().max(1) as f64
    }

    /// Computes the cost `[column]` at `[coordinate, column]`, with what the free runs did.
    pub fn cost(&self, z: &[f64]) -> Result<Cost, FitError> {
        let n = z.len() / self.coordinates.len();
        let params = self.params(z);
        let mut cost = vec![0.0; n];
        let mut runs = Vec::new();
        let share = 1.0 / self.sweeps.len() as f64;
        for s in self.sweeps {
            let run = self.free.spike_times(s, &params, self.dt)?;
            let margin = self.margins(s, &params)?;
            let pull = self.pull(s, share);
            for i in 0..n {
                for r in self.residuals(s, &run[i], None).r {
                    let r = r * share.sqrt() / ROBUST;
                    cost[i] += 2.0 * ROBUST * ROBUST * ((1.0 + r * r).sqrt() - 1.0);
                }
                cost[i] += margin.iter().skip(i).step_by(n).map(|m| pull * m * m).sum::<f64>();
            }
            runs.push(run);
        }
        if let Some(potential) = &self.potential {
            cost.iter_mut().zip(potential.cost(&self.free, &params)?).for_each(|(cost, distance)| *cost += distance);
        }
        for (i, cost) in cost.iter_mut().enumerate() {
            *cost *= self.priors.factor(z, n, i);
        }
        Ok((cost, runs))
    }

    /// Computes the cost at `[coordinate, column]`; and where it is below `best` and no step from `from` is too long, gradient and
    /// curvature.
    pub fn evaluate(&self, z: &[f64], from: &[f64], best: &[f64]) -> Result<Evaluation, FitError> {
        let k = self.coordinates.len();
        let m = z.len() / k;
        let near = |i: usize| (0..k).all(|a| (z[a * m + i] - from[a * m + i]).abs() <= self.reach[a].longest);
        let tried: Vec<usize> = (0..m).filter(|&i| near(i)).collect();
        let pairs = k * (k + 1) / 2;
        let mut found =
            Evaluation { loss: vec![f64::INFINITY; m], gradient: vec![0.0; k * m], jtj: vec![0.0; pairs * m] };
        if tried.is_empty() {
            return Ok(found);
        }
        let centres = columns(z, m, &tried);
        let (cost, runs) = self.cost(&centres)?;
        tried.iter().zip(&cost).for_each(|(&i, &c)| found.loss[i] = c);
        let better: Vec<usize> = (0..tried.len()).filter(|&j| cost[j] < best[tried[j]]).collect();
        if better.is_empty() {
            return Ok(found);
        }
        // Columns: for each better one, plus and minus along every coordinate.
        let mut moved = Vec::new();
        for &j in &better {
            let at = column(z, m, tried[j]);
            for (a, reach) in self.reach.iter().enumerate() {
                for h in [reach.difference, -reach.difference] {
                    let mut z = at.clone();
                    z[a] += h;
                    moved.push(z);
                }
            }
        }
        let n = moved.len();
        let params = self.params(&from_columns(&moved));
        let share = 1.0 / self.sweeps.len() as f64;
        let differences: Vec<f64> = self.reach.iter().map(|reach| reach.difference).collect();
        for (s, centre) in self.sweeps.iter().zip(&runs) {
            let around = self.free.spike_times(s, &params, self.dt)?;
            let margin_around = self.margins(s, &params)?;
            let margin = self.margins(s, &self.params(&centres))?;
            let pull = self.pull(s, share);
            for (b, &j) in better.iter().enumerate() {
                let i = tried[j];
                let (times, largest) = slopes(&centre[j], &around[b * 2 * k..(b + 1) * 2 * k], &differences);
                let slopes = Slopes { k, times: &times, margin: &largest };
                let res = self.residuals(s, &centre[j], Some(slopes));
                for (r, j) in res.r.iter().zip(res.j.chunks(k)) {
                    let r = r * share.sqrt();
                    let weight = share / (1.0 + (r / ROBUST).powi(2)).sqrt();
                    add(&mut found, i, weight, r / share.sqrt(), j);
                }
                for (spike, margins) in margin.chunks(tried.len()).enumerate() {
                    let at = |a: usize, side: usize| margin_around[spike * n + b * 2 * k + 2 * a + side];
                    let slope: Vec<f64> =
                        (0..k).map(|a| (at(a, 0) - at(a, 1)) / (2.0 * self.reach[a].difference)).collect();
                    add(&mut found, i, pull, margins[j], &slope);
                }
            }
        }
        if let Some(potential) = &self.potential {
            let stencil = |(b, &j): (usize, &usize)| {
                std::iter::once(column(z, m, tried[j])).chain(moved[b * 2 * k..(b + 1) * 2 * k].iter().cloned())
            };
            let stencils: Vec<Vec<f64>> = better.iter().enumerate().flat_map(stencil).collect();
            let of = potential.normal(&self.free, &self.params(&from_columns(&stencils)), &differences)?;
            for (b, &j) in better.iter().enumerate() {
                let (i, n) = (tried[j], better.len());
                (0..k).for_each(|a| found.gradient[a * m + i] += of.gradient[a * n + b]);
                (0..pairs).for_each(|p| found.jtj[p * m + i] += of.jtj[p * n + b]);
            }
        }
        for &j in &better {
            let i = tried[j];
            found.loss[i] /= self.priors.factor(z, m, i);
            self.priors.apply(&mut found, i, z);
        }
        Ok(found)
    }

    fn residuals(&self, sweep: &FitSweep, run: &SpikeTimes, slopes: Option<Slopes>) -> Residuals {
        spike_time_residuals(sweep, run, self.delay(sweep), self.timing_error, slopes)
    }

    /// Computes the residuals of every sweep at one place `z` `[coordinate]`, with their derivatives along some directions:
    /// `[sweep][residual]`. Differences are as far to either side as each direction `[coordinate]` is long, and derivatives are for one such
    /// length. They are taken of runs with steps so short that the reset, which happens on the grid of steps, hardly shows.
    /// The potential before the first spike is not among them.
    pub fn rows(&self, z: &[f64], along: &[Vec<f64>]) -> Result<Vec<Vec<SpikeRow>>, FitError> {
        let k = along.len();
        let centre = self.params(z);
        let mut moved = Vec::new();
        for direction in along {
            for side in [1.0, -1.0] {
                moved.push(z.iter().zip(direction).map(|(z, d)| z + side * d).collect());
            }
        }
        let n = moved.len();
        let params = self.params(&from_columns(&moved));
        let share = 1.0 / self.sweeps.len() as f64;
        let mut found = Vec::new();
        for s in self.sweeps {
            let run = self.free.spike_times(s, &centre, self.dt)?.remove(0);
            let around = self.free.spike_times(s, &params, s.dt / FINER)?;
            let (times, largest) = slopes(&run, &around, &vec![1.0; k]);
            let res = self.residuals(s, &run, Some(Slopes { k, times: &times, margin: &largest }));
            let sample = (s.dt.powi(2) + self.rounding(s).powi(2)) / 12.0;
            let row = |((&r, slopes), per_ms): ((&f64, &[f64]), &f64)| SpikeRow {
                r,
                weight: share / (1.0 + share * (r / ROBUST).powi(2)).sqrt(),
                rounding: per_ms * per_ms * sample,
                slopes: slopes.to_vec(),
            };
            let mut rows: Vec<SpikeRow> = res.r.iter().zip(res.j.chunks(k.max(1))).zip(&res.per_ms).map(row).collect();
            for (r, margins) in self.margins(s, &centre)?.into_iter().zip(self.margins(s, &params)?.chunks(n.max(1))) {
                let slopes = margins.chunks(2).map(|sides| (sides[0] - sides[1]) / 2.0).collect();
                rows.push(SpikeRow { r, weight: self.pull(s, share), rounding: 0.0, slopes });
            }
            found.push(rows);
        }
        Ok(found)
    }
}

/// Computes central differences of spike times `[spike, coordinate]` and of the largest margin `[coordinate]`, over some
/// distances to either side; spikes that one side lacks move like the last.
fn slopes(centre: &SpikeTimes, around: &[SpikeTimes], distances: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let k = distances.len();
    let mut times = vec![0.0; centre.times.len() * k];
    let mut margin = vec![0.0; k];
    for (a, distance) in distances.iter().enumerate() {
        let (plus, minus, h) = (&around[2 * a], &around[2 * a + 1], 2.0 * distance);
        margin[a] = (plus.largest_margin - minus.largest_margin) / h;
        let mut last = 0.0;
        for spike in 0..centre.times.len() {
            if let (Some(p), Some(m)) = (plus.times.get(spike), minus.times.get(spike)) {
                last = (p - m) / h;
            }
            times[spike * k + a] = last;
        }
    }
    (times, margin)
}

/// Adds a residual of some weight to gradient and curvature of column `i`.
fn add(to: &mut Evaluation, i: usize, weight: f64, r: f64, j: &[f64]) {
    let (n, k) = (to.loss.len(), j.len());
    for a in 0..k {
        to.gradient[a * n + i] += weight * r * j[a];
        for b in a..k {
            to.jtj[packed(k, a, b) * n + i] += weight * j[a] * j[b];
        }
    }
}
