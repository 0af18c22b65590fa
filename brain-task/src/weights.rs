//! Learnt weights are free numbers, which the circuit sees as magnitudes with signs.

use crate::TrainError;
use crate::config::Magnitude;
use crate::wiring::Learnt;
use brain_core::checkpoint::{Array, Checkpoint, CheckpointError};
use candle_core::{DType, Device, Result, Tensor, Var};

/// The names of the free numbers in checkpoints have this prefix.
pub(crate) const FREE: &str = "free";

/// Logarithms are taken of magnitudes of at least this; that of zero does not exist.
const LEAST: f32 = 1e-12;

/// Weights that are learnt are candle's variables on one device.
#[derive(Clone, Debug)]
pub struct LearntWeights {
    slots: Vec<Slot>,
    magnitude: Magnitude,
    device: Device,
    dtype: DType,
}

#[derive(Clone, Debug)]
struct Slot {
    learnt: Learnt,
    free: Var,
    /// The mask is 1 where learning may change the weight, else 0.
    mask: Option<Tensor>,
}

impl LearntWeights {
    /// Makes weights on a device, from their initial values.
    pub fn new(learnt: &[Learnt], magnitude: Magnitude, device: &Device, dtype: DType) -> Result<Self> {
        let slot = |learnt: &Learnt| {
            let free: Vec<f32> = match (magnitude, learnt.factor) {
                (Magnitude::Exponential, Some(_)) => learnt.initial.iter().map(|m| m.max(LEAST).ln()).collect(),
                _ => learnt.initial.clone(),
            };
            let tensor = |x: &[f32]| Tensor::from_slice(x, x.len(), device)?.to_dtype(dtype);
            let mask = learnt.plastic.as_deref().map(tensor).transpose()?;
            Ok(Slot { learnt: learnt.clone(), free: Var::from_tensor(&tensor(&free)?)?, mask })
        };
        let slots = learnt.iter().map(slot).collect::<Result<_>>()?;
        Ok(Self { slots, magnitude, device: device.clone(), dtype })
    }

    /// Returns the free numbers by name.
    pub fn named(&self) -> Vec<(String, Var)> {
        self.slots.iter().map(|s| (s.learnt.name.clone(), s.free.clone())).collect()
    }

    /// Returns the names and magnitudes of the weights that keep Dale's law, differentiable w.r.t. the free numbers.
    pub fn magnitudes(&self) -> Result<Vec<(&str, Tensor)>> {
        let own = self.slots.iter().filter(|s| s.learnt.factor.is_some());
        own.map(|s| Ok((s.learnt.name.as_str(), self.value(s)?))).collect()
    }

    /// Returns the weights of the circuit, `[synapse]`: signs included, differentiable w.r.t. the free numbers.
    pub fn flat(&self) -> Result<Tensor> {
        let parts = self.slots.iter().filter(|s| !s.learnt.range.is_empty());
        let signed = |s: &Slot| self.value(s)?.affine(s.learnt.factor.unwrap_or(1.0), 0.0);
        let parts = parts.map(signed).collect::<Result<Vec<_>>>()?;
        match parts.len() {
            0 => Tensor::zeros(0, self.dtype, &self.device),
            _ => Tensor::cat(&parts, 0),
        }
    }

    /// Returns the weights of a readout that is not part of the circuit, `[neuron, output]` of each population that is
    /// read.
    pub fn outside(&self, outputs: usize) -> Result<Vec<Tensor>> {
        let own = self.slots.iter().filter(|s| s.learnt.factor.is_none());
        own.map(|s| self.value(s)?.reshape(((), outputs))).collect()
    }

    /// Returns the present values by name: magnitudes, and readout weights as they are.
    pub fn values(&self) -> Result<Vec<(&str, Vec<f32>)>> {
        let numbers = |s: &Slot| self.value(s)?.detach().to_dtype(DType::F32)?.to_vec1();
        self.slots.iter().map(|s| Ok((s.learnt.name.as_str(), numbers(s)?))).collect()
    }

