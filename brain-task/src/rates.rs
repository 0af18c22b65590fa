//! Rates as an input: what spikes of those rates would bring on average.
//!
//! With channel rates `f_c[t, b]`, synapses of weight `w_cj` and step dt, neuron j gets
//! `u_j[t, b] = dt sum_c w_cj f_c[t, b]` where a spike of channel c would bring `w_cj`; delays are left out.

use crate::TrainError;
use crate::wiring::Wiring;
use candle_core::{Device, Result, Tensor};
use std::collections::BTreeMap;

/// What one population is driven by.
#[derive(Clone, Debug)]
pub struct Driven {
    /// Its index.
    pub group: usize,
    /// Which of its inputs.
    pub inputs: Vec<&'static str>,
    /// `[T, input, B, neuron]`, differentiable by the weights.
    pub values: Tensor,
}

impl Wiring {
    /// Drives of the populations that the task's channels reach; `rates` are `[T, B, channel]`, Hz, `weights` those of
    /// the circuit.
    pub fn driven(
        &self,
        rates: &[f32],
        weights: &Tensor,
        steps: usize,
        batch: usize,
    ) -> std::result::Result<Vec<Driven>, TrainError> {
        let channels = self.circuit.populations()[self.input].neurons;
        let rates = Tensor::from_slice(rates, (steps * batch, channels), &Device::Cpu)?.to_dtype(weights.dtype())?;
        let spikes = rates.affine(self.dt_ms * 1e-3, 0.0)?;
        let mut all: BTreeMap<usize, Vec<(&'static str, Tensor)>> = BTreeMap::new();
        for inlet in &self.inlets {
            let n = self.circuit.populations()[inlet.group].neurons;
            let own = weights.narrow(0, inlet.range.start, inlet.range.len())?;
            let index = Tensor::new(&inlet.places[..], &Device::Cpu)?;
            let dense = Tensor::zeros(channels * n, weights.dtype(), &Device::Cpu)?.index_add(&index, &own, 0)?;
            let u = spikes.matmul(&dense.reshape((channels, n))?)?.reshape((steps, 1, batch, n))?;
            let inputs = all.entry(inlet.group).or_default();
            match inputs.iter_mut().find(|(name, _)| *name == inlet.input) {
                Some((_, sum)) => *sum = (&*sum + u)?,
                None => inputs.push((inlet.input, u)),
            }
        }
        let join = |(group, inputs): (usize, Vec<(&'static str, Tensor)>)| -> Result<Driven> {
            let (inputs, values): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
            Ok(Driven { group, inputs, values: Tensor::cat(&values, 1)? })
        };
        Ok(all.into_iter().map(join).collect::<Result<_>>()?)
    }
}
