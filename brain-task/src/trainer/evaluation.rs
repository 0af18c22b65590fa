//! This module scores trials that are not trained on.

use super::{Trainer, scalar};
use crate::TrainError;
use crate::run::RunOutput;
use crate::task::{Batch, Trial};

/// Scores of trials that were not trained on.
#[derive(Clone, Debug, Default)]
pub struct TrialScores {
    /// The mean loss.
    pub loss: f64,
    /// The share of right answers.
    pub accuracy: f64,
    /// The number of trials.
    pub trials: usize,
    /// The mean rate of each population, Hz.
    pub rates: Vec<(String, f64)>,
    /// The score of each trial.
    pub each: Vec<Scored>,
}

/// The score of one trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The evidence, and the answer that it spoke for; see [`Trial::psychometric`].
    pub psychometric: f64,
    /// The answer.
    pub answer: f64,
    /// Whether it is right.
    pub right: bool,
}

impl Trainer {
    /// Scores `trials` held-out trials; further trials of the last batch are left out.
    pub fn evaluate(&self, trials: usize) -> Result<TrialScores, TrainError> {
        self.score(trials, |index| self.held_out(index))
    }

    /// Scores `trials` trials of those by which the best weights are chosen.
    pub fn validate(&self, trials: usize) -> Result<TrialScores, TrainError> {
        self.score(trials, |index| self.validation(index)).map_err(|e| e.diverged(self.batches() + 1))
    }

    fn score(&self, trials: usize, draw: impl Fn(u64) -> Batch) -> Result<TrialScores, TrainError> {
        let (mut found, mut batches) = (TrialScores::default(), 0.0);
        while found.each.len() < trials {
            let batch = draw(batches as u64);
            let output = self.run(&batch.inputs, None)?;
            found.each.extend(self.scored(&batch, &output)?);
            found.loss += scalar(&self.loss.value(&output.readout, &self.targets(&batch)?)?)?;
            let rates = self.rates(&output)?;
            match found.rates.is_empty() {
                true => found.rates = rates,
                false => found.rates.iter_mut().zip(rates).for_each(|(sum, (_, r))| sum.1 += r),
            }
            batches += 1.0;
        }
        found.each.truncate(trials);
        found.trials = found.each.len();
        found.accuracy = found.each.iter().filter(|s| s.right).count() as f64 / found.trials.max(1) as f64;
        found.loss /= f64::max(batches, 1.0);
        found.rates.iter_mut().for_each(|(_, r)| *r /= batches);
        Ok(found)
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
