//! Losses of a readout over the window of a task.

use crate::task::Batch;
use candle_core::{D, DType, Result, Tensor};
use candle_nn::ops::log_softmax;

/// What the readout should say.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A class a trial.
    Classes(Vec<u32>),
    /// A number an output, trial and step of the window, `[window, B, output]`.
    Values(Vec<f32>),
}

impl Wanted {
    /// Of the trials of a batch.
    pub fn of(batch: &Batch, outputs: usize) -> Self {
        let classes = batch.classes();
        if classes.is_empty() { Self::Values(batch.values(outputs)) } else { Self::Classes(classes) }
    }
}

/// Loss of a readout `[window, B, output]`: of classes the mean cross-entropy of its softmax,
/// `-mean_tb log softmax(r[t, b])[class b]`; of values the mean square error.
pub fn loss(readout: &Tensor, wanted: &Wanted) -> Result<Tensor> {
    let (steps, batch, outputs) = readout.dims3()?;
    match wanted {
        Wanted::Classes(classes) => {
            let index = Tensor::new(&classes[..], readout.device())?.reshape((1, batch, 1))?;
            let index = index.broadcast_as((steps, batch, 1))?.contiguous()?;
            log_softmax(readout, D::Minus1)?.gather(&index, 2)?.mean_all()?.neg()
        }
        Wanted::Values(values) => {
            let target = Tensor::from_slice(values, (steps, batch, outputs), readout.device())?;
            (readout - target.to_dtype(readout.dtype())?)?.sqr()?.mean_all()
        }
    }
}

/// Readout of each trial, `[window, output]`.
pub fn each(readout: &Tensor) -> Result<Vec<Vec<f32>>> {
    let rows = readout.detach().to_dtype(DType::F32)?.transpose(0, 1)?.contiguous()?;
    let (batch, steps, outputs) = rows.dims3()?;
    rows.reshape((batch, steps * outputs))?.to_vec2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn cross_entropy_by_hand() {
        // Two steps, two trials, two classes.
        let r = [0.0f64, 2.0, 1.0, 0.0, 1.0, 0.0, 0.0, 3.0];
        let readout = Tensor::from_slice(&r, (2, 2, 2), &Device::Cpu).unwrap();
        let wanted = Wanted::Classes(vec![1, 0]);
        let each = |own: f64, other: f64| (1.0 + (other - own).exp()).ln();
        let hand = (each(2.0, 0.0) + each(1.0, 0.0) + each(0.0, 1.0) + each(0.0, 3.0)) / 4.0;
        let found = loss(&readout, &wanted).unwrap().to_scalar::<f64>().unwrap();
        assert!((found - hand).abs() < 1e-12, "{found} {hand}");
        assert_eq!(super::each(&readout).unwrap(), [[0.0, 2.0, 1.0, 0.0], [1.0, 0.0, 0.0, 3.0]]);
    }

    #[test]
    fn values_by_hand() {
        let readout = Tensor::from_slice(&[0.5f64, 0.1, 0.5, -0.1], (2, 2, 1), &Device::Cpu).unwrap();
        let wanted = Wanted::Values(vec![0.0; 4]);
        assert!((loss(&readout, &wanted).unwrap().to_scalar::<f64>().unwrap() - 0.13).abs() < 1e-12);
    }
}
