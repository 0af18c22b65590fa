//! The losses of an objective are one operation of candle, with the gradient that was found together with them.

use super::Found;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor, backend::BackendStorage, bail};

/// Makes a tensor of the losses `[candidate]` that were found at `candidates`; their gradient flows.
pub(super) fn losses(candidates: &Tensor, found: Found) -> Result<Tensor> {
    let Some(half_gradient) = found.gradient else { return Ok(found.loss) };
    candidates.apply_op1(Losses { loss: found.loss, half_gradient })
}

/// The operation holds what the objective found at its argument.
struct Losses {
    /// Losses, `[candidate]`.
    loss: Tensor,
    /// Half their gradient, `[free parameter, candidate]`.
    half_gradient: Tensor,
}

impl Losses {
    /// Copies the losses to the storage of the result; `find` picks the kind of storage that is asked for.
    fn result<S: BackendStorage>(&self, find: impl Fn(&Storage) -> Option<&S>) -> Result<(S, Shape)> {
        let (storage, layout) = self.loss.storage_and_layout();
        match find(&storage) {
            Some(storage) => Ok((storage.try_clone(layout)?, layout.shape().clone())),
            None => bail!("the losses are not on the device of the candidates"),
        }
    }
}

impl CustomOp1 for Losses {
    fn name(&self) -> &'static str {
        "objective"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        self.result(|storage| match storage {
            Storage::Cpu(storage) => Some(storage),
            _ => None,
        })
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, _: &candle_core::CudaStorage, _: &Layout) -> Result<(candle_core::CudaStorage, Shape)> {
        self.result(|storage| match storage {
            Storage::Cuda(storage) => Some(storage),
            _ => None,
        })
    }

    #[cfg(feature = "metal")]
    fn metal_fwd(&self, _: &candle_core::MetalStorage, _: &Layout) -> Result<(candle_core::MetalStorage, Shape)> {
        self.result(|storage| match storage {
            Storage::Metal(storage) => Some(storage),
            _ => None,
        })
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, bar: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(self.half_gradient.broadcast_mul(bar)?.affine(2.0, 0.0)?))
    }
}
