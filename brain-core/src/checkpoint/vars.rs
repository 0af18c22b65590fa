//! Variables of candle's modules come out of a checkpoint through candle's [`VarBuilder`].

use super::{Checkpoint, CheckpointError, Element};
use candle_core::{DType, Device, Error, Result, Shape, Tensor};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A source of tensors: a checkpoint that they are taken out of, and why the last one could not be.
struct Source<'a> {
    checkpoint: Mutex<&'a mut Checkpoint>,
    failed: Mutex<Option<CheckpointError>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Checkpoint {
    /// Takes the variables that `load` asks for out, in the precision `dtype` on a device: with it every module that is
    /// made of a [`VarBuilder`] is loaded. Numbers may be stored in less precision, not in more.
    ///
    /// ```
    /// use brain_core::checkpoint::{Array, Checkpoint};
    /// use candle_core::{DType, Device};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut checkpoint = Checkpoint::default();
    /// checkpoint.insert("readout.weight", Array::new(vec![1, 2], vec![0.5f32, 2.0])?);
    /// let readout = checkpoint.load_vars(DType::F32, &Device::Cpu, |vars| {
    ///     candle_nn::linear_no_bias(2, 1, vars.pp("readout"))
    /// })?;
    /// assert_eq!(readout.weight().to_vec2::<f32>()?, [[0.5, 2.0]]);
    /// checkpoint.finish()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// It fails as [`take`](Checkpoint::take) does if a tensor is missing or of another shape or type, and if `load` fails.
    pub fn load_vars<T>(
        &mut self,
        dtype: DType,
        device: &Device,
        load: impl FnOnce(VarBuilder) -> Result<T>,
    ) -> std::result::Result<T, CheckpointError> {
        let source = Source { checkpoint: Mutex::new(self), failed: Mutex::new(None) };
        let found = load(VarBuilder::from_backend(Box::new(&source), dtype, device.clone()));
        let failed = locked(&source.failed).take();
        found.map_err(|e| failed.unwrap_or_else(|| CheckpointError::candle(e)))
    }

    fn take_tensor(&mut self, shape: &[usize], name: &str, dtype: DType, device: &Device) -> TakenTensor {
        fn tensor<T: Element + candle_core::WithDType>(
            checkpoint: &mut Checkpoint,
            shape: &[usize],
            name: &str,
            device: &Device,
        ) -> TakenTensor {
            let numbers: Vec<T> = checkpoint.take(name, shape)?;
            Tensor::from_vec(numbers, shape, device).map_err(CheckpointError::candle)
        }
        match dtype {
            DType::F32 => tensor::<f32>(self, shape, name, device),
            DType::F64 => tensor::<f64>(self, shape, name, device),
            DType::U32 => tensor::<u32>(self, shape, name, device),
            other => Err(CheckpointError::Candle { cause: format!("type {other:?} is not stored") }),
        }
    }
}

type TakenTensor = std::result::Result<Tensor, CheckpointError>;

impl Source<'_> {
    /// Hands candle the error's text, and keeps the error itself.
    fn found(&self, found: TakenTensor) -> Result<Tensor> {
        found.map_err(|error| {
            let text = error.to_string();
            *locked(&self.failed) = Some(error);
            Error::Msg(text)
        })
    }
}

impl SimpleBackend for &Source<'_> {
    fn get(&self, shape: Shape, name: &str, _: Init, dtype: DType, device: &Device) -> Result<Tensor> {
        self.found(locked(&self.checkpoint).take_tensor(shape.dims(), name, dtype, device))
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        let mut checkpoint = locked(&self.checkpoint);
        let shape = checkpoint.get(name).map(|array| array.shape().to_vec()).unwrap_or_default();
        self.found(checkpoint.take_tensor(&shape, name, dtype, device))
    }

    fn contains_tensor(&self, name: &str) -> bool {
        locked(&self.checkpoint).get(name).is_some()
    }
}
