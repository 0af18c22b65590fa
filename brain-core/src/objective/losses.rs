//! An objective as one operation of candle.

use super::{Gradient, Objective, doubles};
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, WithDType, bail};
use kernels::Precision;
use std::sync::OnceLock;

impl<F: Precision + WithDType> Objective<F> {
    /// The losses `[N]` of the candidates `[K, N]`, which must be of type `F` and on the CPU; gradients flow.
    ///
    /// The gradient is found together with the loss, so `backward` costs nothing more; without a candidate that needs
    /// one only the loss is computed. Clones the series once.
    pub fn losses(&self, candidates: &Tensor) -> candle_core::Result<Tensor> {
        let tracked = candidates.track_op();
        let losses = Losses { objective: self.clone(), tracked, gradient: OnceLock::new() };
        candidates.contiguous()?.apply_op1(losses)
    }
}

/// The operation, and the gradient `[K][N]` of its result.
struct Losses<F> {
    objective: Objective<F>,
    tracked: bool,
    gradient: OnceLock<Vec<f64>>,
}

impl<F: Precision + WithDType> CustomOp1 for Losses<F> {
    fn name(&self) -> &'static str {
        "objective"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (model, free) = (self.objective.kernel.name, self.objective.free.len());
        let (shape, dtype) = (layout.shape(), candle_core::backend::BackendStorage::dtype(storage));
        if dtype != F::DTYPE {
            let want = F::DTYPE;
            bail!(
                "objective on {model}: the candidates are of type {dtype:?}, the objective of {want:?}; use `to_dtype`"
            )
        }
        let (Some((from, to)), [k, n]) = (layout.contiguous_offsets(), shape.dims()) else {
            bail!(
                "objective on {model}: the candidates have shape {shape:?}; give contiguous [{free} parameters, candidates]"
            )
        };
        if *k != free {
            bail!("objective on {model}: the candidates have shape {shape:?}; give [{free} parameters, candidates]")
        }
        let candidates = doubles(&storage.as_slice::<F>()?[from..to]);
        let loss = if self.tracked {
            let Gradient { loss, gradient } = self.objective.gradient(&candidates).map_err(candle_core::Error::wrap)?;
            // Half the gradient is what the scans give.
            let _ = self.gradient.set(gradient.iter().map(|g| 2.0 * g).collect());
            loss
        } else {
            self.objective.loss(&candidates).map_err(candle_core::Error::wrap)?
        };
        Ok((F::to_cpu_storage_owned(loss.into_iter().map(F::of).collect()), Shape::from(*n)))
    }

    fn bwd(&self, candidates: &Tensor, _: &Tensor, bar: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let Some(gradient) = self.gradient.get() else {
            bail!("objective on {}: no gradient was kept", self.objective.kernel.name)
        };
        let gradient = gradient.iter().map(|&g| F::of(g)).collect();
        let gradient = Tensor::from_vec(gradient, candidates.shape(), candidates.device())?;
        Ok(Some(gradient.broadcast_mul(bar)?))
    }
}
