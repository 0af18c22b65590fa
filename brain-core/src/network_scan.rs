//! The differentiable network scan: recurrent populations over all their time steps as one operation of candle.
//!
//! Per population of S states, I inputs and P parameters, with B batch elements, N neurons, T steps:
//!
//! | tensor | shape | |
//! |---|---|---|
//! | start | `[S, B, N]` | state before the first step |
//! | params | `[P, N]` | shared by the batch |
//! | drive | `[T, K]`, `[T, K, B]` or `[T, K, B, N]` | K of the inputs, in the inputs' units |
//! | result | `[T, R, B, N]` | the R outputs asked for, after every step |
//!
//! and one tensor of weights for all synapses, `[synapse]`, in the order of the circuit's projections and their rows.
//! Dale's law is a matter of candle before it: `w = sign(pre) |m|`. The equations, what is sparse, and what is kept are
//! told in [`kernels::network::differentiable`]. It runs on the processor.

use crate::device::in_order;
use candle_core::{
    CpuStorage, CustomOp3, D, DType, Device, Error, Layout, Result, Shape, Storage, Tensor, WithDType, bail,
};
use kernels::{Level, Spread, network::differentiable::*};
use std::{
    any::Any,
    sync::{Arc, Mutex},
};

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
        /// Outputs to return: state variables or `spike`.
        record: &'a [&'a str],
    },
    /// Sources with their spikes.
    Sources(Raster),
}

