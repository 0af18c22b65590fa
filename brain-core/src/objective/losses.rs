//! An objective as one operation of candle, on any device.

#[cfg(any(feature = "cuda", feature = "metal"))]
mod device;

use super::{Gradient, Method, Objective, doubles};
use crate::device::{Number, in_order};
#[cfg(any(feature = "cuda", feature = "metal"))]
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

/// An objective whose series are on a device: nothing is copied there when it is evaluated.
#[derive(Clone, Debug)]
pub struct Resident<F> {
    objective: Objective<F>,
    /// Start `[S, B, 1]`, parameters `[P, 1]`, drive, target and weight in their order; on the device.
    start: Tensor,
    params: Tensor,
    #[cfg_attr(not(any(feature = "cuda", feature = "metal")), allow(dead_code))]
    series: [Tensor; 3],
}

impl<F: Number> Objective<F> {
    /// The objective on a device, for [`Resident::losses`].
    pub fn to_device(&self, device: &Device) -> Result<Resident<F>> {
        self.check().map_err(candle_core::Error::wrap)?;
        let (states, batch) = (self.kernel.state.len(), self.batch);
        let flat = |x: &[F]| Tensor::from_slice(x, x.len(), device);
        Ok(Resident {
            start: flat(&self.start)?.reshape((states, batch, 1))?,
            params: flat(&self.params)?.reshape((self.params.len(), 1))?,
            series: [flat(&self.drive.data)?, flat(&self.target.data)?, flat(&self.weight.data)?],
            objective: self.clone(),
        })
    }

    /// The losses `[N]` of the candidates `[K, N]`, of type `F`; gradients flow.
    ///
    /// Copies the series to the device of the candidates; where they are evaluated more than once,
    /// [`Objective::to_device`] does so beforehand.
    pub fn losses(&self, candidates: &Tensor) -> Result<Tensor> {
        self.to_device(candidates.device())?.losses(candidates)
    }
}

impl<F: Number> Resident<F> {
    /// The losses `[N]` of the candidates `[K, N]`, of type `F` and on the device; gradients flow.
    ///
    /// The gradient is found together with the loss, so `backward` costs nothing more; without a candidate that needs
    /// one only the loss is computed.
    pub fn losses(&self, candidates: &Tensor) -> Result<Tensor> {
        let (model, free) = (self.objective.kernel.name, &self.objective.free);
        let (dtype, shape) = (candidates.dtype(), candidates.shape());
        if dtype != F::DTYPE {
            let want = F::DTYPE;
            bail!(
                "objective on {model}: the candidates are of type {dtype:?}, the objective of {want:?}; use `to_dtype`"
            )
        }
        let n = match *candidates.dims() {
            [k, n] if k == free.len() && k > 0 => n,
            _ => bail!(
                "objective on {model}: the candidates have shape {shape:?}; give [{} parameters, candidates]",
                free.len()
            ),
        };
        let column = |x: &Tensor, rows: &[usize]| x.broadcast_as([rows, &[n]].concat())?.contiguous();
        let fixed = column(&self.params, &[self.objective.params.len()])?;
        let rows = (0..self.objective.params.len()).map(|p| match free.iter().position(|&f| f == p) {
            Some(k) => candidates.narrow(0, k, 1),
            None => fixed.narrow(0, p, 1),
        });
        let params = Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)?;
        let start = column(&self.start, &[self.objective.kernel.state.len(), self.objective.batch])?;
        let tracked = candidates.track_op();
        params.apply_op1(Losses { resident: self.clone(), start, tracked, gradient: OnceLock::new() })
    }
}

/// The operation on parameters `[P, N]`, and half the gradient of its result by the free ones, `[K, N]`.
struct Losses<F> {
    resident: Resident<F>,
    /// `[S, B, N]`
    #[cfg_attr(not(any(feature = "cuda", feature = "metal")), allow(dead_code))]
    start: Tensor,
    tracked: bool,
    gradient: OnceLock<Tensor>,
}

impl<F: Number> Losses<F> {
    fn method(&self) -> Method {
        let objective = &self.resident.objective;
        Method::cheaper(objective.kernel, objective.free.len())
    }
}

impl<F: Number> CustomOp1 for Losses<F> {
    fn name(&self) -> &'static str {
        "objective"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let objective = &self.resident.objective;
        let (from, to) = in_order(layout)?;
        let n = layout.dims()[1];
        let params = &storage.as_slice::<F>()?[from..to];
        let candidates: Vec<f64> = objective.free.iter().flat_map(|&p| doubles(&params[p * n..][..n])).collect();
        let loss = if self.tracked {
            let found = objective.gradient_by(self.method(), &candidates).map_err(candle_core::Error::wrap)?;
            let Gradient { loss, gradient } = found;
            let gradient: Vec<F> = gradient.into_iter().map(F::of).collect();
            let _ = self.gradient.set(Tensor::from_vec(gradient, (objective.free.len(), n), &Device::Cpu)?);
            loss
        } else {
            objective.loss(&candidates).map_err(candle_core::Error::wrap)?
        };
        Ok((F::to_cpu_storage_owned(loss.into_iter().map(F::of).collect()), Shape::from(n)))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        storage: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        device::forward(self, &crate::device::Cuda::new(storage.device()), storage, layout)
    }

    #[cfg(feature = "metal")]
    fn metal_fwd(
        &self,
        storage: &candle_core::MetalStorage,
        layout: &Layout,
    ) -> Result<(candle_core::MetalStorage, Shape)> {
        device::forward(self, &crate::device::Metal::new(storage.device()), storage, layout)
    }

    fn bwd(&self, params: &Tensor, _: &Tensor, bar: &Tensor) -> Result<Option<Tensor>> {
        let objective = &self.resident.objective;
        let Some(half) = self.gradient.get() else {
            bail!("objective on {}: no gradient was kept", objective.kernel.name)
        };
        let free = half.broadcast_mul(bar)?.affine(2.0, 0.0)?;
        let fixed = bar.zeros_like()?.unsqueeze(0)?;
        let rows = (0..params.dim(0)?).map(|p| match objective.free.iter().position(|&f| f == p) {
            Some(k) => free.narrow(0, k, 1),
            None => Ok(fixed.clone()),
        });
        Ok(Some(Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)?))
    }
}
