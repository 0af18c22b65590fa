//! Rates can be the input of a network: neurons then get what spikes of those rates would bring on average.
//!
//! With channel rates `f_c[t, b]`, synapses of weight `w_cj` and step dt, neuron j gets
//! `u_j[t, b] = dt sum_c w_cj f_c[t, b]` where a spike of channel c would bring `w_cj`; delays are left out.

use crate::TrainError;
use crate::wiring::Wiring;
use candle_core::{Result, Tensor};
use std::collections::BTreeMap;

/// Rates drive one population.
#[derive(Clone, Debug)]
pub struct RateDrive {
    /// The population has this index.
    pub group: usize,
    /// The drive reaches these inputs.
    pub inputs: Vec<&'static str>,
    /// The drive has these values, `[time, input, trial, neuron]`, differentiable w.r.t. the weights.
    pub values: Tensor,
}

impl Wiring {
    /// Computes the drives of the populations that the task's channels reach. `rates` are `[time, trial, channel]`, Hz,
    /// and `weights` are those of the circuit, `[synapse]`.
    pub fn driven(
        &self,
        rates: &[f32],
        weights: &Tensor,
        steps: usize,
        batch: usize,
    ) -> std::result::Result<Vec<RateDrive>, TrainError> {
        let channels = self.circuit.populations()[self.input].neurons;
        let rates =
            Tensor::from_slice(rates, (steps * batch, channels), weights.device())?.to_dtype(weights.dtype())?;
        let spikes = rates.affine(self.dt_ms * 1e-3, 0.0)?;
        let mut all: BTreeMap<usize, Vec<(&'static str, Tensor)>> = BTreeMap::new();
        for projection in &self.input_projections {
            let n = self.circuit.populations()[projection.group].neurons;
            let own = weights.narrow(0, projection.range.start, projection.range.len())?;
            let index = Tensor::new(&projection.places[..], weights.device())?;
            let dense = Tensor::zeros(channels * n, weights.dtype(), weights.device())?.index_add(&index, &own, 0)?;
            let u = spikes.matmul(&dense.reshape((channels, n))?)?.reshape((steps, 1, batch, n))?;
            let inputs = all.entry(projection.group).or_default();
            match inputs.iter_mut().find(|(name, _)| *name == projection.input) {
                Some((_, sum)) => *sum = (&*sum + u)?,
                None => inputs.push((projection.input, u)),
            }
        }
        let join = |(group, inputs): (usize, Vec<(&'static str, Tensor)>)| -> Result<RateDrive> {
            let (inputs, values): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
            Ok(RateDrive { group, inputs, values: Tensor::cat(&values, 1)? })
        };
        Ok(all.into_iter().map(join).collect::<Result<_>>()?)
    }
}
