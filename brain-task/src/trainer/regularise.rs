//! Regularisers are added to the loss.

use crate::config::RegulariseConfig;
use crate::run::RunOutput;
use crate::{LearntWeights, TrainError};
use candle_core::Tensor;

/// A training has these regularisers; those of strength 0 are left out.
pub(super) struct Regularisers(pub(super) RegulariseConfig);

impl Regularisers {
    /// Returns the sum of all regularisers, for a run whose trials last `seconds`; `None` where there is none.
    pub(super) fn of_run(
        &self,
        output: &RunOutput,
        seconds: f64,
        weights: &LearntWeights,
    ) -> Result<Option<Tensor>, TrainError> {
        let RegulariseConfig { rate, rate_target, voltage, .. } = self.0;
        let mut terms = vec![];
        if rate != 0.0 {
            let counts: Vec<_> = output.counts.iter().map(|(_, c)| c.clone()).collect();
            let rates = Tensor::cat(&counts, 1)?.mean(0)?.affine(1.0 / seconds, -rate_target)?;
            terms.push(rates.affine(0.1, 0.0)?.sqr()?.mean_all()?.affine(rate, 0.0)?);
        }
        if voltage != 0.0 {
            terms.push(Tensor::cat(&output.voltage, 1)?.mean_all()?.affine(voltage, 0.0)?);
        }
        terms.extend(self.terms_of_weights(weights)?);
        sum(terms)
    }

    /// Returns the sum of the regularisers that need no run; `None` where there is none.
    pub(super) fn of_weights(&self, weights: &LearntWeights) -> Result<Option<Tensor>, TrainError> {
        sum(self.terms_of_weights(weights)?)
    }

    fn terms_of_weights(&self, weights: &LearntWeights) -> Result<Vec<Tensor>, TrainError> {
        let mut terms = vec![];
        for (strength, square) in [(self.0.l1, false), (self.0.l2, true)].into_iter().filter(|(s, _)| *s != 0.0) {
            for (_, w) in weights.magnitudes()? {
                let w = if square { w.sqr()? } else { w };
                terms.push(w.sum_all()?.affine(strength, 0.0)?);
            }
        }
        Ok(terms)
    }
}

fn sum(terms: Vec<Tensor>) -> Result<Option<Tensor>, TrainError> {
    let add = |a: Option<Tensor>, b: Tensor| Ok(Some(if let Some(a) = a { (a + b)? } else { b }));
    terms.into_iter().try_fold(None, add)
}