    /// Returns the precision of the weights, and of all that is computed from them.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Returns the device on which the weights are, and where all that is computed from them runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    fn value(&self, slot: &Slot) -> Result<Tensor> {
        let free = slot.free.as_tensor();
        let value = match (slot.learnt.factor, self.magnitude) {
            (None, _) => free.clone(),
            (Some(_), Magnitude::Absolute) => free.abs()?,
            (Some(_), Magnitude::Exponential) => free.exp()?,
        };
        match &slot.mask {
            None => Ok(value),
            // Where the mask is 0 the value passes and its gradient does not.
            Some(mask) => (value.detach() + ((&value - value.detach())? * mask)?)?.reshape(value.dims()),
        }
    }

    /// Copies the free numbers.
    pub fn snapshot(&self) -> Result<Vec<Tensor>> {
        self.slots.iter().map(|s| s.free.as_tensor().copy()).collect()
    }

    /// Sets the free numbers to those of a snapshot.
    pub fn set(&self, snapshot: &[Tensor]) -> Result<()> {
        self.slots.iter().zip(snapshot).try_for_each(|(s, free)| s.free.set(free))
    }

    /// Adds the free numbers to a checkpoint.
    pub fn save(&self, checkpoint: &mut Checkpoint) -> std::result::Result<(), TrainError> {
        for s in &self.slots {
            checkpoint.insert(format!("{FREE}/{}", s.learnt.name), Array::from_tensor(&s.free)?);
        }
        Ok(())
    }

    /// Takes the readout's weights, `readout/<population>` of shape `[neuron, output]`, out of the checkpoint of a trained
    /// network.
    pub fn load_readout(
        &self,
        checkpoint: &mut Checkpoint,
        outputs: usize,
    ) -> std::result::Result<(), CheckpointError> {
        checkpoint.load_vars(self.dtype, &self.device, |vars| {
            self.slots.iter().filter(|s| s.learnt.factor.is_none()).try_for_each(|s| {
                let shape = (s.free.elem_count() / outputs.max(1), outputs);
                s.free.set(&vars.get(shape, &s.learnt.name)?.flatten_all()?)
            })
        })
    }

    /// Takes the free numbers out of a checkpoint.
    pub fn restore(&self, checkpoint: &mut Checkpoint) -> std::result::Result<(), TrainError> {
        Ok(self.set(&self.taken(checkpoint, FREE)?)?)
    }

    /// Takes numbers of the shapes of the free ones, named `<prefix>/<name>`, out of a checkpoint.
    pub fn taken(
        &self,
        checkpoint: &mut Checkpoint,
        prefix: &str,
    ) -> std::result::Result<Vec<Tensor>, CheckpointError> {
        checkpoint.load_vars(self.dtype, &self.device, |vars| {
            self.slots.iter().map(|s| vars.get(s.free.dims(), &format!("{prefix}/{}", s.learnt.name))).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(factor: Option<f64>, plastic: Option<Vec<f32>>) -> Learnt {
        let initial = vec![0.5, 2.0, 0.0];
        Learnt { name: "weight/I-E".into(), range: 0..3, initial, factor, plastic }
    }

    #[test]
    fn signs_and_masks_survive_any_step() {
        for magnitude in [Magnitude::Absolute, Magnitude::Exponential] {
            let all = [learnt(Some(-1.0), Some(vec![1.0, 0.0, 1.0]))];
            let weights = LearntWeights::new(&all, magnitude, &Device::Cpu, DType::F64).unwrap();
            let flat = weights.flat().unwrap().to_vec1::<f64>().unwrap();
            assert!(flat.iter().zip([-0.5, -2.0, 0.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{flat:?}");
            let (_, free) = weights.named().remove(0);
            let grads = weights.flat().unwrap().sum_all().unwrap().backward().unwrap();
            let g = grads.get(&free).unwrap().to_vec1::<f64>().unwrap();
            assert!(g[0] < 0.0 && g[1] == 0.0, "{g:?}");
            free.set(&Tensor::new(&[-3.0, 2.0, 5.0], &Device::Cpu).unwrap()).unwrap();
            assert!(weights.flat().unwrap().to_vec1::<f64>().unwrap().iter().all(|w| *w <= 0.0));
        }
    }

    #[test]
    fn what_is_saved_comes_back() {
        let weights = LearntWeights::new(&[learnt(None, None)], Magnitude::Absolute, &Device::Cpu, DType::F32).unwrap();
        let mut checkpoint = Checkpoint::default();
        weights.save(&mut checkpoint).unwrap();
        let (_, free) = weights.named().remove(0);
        free.set(&Tensor::new(&[1.0f32, 1.0, 1.0], &Device::Cpu).unwrap()).unwrap();
        weights.restore(&mut checkpoint).unwrap();
        assert_eq!(weights.values().unwrap()[0].1, [0.5, 2.0, 0.0]);
    }
}