/// Runs a circuit for `steps` steps and `batch` elements and returns the outputs asked for, `[T, R, B, N]` for each
/// member, in one differentiable operation; see the [module](self).
///
/// Fails, naming both sides, if an output or input is unknown, or if shapes or types do not fit the circuit.
pub fn network_scan(
    circuit: &Arc<Circuit>,
    steps: usize,
    batch: usize,
    members: &[Member],
    weights: &Tensor,
) -> Result<Vec<Tensor>> {
    let groups = circuit.groups();
    if members.len() != groups.len() {
        bail!("network scan: {} members for {} populations", members.len(), groups.len())
    }
    let (mut drives, mut spikes, mut record) = (vec![], vec![], vec![]);
    let mut flat: [Vec<Tensor>; 3] = Default::default();
    for (group, member) in groups.iter().zip(members) {
        let (name, n) = (&group.name, group.neurons);
        let (mut drive, mut own, mut rows) = (Drive::default(), Raster::default(), vec![]);
        match (member, group.cell) {
            (Member::Sources(raster), None) => own = raster.clone(),
            (Member::Cells { start, params, drive: driven, record }, Some(trained)) => {
                let cell = &trained.cell;
                let unknown = |what: &str, found: &str, known: Vec<&str>| {
                    Error::Msg(format!("network scan: `{name}` has no {what} `{found}`; it has {}", known.join(", ")))
                };
                let states = || cell.state.iter().map(|f| &*f.name).collect::<Vec<_>>();
                for &output in *record {
                    let row = if output == "spike" { Some(cell.state.len()) } else { cell.state(output) };
                    rows.push(row.ok_or_else(|| unknown("output", output, [states(), vec!["spike"]].concat()))?);
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
    flat[1].push(weights.flatten_all()?);
    let [start, values, drive] = flat.map(|parts| match parts.len() {
        0 => Tensor::zeros(0, weights.dtype(), weights.device()),
        1 => Ok(parts[0].clone()),
        _ => Tensor::cat(&parts, 0),
    });
    let (start, values, drive) = (start?, values?, drive?);
    for t in [&start, &values, &drive] {
        if t.dtype() != weights.dtype() || !matches!(t.dtype(), DType::F32 | DType::F64) || !t.device().is_cpu() {
            bail!(
                "network scan: tensors of {:?} and {:?}; all must be F32 or F64, on the processor",
                t,
                weights.dtype()
            )
        }
    }
    let kept = start.track_op() || values.track_op() || drive.track_op();
    let counts: Vec<usize> = record.iter().map(Vec::len).collect();
    let history = Mutex::new(None);
    let op = NetworkScan { circuit: circuit.clone(), steps, batch, drives, spikes, record, split, kept, history };
    let all = start.contiguous()?.apply_op3(&values.contiguous()?, &drive.contiguous()?, op)?;
    let mut at = 0;
    let each = groups.iter().zip(counts).map(|(g, rows)| {
        let count = steps * rows * batch * g.neurons;
        at += count;
        let own = if count == all.elem_count() { Ok(all.clone()) } else { all.narrow(0, at - count, count) };
        own?.reshape((steps, rows, batch, g.neurons))
    });
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
    record: Vec<Vec<usize>>,
    /// Numbers of parameters, behind which the weights are.
    split: usize,
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
    fn episode<'a, F>(&'a self, [start, values, drive]: [&'a [F]; 3]) -> Episode<'a, F> {
        let (params, weights) = values.split_at(self.split);
        let (drives, spikes, record) = (&self.drives, &self.spikes, &self.record);
        let (steps, batch, level) = (self.steps, self.batch, Level::best());
        Episode { steps, batch, start, params, weights, drive, drives, spikes, record, level }
    }

    fn forward<F: Passing + WithDType>(&self, inputs: [(&CpuStorage, &Layout); 3]) -> Result<(CpuStorage, Shape)> {
        let [a, b, c] = inputs.map(|(s, l)| numbers::<F>(s, l));
        let episode = self.episode([a?, b?, c?]);
        let mut rows = vec![F::default(); episode.rows(&self.circuit)];
        let history = forward(&self.circuit, &episode, &mut rows).map_err(Error::wrap)?;
        if self.kept {
            *self.history.lock().unwrap_or_else(|e| e.into_inner()) = Some(Arc::new(history));
        }
        let shape = Shape::from(rows.len());
        Ok((F::to_cpu_storage_owned(rows), shape))
    }

    fn backward<F: Passing + WithDType>(&self, inputs: [&Tensor; 3], bar: &Tensor) -> Result<[Option<Tensor>; 3]> {
        let bar = bar.contiguous()?;
        let held = [inputs[0], inputs[1], inputs[2], &bar].map(|t| t.storage_and_layout());
        let [start, values, drive, bars] = held.each_ref().map(|(storage, layout)| match &**storage {
            Storage::Cpu(storage) => numbers::<F>(storage, layout),
            _ => bail!("network scan: the gradient is not on the processor"),
        });
        let episode = self.episode([start?, values?, drive?]);
        let kept = self.history.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let history = match kept.and_then(|h| h.downcast::<History<F>>().ok()) {
            Some(history) => history,
            None => {
                let mut rows = vec![F::default(); episode.rows(&self.circuit)];
                Arc::new(forward(&self.circuit, &episode, &mut rows).map_err(Error::wrap)?)
            }
        };
        let mut by = inputs.map(|t| vec![F::default(); if t.track_op() { t.elem_count() } else { 0 }]);
        let [start, values, drive] = &mut by;
        let split = if values.is_empty() { 0 } else { self.split };
        let (params, weights) = values.split_at_mut(split);
        let out = Gradients { start, params, weights, drive };
        backward(&self.circuit, &episode, &history, bars?, out).map_err(Error::wrap)?;
        let mut gradients = [None, None, None];
        for ((to, by), t) in gradients.iter_mut().zip(by).zip(inputs).filter(|(_, t)| t.track_op()) {
            *to = Some(Tensor::from_vec(by, t.shape(), &Device::Cpu)?);
        }
        Ok(gradients)
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

    fn bwd(
        &self,
        start: &Tensor,
        values: &Tensor,
        drive: &Tensor,
        _: &Tensor,
        bar: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [start, values, drive] = match bar.dtype() {
            DType::F32 => self.backward::<f32>([start, values, drive], bar)?,
            _ => self.backward::<f64>([start, values, drive], bar)?,
        };
        Ok((start, values, drive))
    }
}
