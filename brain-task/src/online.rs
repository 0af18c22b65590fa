//! Gradients carried forward with the run: memory does not grow with the length of a trial.

use crate::TrainError;
use crate::objective::Wanted;
use crate::run::{Constants, Question};
use crate::wiring::Wiring;
use kernels::Level;
use kernels::Precision;
use kernels::network::bptt::{Drive, Failure, Raster, RunInputs};
use kernels::network::online::{Learned, Learning, Summary, Teacher, online};
use std::ops::Range;
use std::sync::Mutex;

/// What a run gave.
pub struct Found<F> {
    /// Gradient by the weights of the circuit.
    pub gradient: Vec<F>,
    /// Mean loss.
    pub loss: f64,
    /// Readout of each trial, `[window, output]`.
    pub readout: Vec<Vec<f32>>,
    /// Spikes of each population, by neuron, summed over the batch; and what memory it took.
    pub summary: Summary,
}

/// Knows what the readout should be in the window, and remembers what it was.
struct Judge<'a> {
    wanted: &'a Wanted,
    window: Range<usize>,
    batch: usize,
    outputs: usize,
    said: Vec<Mutex<Vec<f32>>>,
}

impl<F: Precision> Teacher<F> for Judge<'_> {
    fn loss(&self, b: usize, t: usize, readout: &[F], bar: &mut [F]) -> f64 {
        if !self.window.contains(&t) {
            return 0.0;
        }
        let r: Vec<f64> = readout.iter().map(|x| x.to()).collect();
        let mut said = self.said[b].lock().unwrap_or_else(|e| e.into_inner());
        said.extend(r.iter().map(|x| *x as f32));
        drop(said);
        let all = (self.window.len() * self.batch) as f64;
        match self.wanted {
            Wanted::Classes(classes) => {
                let most = r.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = r.iter().map(|x| (x - most).exp()).sum();
                let class = classes[b] as usize;
                for (k, (bar, x)) in bar.iter_mut().zip(&r).enumerate() {
                    let p = (x - most).exp() / sum;
                    *bar = F::of((p - if k == class { 1.0 } else { 0.0 }) / all);
                }
                (sum.ln() + most - r[class]) / all
            }
            Wanted::Values(values) => {
                let at = ((t - self.window.start) * self.batch + b) * self.outputs;
                let all = all * self.outputs as f64;
                let mut loss = 0.0;
                for ((bar, x), target) in bar.iter_mut().zip(&r).zip(&values[at..at + self.outputs]) {
                    let away = x - f64::from(*target);
                    *bar = F::of(2.0 * away / all);
                    loss += away * away / all;
                }
                loss
            }
        }
    }
}

/// Runs a batch and learns on the way.
pub fn learn<F: Precision>(
    wiring: &Wiring,
    constants: &Constants,
    question: &Question,
    weights: &[F],
    spikes: &Raster,
    wanted: &Wanted,
    learning: &Learning<F>,
) -> Result<Found<F>, TrainError> {
    let groups = wiring.circuit.populations().len();
    let own = |k| if k == wiring.input { spikes.clone() } else { Raster::default() };
    let (start, params) = (constants.starts::<F>(wiring), constants.parameters::<F>(wiring));
    let rasters: Vec<Raster> = (0..groups).map(own).collect();
    let inputs = RunInputs {
        steps: question.steps,
        batch: question.batch,
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
    let judge = Judge {
        wanted,
        window: question.window.clone(),
        batch: question.batch,
        outputs: question.outputs,
        said: (0..question.batch).map(|_| Mutex::new(vec![])).collect(),
    };
    let mut gradient = vec![F::default(); weights.len()];
    let out = Learned { weights: &mut gradient, counts: &mut [] };
    let summary = online(&wiring.circuit, &inputs, learning, &judge, out).map_err(|e| match e {
        Failure::Invalid(e) => TrainError::Invalid(e),
        other => TrainError::Candle(candle_core::Error::wrap(other)),
    })?;
    let readout = judge.said.into_iter().map(|s| s.into_inner().unwrap_or_else(|e| e.into_inner())).collect();
    Ok(Found { gradient, loss: summary.loss, readout, summary })
}
