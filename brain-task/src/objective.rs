//! Losses of a readout over the window of a task, and what a trial is scored by.

use crate::task::Batch;
use candle_core::{D, Result, Tensor};
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

/// Largest error of the mean over the window at which a trial with values counts as right.
pub const TOLERANCE: f64 = 0.2;

/// What was answered, a trial: the class whose readout, summed over the window, is the largest; for values 1 where
/// their root mean square error is at most [`TOLERANCE`], else 0.
pub fn answers(readout: &Tensor, wanted: &Wanted) -> Result<Vec<u32>> {
    match wanted {
        Wanted::Classes(_) => readout.detach().sum(0)?.argmax(D::Minus1)?.to_vec1(),
        Wanted::Values(values) => {
            let target = Tensor::from_slice(values, readout.dims(), readout.device())?.to_dtype(readout.dtype())?;
            let error = (readout.detach() - target)?.sqr()?.mean((0, 2))?.sqrt()?;
            let error = error.to_dtype(candle_core::DType::F64)?.to_vec1::<f64>()?;
            Ok(error.into_iter().map(|e| u32::from(e <= TOLERANCE)).collect())
        }
    }
}

/// Which answers are right.
pub fn right(answers: &[u32], wanted: &Wanted) -> Vec<bool> {
    match wanted {
        Wanted::Classes(classes) => answers.iter().zip(classes).map(|(a, c)| a == c).collect(),
        Wanted::Values(_) => answers.iter().map(|&a| a == 1).collect(),
    }
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
        let answered = answers(&readout, &wanted).unwrap();
        assert_eq!(answered, [1, 1]);
        assert_eq!(right(&answered, &wanted), [true, false]);
    }

    #[test]
    fn values_by_hand() {
        let readout = Tensor::from_slice(&[0.5f64, 0.1, 0.5, -0.1], (2, 2, 1), &Device::Cpu).unwrap();
        let wanted = Wanted::Values(vec![0.0; 4]);
        assert!((loss(&readout, &wanted).unwrap().to_scalar::<f64>().unwrap() - 0.13).abs() < 1e-12);
        assert_eq!(right(&answers(&readout, &wanted).unwrap(), &wanted), [false, true]);
    }
}
