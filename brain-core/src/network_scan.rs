//! The differentiable network scan: recurrent populations over all their time steps as one operation of candle.
//!
//! Per population of S states, I inputs and P parameters, with B batch elements, N neurons, T steps:
//!
//! | tensor | shape | |
//! |---|---|---|
//! | start | `[S, B, N]` | state before the first step |
//! | params | `[P, N]` | shared by the batch |
//! | drive | `[T, K]`, `[T, K, B]` or `[T, K, B, N]` | K of the inputs, in the inputs' units |
//! | result | `[t, B, N]` or `[B, N]` | of each [`Observe`]: an output after each of some steps, or summed over them |
//!
//! and one tensor of weights for all synapses, `[synapse]`, in the order of the circuit's projections and their rows.
//! Dale's law is a matter of candle before it: `w = sign(pre) |m|`. The equations, what is sparse, and what is kept are
//! told in [`kernels::network::bptt`]. It runs where the tensors are; on a graphics processor what is not finite
//! is not named.

#[cfg(any(feature = "cuda", feature = "metal"))]
mod device;

use crate::device::{Number, in_order, on_device};
use candle_core::{
    CpuStorage, CustomOp3, D, DType, Device, Error, Layout, Result, Shape, Storage, Tensor, WithDType, bail,
};
use kernels::{Level, Precision, Spread, network::bptt::*};
use std::{
    any::Any,
    ops::Range,
    sync::{Arc, Mutex},
};
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

/// An output of a population that [`network_scan`] returns, in some steps.
#[derive(Clone, Debug)]
pub struct Observe<'a> {
    /// State variable, as it is after a step, or `spike`.
    pub output: &'a str,
    /// The steps.
    pub steps: Range<usize>,
    /// What is made of its values in them.
    pub reduce: Reduce,
}

impl<'a> Observe<'a> {
    /// Every value: `[t, B, N]`.
    pub fn each(output: &'a str, steps: Range<usize>) -> Self {
        Observe { output, steps, reduce: Reduce::Each }
    }

    /// The sum, such as counts of spikes: `[B, N]`.
    pub fn sum(output: &'a str, steps: Range<usize>) -> Self {
        Observe { output, steps, reduce: Reduce::Sum }
    }

    /// The sum of squares: `[B, N]`.
    pub fn squares(output: &'a str, steps: Range<usize>) -> Self {
        Observe { output, steps, reduce: Reduce::Squares }
    }
}

/// What a gradient is multiplied by on its way back along a projection; see [`Feedback`].
#[derive(Clone, Debug, Default)]
pub enum Path {
    /// The weights.
    #[default]
    Weights,
    /// Zero: the path is cut.
    Cut,
    /// Other numbers, `[synapse]`.
    Fixed(Tensor),
}

/// What one population of a [`network_scan`] is given; sources have [`Member::Sources`].
#[derive(Clone, Debug)]
pub enum Member<'a> {
    /// Cells.
    Cells {
        /// `[S, B, N]`
        start: &'a Tensor,
        /// `[P, N]`
        params: &'a Tensor,
        /// Inputs by name, and their numbers.
        drive: Option<(&'a [&'a str], &'a Tensor)>,
        /// Outputs to return.
        observe: &'a [Observe<'a>],
    },
    /// Sources with their spikes.
    Sources(Raster),
}

