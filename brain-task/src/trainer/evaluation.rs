//! This module scores trials that are not trained on.

use super::{Trainer, scalar};
use crate::TrainError;
use crate::run::RunOutput;
use crate::task::{Batch, Trial};
use candle_core::{DType, Device, Tensor};
use std::ops::Range;

/// Trials that are not trained on have these scores.
#[derive(Clone, Debug, Default)]
pub struct TrialScores {
    /// The trials have this mean loss.
    pub loss: f64,
    /// This share of the answers is right.
    pub accuracy: f64,
    /// There are this many trials.
    pub trials: usize,
    /// Each population has this mean rate, Hz.
    pub rates: Vec<(String, f64)>,
    /// Each trial has this score.
    pub each: Vec<Scored>,
}

/// One trial is scored like this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// This was the evidence, and the answer that it spoke for; see [`Trial::psychometric`].
    pub psychometric: f64,
    /// The network gave this answer.
    pub answer: f64,
    /// The answer is right where this is true.
    pub right: bool,
}

impl Trainer {
    /// Scores the first `trials` held-out trials. The score does not depend on the size of the batches.
    pub fn evaluate(&self, trials: usize) -> Result<TrialScores, TrainError> {
        self.score(trials, |numbers| self.held_out(numbers))
    }

    /// Scores the first `trials` trials of those by which the best weights are chosen.
    pub fn validate(&self, trials: usize) -> Result<TrialScores, TrainError> {
        self.score(trials, |numbers| self.validation(numbers)).map_err(|e| e.diverged(self.batches() + 1))
    }

    /// Scores trials, as many at a time as a batch has. Losses and spikes are summed trial by trial, in the trials' order.
    fn score(&self, trials: usize, draw: impl Fn(Range<u64>) -> Batch) -> Result<TrialScores, TrainError> {
        let mut found = TrialScores::default();
        for first in (0..trials).step_by(self.batch_size()) {
            let batch = draw(first as u64..trials.min(first + self.batch_size()) as u64);
            let output = self.run(&batch, None)?;
            found.each.extend(self.scored(&batch, &output)?);
            let readout = output.readout.detach().to_device(&Device::Cpu)?;
            let targets = batch.targets(self.task.shape(), &Device::Cpu, readout.dtype())?;
            for b in 0..batch.size() {
                let own = readout.narrow(1, b, 1)?.contiguous()?;
                found.loss += scalar(&self.loss.value(&own, &targets.trial(b)?)?)?;
            }
            let spikes = self.spikes(&output)?;
            match found.rates.is_empty() {
                true => found.rates = spikes,
                false => found.rates.iter_mut().zip(spikes).for_each(|(sum, (_, n))| sum.1 += n),
            }
        }
        let count = trials.max(1) as f64;
        found.trials = trials;
        found.accuracy = found.each.iter().filter(|s| s.right).count() as f64 / count;
        found.loss /= count;
        found.rates.iter_mut().for_each(|(_, n)| *n /= count * self.seconds());
        Ok(found)
    }

    /// Returns the spikes of a neuron of each population in a run, averaged over neurons and summed over trials.
    fn spikes(&self, output: &RunOutput) -> Result<Vec<(String, f64)>, TrainError> {
        let groups = self.wiring.circuit.populations();
        let one = |(k, counts): &(usize, Tensor)| {
            // Counts are whole numbers, so their sum is exact in double precision, in any order.
            let all: Vec<f64> = counts.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?;
            Ok((groups[*k].name.clone(), all.iter().sum::<f64>() / groups[*k].neurons.max(1) as f64))
        };
        output.counts.iter().map(one).collect()
    }

    /// Returns the score of each trial of a batch.
    pub(super) fn scored(&self, batch: &Batch, output: &RunOutput) -> Result<Vec<Scored>, TrainError> {
        let score = |(trial, outputs): (&Trial, Vec<f32>)| {
            let answer = self.task.answer(trial, &outputs);
            Scored { psychometric: trial.psychometric, answer, right: self.task.correct(trial, answer) }
        };
        Ok(batch.trials.iter().zip(output.by_trial()?).map(score).collect())
    }
}
