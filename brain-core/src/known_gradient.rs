//! A value whose gradient was found together with it, as one operation of candle.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor, backend::BackendStorage, bail};

/// A value of some argument, and half its gradient.
///
/// Every number of the value depends on one number of the argument, or on one column of it: the gradient has the shape of
/// the argument, `[.., n]`, and the value the same shape or `[n]`.
pub(crate) struct KnownGradient {
    /// The value.
    pub value: Tensor,
    /// Half its gradient w.r.t. the argument, of the argument's shape.
    pub half_gradient: Tensor,
}

impl KnownGradient {
    /// Makes a tensor of the value that was found at `argument`; its gradient flows.
    pub fn at(self, argument: &Tensor) -> Result<Tensor> {
        argument.apply_op1(self)
    }

    /// Copies the value to the storage of the result; `find` picks the kind of storage that is asked for.
    fn result<S: BackendStorage>(&self, find: impl Fn(&Storage) -> Option<&S>) -> Result<(S, Shape)> {
        let (storage, layout) = self.value.storage_and_layout();
        match find(&storage) {
            Some(storage) => Ok((storage.try_clone(layout)?, layout.shape().clone())),
            None => bail!("the value is not on the device of its argument"),
        }
    }
}

impl CustomOp1 for KnownGradient {
    fn name(&self) -> &'static str {
        "known-gradient"
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
