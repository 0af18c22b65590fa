//! This module computes the gradient of one batch, backwards or forwards in time.

use super::{BatchReport, Trainer, scalar};
use crate::TrainError;
use crate::online::{OnlineGradient, OnlineLoss, learn};
use crate::rule::Online;
use crate::task::{Batch, Inputs};
use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor, WithDType};
use kernels::Precision;
use kernels::network::Population;

impl Trainer {
    /// Computes the gradient of one batch w.r.t. the free numbers, by the learning rule, and reports on the batch.
    pub fn gradient(&self, batch: &Batch) -> Result<(GradStore, BatchReport), TrainError> {
        match (self.rule.online(), self.weights.dtype()) {
            (None, _) => self.backward(batch),
            (Some(online), DType::F64) => self.forward::<f64>(online, batch),
            (Some(online), _) => self.forward::<f32>(online, batch),
        }
    }

    /// Computes the loss of a batch, without regularisers.
    pub fn loss(&self, batch: &Batch) -> Result<f64, TrainError> {
        let output = self.run(batch, None)?;
        Ok(scalar(&self.loss.value(&output.readout, &self.targets(batch)?)?)?)
    }

    /// Computes the gradient by a rule that goes back after the run.
    fn backward(&self, batch: &Batch) -> Result<(GradStore, BatchReport), TrainError> {
        let output = self.run(batch, Some(self.rule.paths()))?;
        let loss = self.loss.value(&output.readout, &self.targets(batch)?)?;
        let right = self.scored(batch, &output)?.iter().filter(|s| s.right).count();
        let report = BatchReport {
            loss: scalar(&loss)?,
            accuracy: right as f64 / batch.size().max(1) as f64,
            norm: 0.0,
            rates: self.rates(&output)?,
        };
        let total = match self.regularisers.of_run(&output, self.seconds(), &self.weights)? {
            Some(more) => (loss + more)?,
            None => loss,
        };
        Ok((total.backward()?, report))
    }

    /// Computes the gradient by a rule that goes forward with the run.
    fn forward<F: Precision + WithDType>(
        &self,
        online: &Online,
        batch: &Batch,
    ) -> Result<(GradStore, BatchReport), TrainError> {
        let Inputs::Spikes(spikes) = &batch.inputs else {
            return Err(TrainError::Fit("a rule that goes forward takes spikes; set encoding to spikes".into()));
        };
        let Some(step) = self.loss.per_step() else {
            return Err(TrainError::Fit(format!("{} is no mean over steps", self.loss.name())));
        };
        let flat = self.weights.flat()?;
        let weights = flat.detach().to_vec1::<F>()?;
        let loss = OnlineLoss::new(step, &self.targets(batch)?, &self.request)?;
        let OnlineGradient { gradient, readout, summary } =
            learn(&self.wiring, &self.constants, &self.request, &weights, spikes, loss, online)?;
        let right = batch.trials.iter().zip(&readout);
        let right = right.filter(|(trial, out)| self.task.correct(trial, self.task.answer(trial, out))).count();
        let rate = |(g, spikes): (&Population, &Vec<u64>)| {
            let per = (g.neurons * batch.size()).max(1) as f64 * self.seconds();
            (g.name.clone(), spikes.iter().sum::<u64>() as f64 / per)
        };
        let cells = self.wiring.circuit.populations().iter().zip(&summary.spikes).enumerate();
        let cells = cells.filter(|(k, (g, _))| g.cell().is_some() && Some(*k) != self.wiring.readout());
        let report = BatchReport {
            loss: summary.loss,
            accuracy: right as f64 / batch.size().max(1) as f64,
            norm: 0.0,
            rates: cells.map(|(_, one)| rate(one)).collect(),
        };
        // From weights to free numbers, and for the regularisers, candle goes back, as for all rules.
        let gradient = Tensor::from_vec(gradient, flat.dims(), flat.device())?;
        let mut total = (flat * gradient)?.sum_all()?;
        if let Some(more) = self.regularisers.of_weights(&self.weights)? {
            total = (total + more)?;
        }
        Ok((total.backward()?, report))
    }
}
