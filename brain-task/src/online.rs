//! This module carries gradients forward with the run, so that memory does not grow with the length of a trial.

use crate::TrainError;
use crate::rule::Online;
use crate::run::{Constants, RunRequest};
use crate::wiring::Wiring;
use brain_core::Divergence;
use brain_core::loss::{StepLoss, StepTarget, Targets};
use candle_core::{DType, WithDType};
use kernels::network::bptt::{Drive, Failure, Raster, RunInputs};
use kernels::network::online::{BLOCK, Learned, Learning, LossFunction, OnlineSummary, online};
use kernels::{Level, Precision};
use std::ops::Range;
use std::sync::Mutex;

/// A run gives a gradient and more.
pub struct OnlineGradient<F> {
    /// This is the gradient w.r.t. the weights of the circuit, `[synapse]`.
    pub gradient: Vec<F>,
    /// Each trial has this readout, `[window, output]`.
    pub readout: Vec<Vec<f32>>,
    /// The summary has the loss, the spikes of each neuron of each population, summed over the batch, and the memory
    /// that the run took.
    pub summary: OnlineSummary,
}

/// The loss of the readout in the window is computed step by step, and the readout is kept.
pub struct OnlineLoss<'a> {
    loss: &'a dyn StepLoss,
    targets: HostTargets,
    window: Range<usize>,
    batch: usize,
    outputs: usize,
    trials: Vec<Mutex<Readout>>,
}

/// The targets of a batch are in the host's memory.
enum HostTargets {
    /// Each trial has this class.
    Classes(Vec<u32>),
    /// The outputs should have these values, `[window, trial, output]`.
    Values(Vec<f64>),
}

/// The readout of one trial is kept for all steps of the window, and for the last step in double precision, with its
/// gradient.
struct Readout {
    said: Vec<f32>,
    now: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'a> OnlineLoss<'a> {
    /// Makes the loss of a batch with these targets.
    pub fn new(loss: &'a dyn StepLoss, targets: &Targets, request: &RunRequest) -> candle_core::Result<Self> {
        let targets = match targets {
            Targets::Classes(classes) => HostTargets::Classes(classes.to_vec1()?),
            Targets::Values(values) => HostTargets::Values(values.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?),
        };
        let zeros = || vec![0.0; request.outputs];
        let trial = |_| Mutex::new(Readout { said: vec![], now: zeros(), gradient: zeros() });
        let trials = (0..request.batch).map(trial).collect();
        let (window, batch, outputs) = (request.window.clone(), request.batch, request.outputs);
        Ok(Self { loss, targets, window, batch, outputs, trials })
    }
}

impl<F: Precision> LossFunction<F> for OnlineLoss<'_> {
    fn loss(&self, b: usize, t: usize, readout: &[F], gradient: &mut [F]) -> f64 {
        if !self.window.contains(&t) {
            return 0.0;
        }
        // No other thread has this trial, so nobody waits for the lock.
        let mut trial = self.trials[b].lock().unwrap_or_else(|e| e.into_inner());
        let Readout { said, now, gradient: by } = &mut *trial;
        now.iter_mut().zip(readout).for_each(|(to, x)| *to = x.to());
        said.extend(now.iter().map(|x| *x as f32));
        let target = match &self.targets {
            HostTargets::Classes(classes) => StepTarget::Class(classes[b] as usize),
            HostTargets::Values(values) => {
                let at = ((t - self.window.start) * self.batch + b) * self.outputs;
                StepTarget::Values(&values[at..at + self.outputs])
            }
        };
        let value = self.loss.step(now, target, by);
        let all = (self.window.len() * self.batch) as f64;
        gradient.iter_mut().zip(by).for_each(|(to, x)| *to = F::of(*x / all));
        value / all
    }
}

/// Runs a batch and computes the gradient on the way.
pub fn learn<F: Precision + WithDType>(
    wiring: &Wiring,
    constants: &Constants,
    request: &RunRequest,
    weights: &[F],
    spikes: &Raster,
    loss: OnlineLoss,
    rule: &Online,
) -> Result<OnlineGradient<F>, TrainError> {
    let groups = wiring.circuit.populations().len();
    let own = |k| if k == wiring.input { spikes.clone() } else { Raster::default() };
    let (start, params) = (constants.starts::<F>()?, constants.parameters::<F>()?);
    let rasters: Vec<Raster> = (0..groups).map(own).collect();
    let inputs = RunInputs {
        steps: request.steps,
        batch: request.batch,
        start: &start,
        params: &params,
        weights,
        drive: &[],
        drives: &vec![Drive::default(); groups],
        spikes: &rasters,
        record: &vec![vec![]; groups],
        feedback: &[],
        level: Level::best(),
    };
    let mut gradient = vec![F::default(); weights.len()];
    let out = Learned { weights: &mut gradient, counts: &mut [] };
    let learning = Learning { rule: &*rule.rule, horizon: rule.horizon, block: BLOCK };
    let summary = online(&wiring.circuit, &inputs, &learning, &loss, out).map_err(|e| match e {
        Failure::Invalid(e) => TrainError::Invalid(e),
        Failure::NotFinite(what) => TrainError::Candle(Divergence::Network(what).into()),
    })?;
    let said = |trial: Mutex<Readout>| trial.into_inner().unwrap_or_else(|e| e.into_inner()).said;
    let readout = loss.trials.into_iter().map(said).collect();
    Ok(OnlineGradient { gradient, readout, summary })
}