/// Runs a circuit for `steps` steps and `batch` elements and returns the outputs asked for of each member, in one
/// differentiable operation; see the [module](self). Gradients go back along projections by `paths`; none: all by their
/// weights.
///
/// Fails, naming both sides, if an output or input is unknown, or if shapes or types do not fit the circuit; and with
/// the first step, population and state variable that is not finite, or whose gradient is not.
pub fn network_scan(
    circuit: &Arc<Circuit>,
    steps: usize,
    batch: usize,
    members: &[Member],
    weights: &Tensor,
    paths: &[Path],
) -> Result<Vec<Vec<Tensor>>> {
    let groups = circuit.populations();
    if members.len() != groups.len() {
        bail!("network scan: {} members for {} populations", members.len(), groups.len())
    }
    let (mut drives, mut spikes, mut record) = (vec![], vec![], vec![]);
    let mut flat: [Vec<Tensor>; 3] = Default::default();
    for (group, member) in groups.iter().zip(members) {
        let (name, n) = (&group.name, group.neurons);
        let (mut drive, mut own, mut rows) = (Drive::default(), Raster::default(), vec![]);
        match (member, group.cell()) {
            (Member::Sources(raster), None) => own = raster.clone(),
            (Member::Cells { start, params, drive: driven, observe }, Some(cell)) => {
                let unknown = |what: &str, found: &str, known: Vec<&str>| {
                    Error::Msg(format!("network scan: `{name}` has no {what} `{found}`; it has {}", known.join(", ")))
                };
                let states = || cell.state.iter().map(|f| &*f.name).collect::<Vec<_>>();
                for Observe { output, steps, reduce } in observe.iter().cloned() {
                    let row = if output == "spike" { Some(cell.state.len()) } else { cell.state(output) };
                    let row = row.ok_or_else(|| unknown("output", output, [states(), vec!["spike"]].concat()))?;
                    rows.push(Record { output: row, steps, reduce });
                }
                fits(name, "start", start, &[cell.state.len(), batch, n])?;
                fits(name, "params", params, &[cell.param.len(), n])?;
                flat[0].push(start.flatten_all()?);
                flat[1].push(params.flatten_all()?);
                if let Some((inputs, values)) = driven {
                    for &i in *inputs {
                        let known = || cell.input.iter().map(|f| &*f.name).collect();
                        drive.inputs.push(cell.input(i).ok_or_else(|| unknown("input", i, known()))?);
                    }
                    let (spread, want) = match values.rank() {
                        2 => (Spread::Shared, vec![steps, inputs.len()]),
                        3 => (Spread::Batch, vec![steps, inputs.len(), batch]),
                        _ => (Spread::Neuron, vec![steps, inputs.len(), batch, n]),
                    };
                    fits(name, "drive", values, &want)?;
                    // What the batch shares is spread over it in candle, which sums its gradient.
                    let values = match spread {
                        Spread::Shared => values.unsqueeze(D::Minus1)?.broadcast_as((steps, inputs.len(), batch))?,
                        _ => (*values).clone(),
                    };
                    drive.spread = Some(if spread == Spread::Neuron { spread } else { Spread::Batch });
                    flat[2].push(values.flatten_all()?);
                }
            }
            (Member::Sources(_), Some(_)) => bail!("network scan: `{name}` are cells; give them start and params"),
            (Member::Cells { .. }, None) => bail!("network scan: `{name}` are sources; give them spikes"),
        }
        drives.push(drive);
        spikes.push(own);
        record.push(rows);
    }
    fits("network", "weights", weights, &[circuit.synapses()])?;
    let split = flat[1].iter().map(|t| t.elem_count()).sum();
    let tuned = flat[1].iter().any(Tensor::track_op);
    flat[1].push(weights.flatten_all()?);
    let [start, values, drive] = flat.map(|parts| match parts.len() {
        0 => Tensor::zeros(0, weights.dtype(), weights.device()),
        1 => Ok(parts[0].clone()),
        _ => Tensor::cat(&parts, 0),
    });
    let (start, values, drive) = (start?, values?, drive?);
    let near = |t: &Tensor| t.device().same_device(weights.device());
    for t in [&start, &values, &drive] {
        if t.dtype() != weights.dtype() || !matches!(t.dtype(), DType::F32 | DType::F64) || !near(t) {
            bail!("network scan: tensors of {t:?} and {:?}; all must be F32 or F64, on one device", weights.dtype())
        }
    }
    let kept = start.track_op() || values.track_op() || drive.track_op();
    let paths = paths.iter().map(|path| match path {
        Path::Fixed(t) if t.dtype() != weights.dtype() || !near(t) => {
            bail!("network scan: a path of {t:?}; the weights are {:?}, on {:?}", weights.dtype(), weights.device())
        }
        Path::Fixed(t) => t.flatten_all()?.contiguous().map(Path::Fixed),
        other => Ok(other.clone()),
    });
    let paths = paths.collect::<Result<Vec<_>>>()?;
    let (history, records) = (Mutex::new(None), record.clone());
    let circuit = circuit.clone();
    let op = NetworkScan { circuit, steps, batch, drives, spikes, record, paths, split, tuned, kept, history };
    let all = start.contiguous()?.apply_op3(&values.contiguous()?, &drive.contiguous()?, op)?;
    let mut at = 0;
    let mut own = |record: &Record, n: usize| {
        let count = record.rows() * batch * n;
        at += count;
        let own = if count == all.elem_count() { Ok(all.clone()) } else { all.narrow(0, at - count, count) };
        match record.reduce {
            Reduce::Each => own?.reshape((record.steps.len(), batch, n)),
            _ => own?.reshape((batch, n)),
        }
    };
    let each = groups.iter().zip(&records).map(|(g, records)| records.iter().map(|r| own(r, g.neurons)).collect());
    each.collect()
}

fn fits(name: &str, what: &str, found: &Tensor, want: &[usize]) -> Result<()> {
    if found.dims() != want {
        bail!("network scan: {what} of `{name}` has shape {:?}; it must be {want:?}", found.dims())
    }
    Ok(())
}

