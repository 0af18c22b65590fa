//! The differentiable network scan runs recurrent populations over all their time steps as one operation of candle.
//!
//! A population has S states, I inputs and P parameters; a run has B batch elements, N neurons and T steps. Its tensors are
//!
//! | tensor | shape | |
//! |---|---|---|
//! | start | `[S, B, N]` | the states before the first step |
//! | params | `[P, N]` | the parameters, which the batch shares |
//! | drive | `[T, K]`, `[T, K, B]` or `[T, K, B, N]` | what drives K of the inputs, in their units |
//! | result | `[t, B, N]` or `[B, N]` | what each [`Recorder`] records: an output after each of some steps, or summed over them |
//!
//! and one tensor holds the weights of all synapses, `[synapse]`, in the order of the circuit's projections and their
//! rows. Dale's law is applied before, with candle: `w = sign(pre) |m|`. [`kernels::network::bptt`] gives the
//! equations, and says what is sparse and what is kept for the backward pass. The scan runs where the tensors are; a
//! graphics processor does not name what is not finite.
//!
//! ```
//! use brain_core::{PopulationInput, Recorder, network_scan};
//! use candle_core::{DType, Device, Tensor, Var};
//! use kernels::network::bptt::{Circuit, Raster};
//! use kernels::network::{Delays, Edges, Network, Population, Projection};
//! use std::sync::Arc;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // One source drives two neurons, with delays of one step of 1 ms.
//! let cell = kernels::find("gif-network").ok_or("no such cell")?;
//! let input = cell.input("exc_w").ok_or("no such input")?;
//! let populations = vec![Population::sources("source", 1), Population::cells("neurons", 2, cell)];
//! let projection = Projection::new("in", 0, 1, input, Edges::dense(1, 2, Delays::Uniform(1)));
//! let circuit = Arc::new(Circuit::new(Network::new(1.0, populations, vec![projection]))?);
//!
//! let column = |fields: &[kernels::equations::Field]| {
//!     let rows: Vec<f64> = fields.iter().flat_map(|f| [f.default; 2]).collect();
//!     Tensor::from_vec(rows, (fields.len(), 2), &Device::Cpu)
//! };
//! let (start, params) = (column(cell.state)?.unsqueeze(1)?, column(cell.param)?);
//! // The source fires in every one of 50 steps.
//! let spikes = Raster { starts: (0..=50).collect(), neurons: vec![0; 50] };
//! let weights = Var::new(&[0.2f64, 0.0], &Device::Cpu)?;
//! let record = [Recorder::each("v", 0..50)];
//! let inputs = [
//!     PopulationInput::Sources(spikes),
//!     PopulationInput::Cells { start: &start, params: &params, drive: None, record: &record },
//! ];
//! let v = &network_scan(&circuit, 50, 1, &inputs, &weights, &[])?[1][0];
//! assert_eq!((v.dims(), v.dtype()), (&[50, 1, 2][..], DType::F64));
//! let gradient = v.sum_all()?.backward()?.get(&weights).ok_or("no gradient")?.to_vec1::<f64>()?;
//! assert!(gradient.iter().all(|g| *g > 0.0), "excitation raises potentials: {gradient:?}");
//! # Ok(())
//! # }
//! ```

#[cfg(any(feature = "cuda", feature = "metal"))]
mod device;
mod input;
mod joined;
mod operation;
mod scan_data;

pub use input::{FeedbackPath, PopulationInput, Recorder};

use candle_core::{DType, Result, Tensor, bail};
use joined::{Joined, fits};
use kernels::network::bptt::{Circuit, Record, Reduce};
use scan_data::NetworkScan;
use std::sync::{Arc, Mutex};

/// Runs a circuit for `steps` steps and `batch` elements and returns what the recorders of each population record, in
/// one differentiable operation; see the [module](self). Gradients go back along each projection as `paths` say, or
/// along all by their weights where `paths` is empty.
///
/// # Errors
/// It fails, naming both sides, where an output or input is unknown, or where shapes or types do not fit the circuit.
/// It fails with [`Divergence`](crate::Divergence), which names the first step, population and state variable, where a
/// state or its gradient is not finite.
pub fn network_scan(
    circuit: &Arc<Circuit>,
    steps: usize,
    batch: usize,
    inputs: &[PopulationInput],
    weights: &Tensor,
    paths: &[FeedbackPath],
) -> Result<Vec<Vec<Tensor>>> {
    let groups = circuit.populations();
    if inputs.len() != groups.len() {
        bail!("network scan: {} inputs for {} populations", inputs.len(), groups.len())
    }
    let mut joined = Joined::default();
    for (group, input) in groups.iter().zip(inputs) {
        joined.add(group, input, steps, batch)?;
    }
    fits("network", "weights", weights, &[circuit.synapses()])?;
    let Joined { drives, spikes, record, start, mut params, drive } = joined;
    let split = params.iter().map(|t| t.elem_count()).sum();
    let tuned = params.iter().any(Tensor::track_op);
    params.push(weights.flatten_all()?);
    let flat = |parts: Vec<Tensor>| match parts.len() {
        0 => Tensor::zeros(0, weights.dtype(), weights.device()),
        1 => Ok(parts[0].clone()),
        _ => Tensor::cat(&parts, 0),
    };
    let (start, values, drive) = (flat(start)?, flat(params)?, flat(drive)?);
    let near = |t: &Tensor| t.device().same_device(weights.device());
    for t in [&start, &values, &drive] {
        if t.dtype() != weights.dtype() || !matches!(t.dtype(), DType::F32 | DType::F64) || !near(t) {
            bail!("network scan: tensors of {t:?} and {:?}; all must be F32 or F64, on one device", weights.dtype())
        }
    }
    let kept = start.track_op() || values.track_op() || drive.track_op();
    let paths = paths.iter().map(|path| match path {
        FeedbackPath::Fixed(t) if t.dtype() != weights.dtype() || !near(t) => {
            bail!("network scan: a path of {t:?}; the weights are {:?}, on {:?}", weights.dtype(), weights.device())
        }
        FeedbackPath::Fixed(t) => t.flatten_all()?.contiguous().map(FeedbackPath::Fixed),
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
