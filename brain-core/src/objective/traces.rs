//! An objective whose loss is not fused into the scan is found from the candidates' traces.

use super::{Candidates, Found, Normal, Objective, ObjectiveError, Result, Wanted};
use crate::{
    device::on_host,
    loss::{
        Targets,
        samples::{each_sample, squares_of_samples},
    },
    scan::Scan,
};
use candle_core::Tensor;

impl Objective {
    /// Computes the losses `[candidate]` from the traces; gradients flow.
    pub(super) fn losses_of_traces(&self, candidates: &Tensor) -> Result<Tensor> {
        let traces = self.traces(&self.lay_out(candidates)?)?;
        let (target, weight) = (Self::per_candidate(&self.target)?, Self::per_candidate(&self.weight)?);
        let Some(step) = self.loss.per_sample() else {
            let mask = (!self.weighs_all_alike()?).then_some(&weight);
            return Ok(self.loss.per_neuron(&traces, &Targets::Values(target), mask)?);
        };
        let each = each_sample(step, &traces, &target.broadcast_as(traces.shape())?)?.at(&traces)?;
        Ok(each.broadcast_mul(&weight)?.sum((0, 1))?)
    }

    /// Computes what [`normal`](Self::normal) gives: the squared errors whose weights follow the loss, fused.
    pub(super) fn normal_of_traces(&self, candidates: &Tensor) -> Result<Normal> {
        let laid_out = self.lay_out(&candidates.detach())?;
        let traces = self.traces(&laid_out)?;
        let target = Self::per_candidate(&self.target)?.broadcast_as(traces.shape())?;
        let none = || ObjectiveError::NoNormal { model: self.model.name, loss: self.loss.name() };
        let step = self.loss.per_sample().ok_or_else(none)?;
        let (each, squares) = squares_of_samples(self.loss.name(), step, &traces, &target)?;
        let weight = Self::per_candidate(&self.weight)?;
        let weighted = Objective { weight: squares.broadcast_mul(&weight)?, ..self.clone() };
        let Found { gradient, jtj, .. } = weighted.fused(&laid_out, Wanted::Normal)?;
        let loss = each.broadcast_mul(&weight)?.sum((0, 1))?;
        Normal::of(Found { loss, gradient, jtj }, laid_out.count)
    }

    /// Runs the candidates and gives the output that is compared, `[time, batch, candidate]`; gradients flow.
    fn traces(&self, candidates: &Candidates) -> candle_core::Result<Tensor> {
        let scan = Scan { cell: self.model.cell(), dt: self.dt, record: vec![self.output] };
        candidates.start.apply_op3(&self.drive.contiguous()?, &candidates.params, scan)?.squeeze(1)
    }

    /// Gives a series `[time]` or `[time, batch]` a last dimension for the candidates, and one for the batch.
    fn per_candidate(series: &Tensor) -> candle_core::Result<Tensor> {
        match series.rank() {
            1 => series.reshape((series.dim(0)?, 1, 1)),
            _ => series.unsqueeze(2),
        }
    }

    /// Tells whether all weights are 1.
    fn weighs_all_alike(&self) -> candle_core::Result<bool> {
        on_host(&self.weight, |weights| weights.iter().all(|w| *w == 1.0))
    }
}