/// The operation: start, parameters with weights behind them, and drive, each flat.
struct NetworkScan {
    circuit: Arc<Circuit>,
    steps: usize,
    batch: usize,
    drives: Vec<Drive>,
    spikes: Vec<Raster>,
    record: Vec<Vec<Record>>,
    paths: Vec<Path>,
    /// Numbers of parameters, behind which the weights are.
    split: usize,
    /// Whether gradients by parameters are wanted.
    tuned: bool,
    /// Whether there will be a way back.
    kept: bool,
    /// What the run kept for it.
    history: Mutex<Option<Arc<dyn Any + Send + Sync>>>,
}

fn numbers<'a, F: WithDType>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [F]> {
    let (from, to) = in_order(layout)?;
    Ok(&storage.as_slice::<F>()?[from..to])
}

impl NetworkScan {
    fn run<'a, F>(&'a self, [start, values, drive]: [&'a [F]; 3], feedback: &'a [Feedback<'a, F>]) -> RunInputs<'a, F> {
        let (params, weights) = values.split_at(self.split);
        let (drives, spikes, record) = (&self.drives, &self.spikes, &self.record);
        let (steps, batch, level) = (self.steps, self.batch, Level::best());
        RunInputs { steps, batch, start, params, weights, drive, drives, spikes, record, feedback, level }
    }

    fn forward<F: Precision + WithDType>(&self, inputs: [(&CpuStorage, &Layout); 3]) -> Result<(CpuStorage, Shape)> {
        let [a, b, c] = inputs.map(|(s, l)| numbers::<F>(s, l));
        let run = self.run([a?, b?, c?], &[]);
        let mut rows = vec![F::default(); run.rows(&self.circuit)];
        let history = forward(&self.circuit, &run, &mut rows).map_err(Error::wrap)?;
        if self.kept {
            *self.history.lock().unwrap_or_else(|e| e.into_inner()) = Some(Arc::new(history));
        }
        let shape = Shape::from(rows.len());
        Ok((F::to_cpu_storage_owned(rows), shape))
    }

    fn backward<F: Precision + WithDType>(&self, inputs: [&Tensor; 3], bar: &Tensor) -> Result<[Option<Tensor>; 3]> {
        let bar = bar.contiguous()?;
        let held = [inputs[0], inputs[1], inputs[2], &bar].map(|t| t.storage_and_layout());
        let [start, values, drive, bars] = held.each_ref().map(|(storage, layout)| match &**storage {
            Storage::Cpu(storage) => numbers::<F>(storage, layout),
            _ => bail!("network scan: the gradient is not on the processor"),
        });
        let held: Vec<_> = self
            .paths
            .iter()
            .map(|p| if let Path::Fixed(t) = p { Some(t.storage_and_layout()) } else { None })
            .collect();
        let feedback = self.paths.iter().zip(&held).map(|(path, held)| match (path, held) {
            (_, Some((storage, layout))) => match &**storage {
                Storage::Cpu(storage) => numbers::<F>(storage, layout).map(Feedback::Fixed),
                _ => bail!("network scan: a path is not on the processor"),
            },
            (Path::Cut, _) => Ok(Feedback::Cut),
            _ => Ok(Feedback::Weights),
        });
        let feedback = feedback.collect::<Result<Vec<_>>>()?;
        let run = self.run([start?, values?, drive?], &feedback);
        let kept = self.history.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let history = match kept.and_then(|h| h.downcast::<History<F>>().ok()) {
            Some(history) => history,
            None => {
                let mut rows = vec![F::default(); run.rows(&self.circuit)];
                Arc::new(forward(&self.circuit, &run, &mut rows).map_err(Error::wrap)?)
            }
        };
        let mut by = inputs.map(|t| vec![F::default(); if t.track_op() { t.elem_count() } else { 0 }]);
        let [start, values, drive] = &mut by;
        let split = if values.is_empty() { 0 } else { self.split };
        let (params, weights) = values.split_at_mut(split);
        let params = if self.tuned { params } else { &mut [] };
        let out = Gradients { start, params, weights, drive };
        backward(&self.circuit, &run, &history, bars?, out).map_err(Error::wrap)?;
        let mut gradients = [None, None, None];
        for ((to, by), t) in gradients.iter_mut().zip(by).zip(inputs).filter(|(_, t)| t.track_op()) {
            *to = Some(Tensor::from_vec(by, t.shape(), &Device::Cpu)?);
        }
        Ok(gradients)
    }
}

impl NetworkScan {
    fn anywhere<F: Number>(&self, inputs: [&Tensor; 3], bar: &Tensor) -> Result<[Option<Tensor>; 3]> {
        on_device!(
            inputs[0].device(),
            queue => device::backward::<F, _>(self, queue, inputs, bar),
            cpu => self.backward::<F>(inputs, bar)
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
        bar: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [start, values, drive] = match bar.dtype() {
            DType::F32 => self.anywhere::<f32>([start, values, drive], bar)?,
            _ => self.anywhere::<f64>([start, values, drive], bar)?,
        };
        Ok((start, values, drive))
    }
}
