//! The least-squares problem of a model that is pulled to the recorded potential.
//!
//! With `k (v_data - v)` added to the rate of its potential a model stays in phase with the recording, and a distance
//! between the two is smooth in the parameters (Toth et al. 2011, <https://doi.org/10.1007/s00422-011-0459-1>). The
//! coupling stays strong around recorded spikes and is weakened between them, where a strong one would forgive a
//! constant error of the current.

use super::FitError;
use super::columns::column;
use super::coordinates::Coordinates;
use super::free_run::problem::Prior;
use super::free_run::settled::settled;
use super::sweep::FitSweep;
use super::traces::substeps;
use brain_core::Model;
use brain_core::optim::Evaluation;
use kernels::{Level, Precision, Run, Series, Spread, SquaredDistance, Tangent};
use rayon::prelude::*;

/// Time before and after the onset that is compared, ms.
const COMPARED: (f64, f64) = (100.0, 1000.0);
/// The strong coupling holds for this long before and after a recorded spike, ms.
const STRONG: (f64, f64) = (1.0, 5.0);
/// Expected error of the potential, mV; and around spikes.
const ERROR: f64 = 1.0;
const SPIKE_ERROR: f64 = 6.0;
/// That error holds for this long before and after a recorded spike, ms.
const SPIKE: (f64, f64) = (1.5, 4.0);

/// The strength of the coupling, 1/ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// Around recorded spikes.
    pub spikes: f64,
    /// Elsewhere.
    pub between: f64,
}

/// The part of a sweep that is compared.
#[derive(Clone, Debug)]
struct Stretch {
    /// Sampling interval, ms.
    dt: f64,
    current: Vec<f64>,
    voltage: Vec<f64>,
    /// Times of the spikes, ms from the first sample.
    spikes: Vec<f64>,
}

impl Stretch {
    fn new(sweep: &FitSweep) -> Self {
        let at = |time: f64| ((time / sweep.dt).round().max(0.0) as usize).min(sweep.voltage.len());
        let range = at(sweep.onset - COMPARED.0)..at((sweep.onset + COMPARED.1).min(sweep.end));
        let from = range.start as f64 * sweep.dt;
        Self {
            dt: sweep.dt,
            current: sweep.current[range.clone()].to_vec(),
            voltage: sweep.voltage[range].to_vec(),
            spikes: sweep.times().into_iter().map(|t| t - from).collect(),
        }
    }

    /// Tells whether a time is near a recorded spike.
    fn near(&self, time: f64, (before, after): (f64, f64)) -> bool {
        self.spikes.iter().any(|s| (s - before..s + after).contains(&time))
    }
}

/// A run of the coupled model over a stretch.
#[derive(Clone, Debug)]
struct Driven {
    dt: f64,
    v0: f64,
    /// `[step, input]`.
    drive: Vec<f64>,
    target: Vec<f64>,
    weight: Vec<f64>,
}

/// The parameters of a model, to be found while it is coupled to recordings.
#[derive(Clone, Debug)]
pub struct CoupledProblem {
    /// The model with its coupling.
    model: Model,
    unit: Coordinates,
    fixed: Vec<f64>,
    prior: Prior,
    step: f64,
    single: bool,
    stretches: Vec<Stretch>,
    runs: Vec<Driven>,
    total: f64,
}

impl CoupledProblem {
    /// Makes the problem of the parameters in `unit` of a coupled model, without a coupling.
    pub fn new(
        model: Model,
        unit: Coordinates,
        fixed: Vec<f64>,
        sweeps: &[FitSweep],
        prior: Prior,
        step: f64,
        single: bool,
    ) -> Self {
        let stretches = sweeps.iter().map(Stretch::new).collect();
        Self { model, unit, fixed, prior, step, single, stretches, runs: Vec::new(), total: 1.0 }
    }

