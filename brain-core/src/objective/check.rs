//! What an objective asks of its tensors.

use super::{Method, Objective, ObjectiveError, Result, Wanted};
use crate::device::{Number, in_order};
use candle_core::{DType, Tensor};
use kernels::MOST_TANGENTS;

impl Objective {
    /// Checks types and shapes, and numbers on the processor; it is the one place that does.
    pub(super) fn check(&self, candidates: &Tensor, wanted: Wanted) -> Result<()> {
        self.check_shapes(candidates, wanted)?;
        if self.params.device().is_cpu() {
            self.check_finite()?;
        }
        Ok(())
    }

    fn check_shapes(&self, candidates: &Tensor, wanted: Wanted) -> Result<()> {
        let (cell, model) = (self.model.cell(), self.model.name);
        // The last output is the spike.
        let of_states = wanted == Wanted::Normal || self.loss.is_squared_error();
        if self.output >= cell.state.len() + usize::from(!of_states) {
            return Err(ObjectiveError::Output { model, output: self.output, loss: self.loss.name() });
        }
        let count = cell.param.len();
        for (k, &index) in self.free.iter().enumerate() {
            if index >= count || self.free[..k].contains(&index) {
                return Err(ObjectiveError::Free { model, index, count });
            }
        }
        if self.carries_tangents(wanted) && self.free.len() > MOST_TANGENTS {
            return Err(ObjectiveError::Tangents { model, free: self.free.len() });
        }
        let (states, inputs, free, steps) = (cell.state.len(), cell.input.len(), self.free.len(), self.steps());
        let batch = self.batch();
        let fits = |what, tensor: &Tensor, want: &[&[usize]], words: String| {
            let found = tensor.dims().to_vec();
            match want.contains(&tensor.dims()) {
                true => Ok(()),
                false => Err(ObjectiveError::Shape { model, what, found, want: words }),
            }
        };
        let columns = candidates.dims().get(1).copied().unwrap_or(0);
        fits("params", &self.params, &[&[count]], format!("[{count} parameters]"))?;
        fits("start", &self.start, &[&[states, batch]], format!("[{states} states, batch]"))?;
        let words = format!("[time, {inputs} inputs] or [time, {inputs} inputs, {batch} sweeps]");
        fits("drive", &self.drive, &[&[steps, inputs], &[steps, inputs, batch]], words)?;
        for (what, series) in [("target", &self.target), ("weight", &self.weight)] {
            let words = format!("[{steps} steps] or [{steps} steps, {batch} sweeps], as the drive has");
            fits(what, series, &[&[steps], &[steps, batch]], words)?;
        }
        fits("candidates", candidates, &[&[free, columns]], format!("[{free} free parameters, candidates]"))?;
        let want = self.params.dtype();
        let tensors = [
            ("params", &self.params),
            ("start", &self.start),
            ("drive", &self.drive),
            ("target", &self.target),
            ("weight", &self.weight),
            ("candidates", candidates),
        ];
        for (what, tensor) in tensors {
            let found = tensor.dtype();
            if found != want || !matches!(found, DType::F32 | DType::F64) {
                return Err(ObjectiveError::Type { model, what, found, want });
            }
        }
        Ok(())
    }

    /// Tells whether the result takes a tangent scan.
    fn carries_tangents(&self, wanted: Wanted) -> bool {
        match wanted {
            Wanted::Loss | Wanted::Gradient(Method::Adjoint) => false,
            Wanted::Gradient(Method::Tangent) => self.loss.is_squared_error(),
            Wanted::Normal => true,
        }
    }

    /// Fails if a target or weight on the processor is not finite.
    fn check_finite(&self) -> Result<()> {
        for (what, series) in [("target", &self.target), ("weight", &self.weight)] {
            let value = match series.dtype() {
                DType::F32 => first_not_finite::<f32>(series)?,
                _ => first_not_finite::<f64>(series)?,
            };
            if let Some((at, value)) = value {
                let step = at / (series.elem_count() / self.steps().max(1)).max(1);
                return Err(ObjectiveError::NotFinite { model: self.model.name, what, step, value });
            }
        }
        Ok(())
    }
}

/// Finds place and value of the first number of a series that is not finite.
fn first_not_finite<F: Number>(series: &Tensor) -> candle_core::Result<Option<(usize, f64)>> {
    let series = series.contiguous()?;
    let (storage, layout) = series.storage_and_layout();
    let candle_core::Storage::Cpu(storage) = &*storage else { return Ok(None) };
    let (from, to) = in_order(layout)?;
    let mut numbers = storage.as_slice::<F>()?[from..to].iter().map(|x| x.to());
    Ok(numbers
        .position(|x| !x.is_finite())
        .map(|at| (at, storage.as_slice::<F>().map_or(f64::NAN, |x| x[from + at].to()))))
}
