//! A [`Validation`] keeps the best weights so far, by trials that are neither trained on nor reported.
//!
//! Training is unsteady, so the last weights need not be the best. The weights that score best are kept beside them.
//! Their reported score is from other trials again, for the best of many scores is too good.

use crate::{LearntWeights, TrainError, TrialScores};
use brain_core::checkpoint::{Array, Checkpoint};
use candle_core::Tensor;

/// Checkpoints have the scores under this name: batch, share of right answers, loss.
const SCORES: &str = "history/validation";
/// The names of the best weights in checkpoints have this prefix.
const BEST: &str = "best";

/// A validation has this result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// This many batches were done.
    pub batch: u64,
    /// This share of the answers is right.
    pub accuracy: f64,
    /// The trials have this mean loss.
    pub loss: f64,
}

impl Score {
    /// Returns whether this score has more right answers than another, or as many and a lower loss.
    pub fn beats(&self, other: &Self) -> bool {
        self.accuracy > other.accuracy || self.accuracy == other.accuracy && self.loss < other.loss
    }
}

/// All validations of a training are kept, with the weights of the best.
#[derive(Clone, Debug, Default)]
pub struct Validation {
    scores: Vec<Score>,
    best: Option<(usize, Vec<Tensor>)>,
}

impl Validation {
    /// Adds the score of the weights after `batch` batches, and keeps the weights if it is better than all before.
    pub fn add(&mut self, batch: u64, found: &TrialScores, weights: &LearntWeights) -> Result<Score, TrainError> {
        let score = Score { batch, accuracy: found.accuracy, loss: found.loss };
        if self.best().is_none_or(|best| score.beats(best)) {
            self.best = Some((self.scores.len(), weights.snapshot()?));
        }
        self.scores.push(score);
        Ok(score)
    }

    /// Returns all scores, in their order.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// Returns the best score.
    pub fn best(&self) -> Option<&Score> {
        self.best.as_ref().map(|(at, _)| &self.scores[*at])
    }

    /// Returns how many validations came after the best one.
    pub fn since(&self) -> u64 {
        self.best.as_ref().map_or(0, |(at, _)| (self.scores.len() - 1 - at) as u64)
    }

    /// Sets the weights to the best ones, where there are any.
    pub fn recall(&self, weights: &LearntWeights) -> Result<(), TrainError> {
        Ok(self.best.as_ref().map_or(Ok(()), |(_, best)| weights.set(best))?)
    }

    /// Adds everything to a checkpoint.
    pub fn save(&self, checkpoint: &mut Checkpoint, weights: &LearntWeights) -> Result<(), TrainError> {
        let rows: Vec<f64> = self.scores.iter().flat_map(|s| [s.batch as f64, s.accuracy, s.loss]).collect();
        checkpoint.insert(SCORES, Array::new(vec![self.scores.len(), 3], rows)?);
        for ((name, _), best) in weights.named().iter().zip(self.best.iter().flat_map(|(_, best)| best)) {
            checkpoint.insert(format!("{BEST}/{name}"), Array::from_tensor(best)?);
        }
        Ok(())
    }

    /// Takes everything out of a checkpoint.
    pub fn restore(checkpoint: &mut Checkpoint, weights: &LearntWeights) -> Result<Self, TrainError> {
        let rows = checkpoint.get(SCORES).and_then(|a| a.shape().first().copied()).unwrap_or_default();
        let rows = checkpoint.take::<f64>(SCORES, &[rows, 3])?;
        let score = |r: &[f64]| Score { batch: r[0] as u64, accuracy: r[1], loss: r[2] };
        let scores: Vec<Score> = rows.chunks_exact(3).map(score).collect();
        let at = (0..scores.len()).reduce(|best, k| if scores[k].beats(&scores[best]) { k } else { best });
        let best = at.map(|at| Ok::<_, TrainError>((at, weights.taken(checkpoint, BEST)?))).transpose()?;
        Ok(Self { scores, best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Magnitude;
    use crate::wiring::Learnt;
    use candle_core::{DType, Device};

    #[test]
    fn the_best_weights_are_kept_and_survive_a_checkpoint() {
        let learnt =
            Learnt { name: "readout/E".into(), range: 0..2, initial: vec![0.0; 2], factor: None, plastic: None };
        let weights = LearntWeights::new(&[learnt], Magnitude::Absolute, &Device::Cpu, DType::F32).unwrap();
        let (_, free) = weights.named().remove(0);
        let mut validation = Validation::default();
        assert!(validation.best().is_none() && validation.since() == 0);
        // The third is as often right as the second and more sure of it; the last is less often right.
        let all = [(0.5, 0.7), (0.75, 0.4), (0.75, 0.3), (0.75, 0.3), (0.625, 0.2), (f64::NAN, f64::NAN)];
        for (k, (accuracy, loss)) in all.into_iter().enumerate() {
            free.set(&Tensor::full(k as f32, 2, &Device::Cpu).unwrap()).unwrap();
            let found = TrialScores { accuracy, loss, ..TrialScores::default() };
            validation.add(10 * (k as u64 + 1), &found, &weights).unwrap();
        }
        let best = Score { batch: 30, accuracy: 0.75, loss: 0.3 };
        let mut checkpoint = Checkpoint::default();
        validation.save(&mut checkpoint, &weights).unwrap();
        let again = Validation::restore(&mut checkpoint, &weights).unwrap();
        checkpoint.finish().unwrap();
        for v in [&validation, &again] {
            assert_eq!((v.best(), v.since(), v.scores().len()), (Some(&best), 3, 6));
            assert_eq!(v.scores()[4], validation.scores()[4]);
            v.recall(&weights).unwrap();
            assert_eq!(weights.values().unwrap()[0].1, [2.0, 2.0]);
            free.set(&Tensor::full(9f32, 2, &Device::Cpu).unwrap()).unwrap();
        }
    }

    #[test]
    fn before_the_first_there_is_nothing_to_give_back() {
        let weights = LearntWeights::new(&[], Magnitude::Absolute, &Device::Cpu, DType::F32).unwrap();
        let mut checkpoint = Checkpoint::default();
        Validation::default().save(&mut checkpoint, &weights).unwrap();
        let again = Validation::restore(&mut checkpoint, &weights).unwrap();
        assert!(again.best().is_none() && again.scores().is_empty());
        again.recall(&weights).unwrap();
        checkpoint.finish().unwrap();
    }
}