    /// Sets the strength of the coupling.
    pub fn couple(&mut self, strength: Strength) -> Result<(), FitError> {
        let inputs = self.model.input.len();
        let (k, data) = (self.model.input("k")?, self.model.input("v_data")?);
        let run = |s: &Stretch| {
            let per_sample = substeps(s.dt, self.step);
            let steps = (s.voltage.len() - 1) * per_sample;
            let mut run = Driven {
                dt: s.dt / per_sample as f64,
                v0: s.voltage[0],
                drive: vec![0.0; steps * inputs],
                target: vec![0.0; steps],
                weight: vec![0.0; steps],
            };
            for t in 0..steps {
                let (sample, part) = (t / per_sample, (t % per_sample) as f64);
                let middle = (part + 0.5) / per_sample as f64;
                let near = s.near(sample as f64 * s.dt, STRONG);
                let row = &mut run.drive[t * inputs..][..inputs];
                row[0] = s.current[sample];
                row[k] = if near { strength.spikes } else { strength.between };
                row[data] = s.voltage[sample] * (1.0 - middle) + s.voltage[sample + 1] * middle;
                if (t + 1) % per_sample == 0 {
                    let near = s.near((sample + 1) as f64 * s.dt, SPIKE);
                    run.target[t] = s.voltage[sample + 1];
                    run.weight[t] = if near { SPIKE_ERROR.powi(-2) } else { ERROR.powi(-2) };
                }
            }
            run
        };
        self.runs = self.stretches.iter().map(run).collect();
        self.total = self.runs.iter().flat_map(|r| &r.weight).sum::<f64>().max(1.0);
        Ok(())
    }

    /// Computes the mean weighted square, with gradient and curvature, of the columns of `z` `[coordinate, column]`.
    pub fn evaluate(&self, z: &[f64]) -> Result<Evaluation, FitError> {
        let n = z.len() / self.unit.len();
        let params = self.unit.params(&self.fixed, z);
        let evaluations = self.runs.par_iter().map(|run| match self.single {
            true => self.normal::<f32>(run, &params, n),
            false => self.normal::<f64>(run, &params, n),
        });
        let evaluations: Result<Vec<Evaluation>, kernels::Mismatch> = evaluations.collect();
        let evaluations = evaluations.map_err(candle_core::Error::wrap)?;
        let k = self.unit.len();
        let mut sum =
            Evaluation { loss: vec![0.0; n], gradient: vec![0.0; k * n], jtj: vec![0.0; k * (k + 1) / 2 * n] };
        for found in evaluations {
            let parts = [(&mut sum.loss, found.loss), (&mut sum.gradient, found.gradient), (&mut sum.jtj, found.jtj)];
            for (to, from) in parts {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from / self.total);
            }
        }
        self.unit.chain_rule(z, &mut sum);
        for i in 0..n {
            self.prior.add(&mut sum, i, &column(z, n, i));
            let finite =
                sum.gradient.iter().chain(&sum.jtj).skip(i).step_by(n).chain([&sum.loss[i]]).all(|x| x.is_finite());
            if !finite {
                sum.loss[i] = f64::INFINITY;
            }
        }
        Ok(sum)
    }

    fn normal<F: Precision>(&self, run: &Driven, params: &[f64], n: usize) -> Result<Evaluation, kernels::Mismatch> {
        let (cell, which) = (self.model.cell(), self.unit.rows());
        let rounded = |x: &[f64]| x.iter().map(|&x| F::of(x)).collect::<Vec<F>>();
        let start = settled(cell, params, &vec![run.v0; n], which)?;
        let (state, slopes) = (rounded(&start.state), rounded(&start.slopes));
        let [drive, target, weight, params] =
            [&run.drive, &run.target, &run.weight, params].map(|x: &[f64]| rounded(x));
        let shared = |data| Series { data, spread: Spread::Shared };
        let run = Run {
            dt: run.dt,
            steps: run.target.len(),
            batch: 1,
            neurons: n,
            start: &state,
            drive: shared(&drive),
            params: &params,
            level: Level::best(),
        };
        let k = which.len();
        let zeros = |rows: usize| vec![F::default(); rows * n];
        let (mut loss, mut gradient, mut curvature) = (zeros(1), zeros(k), zeros(k * (k + 1) / 2));
        let out = Tangent {
            objective: SquaredDistance { row: 0, target: shared(&target), weight: shared(&weight) },
            which,
            start: &slopes,
            loss: &mut loss,
            gradient: &mut gradient,
            curvature: &mut curvature,
        };
        cell.tangent(&run, out)?;
        let doubles = |x: Vec<F>| x.into_iter().map(Precision::to).collect();
        Ok(Evaluation { loss: doubles(loss), gradient: doubles(gradient), jtj: doubles(curvature) })
    }
}
