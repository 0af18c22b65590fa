//! This module makes the network scan an operation of candle, which runs forward and back.

#[cfg(any(feature = "cuda", feature = "metal"))]
use super::device;
use super::{FeedbackPath, scan_data::NetworkScan};
use crate::Divergence;
use crate::device::{Number, in_order, on_device};
use candle_core::{
    CpuStorage, CustomOp3, DType, Device, Error, Layout, Result, Shape, Storage, Tensor, WithDType, bail,
};
use kernels::{Level, Precision, network::bptt::*};
use std::sync::Arc;
#[cfg(feature = "cuda")]
use {
    crate::device::Cuda,
    candle_core::{CudaStorage, backend::BackendStorage as _},
};
#[cfg(feature = "metal")]
use {
    crate::device::Metal,
    candle_core::{MetalStorage, backend::BackendStorage as _},
};

/// Makes candle's error for a run that has no result; [`Divergence`] keeps its type.
fn failed(failure: Failure) -> Error {
    match failure {
        Failure::NotFinite(what) => Divergence::Network(what).into(),
        other => Error::wrap(other),
    }
}

/// Returns the numbers of a tensor on the processor, in order.
fn numbers<'a, F: WithDType>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [F]> {
    let (from, to) = in_order(layout)?;
    Ok(&storage.as_slice::<F>()?[from..to])
}

impl NetworkScan {
    /// Returns the run as the kernels take it.
    fn run<'a, F>(&'a self, [start, values, drive]: [&'a [F]; 3], feedback: &'a [Feedback<'a, F>]) -> RunInputs<'a, F> {
        let (params, weights) = values.split_at(self.split);
        let (drives, spikes, record) = (&self.drives, &self.spikes, &self.record);
        let (steps, batch, level) = (self.steps, self.batch, Level::best());
        RunInputs { steps, batch, start, params, weights, drive, drives, spikes, record, feedback, level }
    }

    /// Runs the forward pass on the processor.
    fn forward<F: Precision + WithDType>(&self, inputs: [(&CpuStorage, &Layout); 3]) -> Result<(CpuStorage, Shape)> {
        let [a, b, c] = inputs.map(|(s, l)| numbers::<F>(s, l));
        let run = self.run([a?, b?, c?], &[]);
        let mut rows = vec![F::default(); run.rows(&self.circuit)];
        let history = forward(&self.circuit, &run, &mut rows).map_err(failed)?;
        if self.kept {
            *self.history.lock().unwrap_or_else(|e| e.into_inner()) = Some(Arc::new(history));
        }
        let shape = Shape::from(rows.len());
        Ok((F::to_cpu_storage_owned(rows), shape))
    }

    /// Runs the backward pass on the processor, and returns the gradient w.r.t. those inputs that are variables.
    fn backward<F: Precision + WithDType>(
        &self,
        inputs: [&Tensor; 3],
        cotangent: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let cotangent = cotangent.contiguous()?;
        let held = [inputs[0], inputs[1], inputs[2], &cotangent].map(|t| t.storage_and_layout());
        let [start, values, drive, cotangents] = held.each_ref().map(|(storage, layout)| match &**storage {
            Storage::Cpu(storage) => numbers::<F>(storage, layout),
            _ => bail!("network scan: the gradient is not on the processor"),
        });
        let held: Vec<_> = self
            .paths
            .iter()
            .map(|p| if let FeedbackPath::Fixed(t) = p { Some(t.storage_and_layout()) } else { None })
            .collect();
        let feedback = self.paths.iter().zip(&held).map(|(path, held)| match (path, held) {
            (_, Some((storage, layout))) => match &**storage {
                Storage::Cpu(storage) => numbers::<F>(storage, layout).map(Feedback::Fixed),
                _ => bail!("network scan: a path is not on the processor"),
            },
            (FeedbackPath::Cut, _) => Ok(Feedback::Cut),
            _ => Ok(Feedback::Weights),
        });
        let feedback = feedback.collect::<Result<Vec<_>>>()?;
        let run = self.run([start?, values?, drive?], &feedback);
        let kept = self.history.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let history = match kept.and_then(|h| h.downcast::<History<F>>().ok()) {
            Some(history) => history,
            None => {
                let mut rows = vec![F::default(); run.rows(&self.circuit)];
                Arc::new(forward(&self.circuit, &run, &mut rows).map_err(failed)?)
            }
        };
        let mut sums = inputs.map(|t| vec![F::default(); if t.track_op() { t.elem_count() } else { 0 }]);
        let [start, values, drive] = &mut sums;
        let split = if values.is_empty() { 0 } else { self.split };
        let (params, weights) = values.split_at_mut(split);
        let params = if self.tuned { params } else { &mut [] };
        let out = Gradients { start, params, weights, drive };
        backward(&self.circuit, &run, &history, cotangents?, out).map_err(failed)?;
        let mut gradients = [None, None, None];
        for ((to, sums), t) in gradients.iter_mut().zip(sums).zip(inputs).filter(|(_, t)| t.track_op()) {
            *to = Some(Tensor::from_vec(sums, t.shape(), &Device::Cpu)?);
        }
        Ok(gradients)
    }

    /// Runs the backward pass where the tensors are.
    fn anywhere<F: Number>(&self, inputs: [&Tensor; 3], cotangent: &Tensor) -> Result<[Option<Tensor>; 3]> {
        on_device!(
            inputs[0].device(),
            queue => device::backward::<F, _>(self, queue, inputs, cotangent),
            cpu => self.backward::<F>(inputs, cotangent)
        )
    }
}

impl CustomOp3 for NetworkScan {
    fn name(&self) -> &'static str {
        "network-scan"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let inputs = [(s1, l1), (s2, l2), (s3, l3)];
        match s1 {
            CpuStorage::F32(_) => self.forward::<f32>(inputs),
            _ => self.forward::<f64>(inputs),
        }
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        s1: &CudaStorage,
        l1: &Layout,
        s2: &CudaStorage,
        l2: &Layout,
        s3: &CudaStorage,
        l3: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (inputs, queue) = ([(s1, l1), (s2, l2), (s3, l3)], Cuda::new(s1.device()));
        match s1.dtype() {
            DType::F32 => device::forward::<f32, _>(self, &queue, inputs),
            _ => device::forward::<f64, _>(self, &queue, inputs),
        }
    }

    #[cfg(feature = "metal")]
    fn metal_fwd(
        &self,
        s1: &MetalStorage,
        l1: &Layout,
        s2: &MetalStorage,
        l2: &Layout,
        s3: &MetalStorage,
        l3: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        match s1.dtype() {
            DType::F32 => device::forward::<f32, _>(self, &Metal::new(s1.device()), [(s1, l1), (s2, l2), (s3, l3)]),
            _ => Err(crate::device::DeviceError::Precision.into()),
        }
    }

    fn bwd(
        &self,
        start: &Tensor,
        values: &Tensor,
        drive: &Tensor,
        _: &Tensor,
        cotangent: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [start, values, drive] = match cotangent.dtype() {
            DType::F32 => self.anywhere::<f32>([start, values, drive], cotangent)?,
            _ => self.anywhere::<f64>([start, values, drive], cotangent)?,
        };
        Ok((start, values, drive))
    }
}
