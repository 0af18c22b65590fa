//! A backend says where tensors are and in which precision: it is what `--device` and `--dtype` choose.

use super::{DeviceError, in_order, open};
use candle_core::{CpuStorage, DType, Device, Result, Shape, Storage, Tensor};

/// A device and a precision.
///
/// Programs make their tensors with it; scans, objectives and networks then run where their tensors are.
///
/// ```
/// use brain_core::Backend;
/// use candle_core::DType;
///
/// let backend = Backend::open("cpu", DType::F32).unwrap();
/// let row = backend.tensor(&[1.0, 2.5], 2).unwrap();
/// assert_eq!(row.dtype(), DType::F32);
/// assert_eq!(brain_core::device::to_host(&row).unwrap(), [1.0, 2.5]);
/// ```
#[derive(Clone, Debug)]
pub struct Backend {
    device: Device,
    dtype: DType,
}

impl Default for Backend {
    /// Returns the processor, in double precision.
    fn default() -> Self {
        Backend { device: Device::Cpu, dtype: DType::F64 }
    }
}

impl Backend {
    /// Opens the device of a name (see [`open`]) with F32 or F64.
    ///
    /// # Errors
    /// It fails if there is no such device, or if the device does not have the precision.
    pub fn open(device: &str, dtype: DType) -> std::result::Result<Self, DeviceError> {
        let device = open(device)?;
        match device.is_metal() && dtype != DType::F32 {
            true => Err(DeviceError::Precision),
            false => Ok(Backend { device, dtype }),
        }
    }

    /// Makes a backend of a device and a precision that are known to go together, such as those of a tensor.
    pub fn of(device: &Device, dtype: DType) -> Self {
        Backend { device: device.clone(), dtype }
    }

    /// Returns the precision: F32 or F64.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Returns the device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Makes a tensor of numbers on the device, in the precision.
    pub fn tensor(&self, numbers: &[f64], shape: impl Into<Shape>) -> Result<Tensor> {
        Tensor::from_slice(numbers, shape, &Device::Cpu)?.to_dtype(self.dtype)?.to_device(&self.device)
    }
}

/// Copies the numbers of a tensor on any device to the host, in order.
pub fn to_host(tensor: &Tensor) -> Result<Vec<f64>> {
    tensor.flatten_all()?.to_device(&Device::Cpu)?.to_dtype(DType::F64)?.to_vec1()
}

/// Calls `see` with the numbers of a tensor, in order, and returns what it returns. The numbers are copied only if they
/// are elsewhere than in the host's memory, or of another type.
pub fn on_host<T>(tensor: &Tensor, see: impl FnOnce(&[f64]) -> T) -> Result<T> {
    let here = tensor.device().is_cpu() && tensor.dtype() == DType::F64 && tensor.is_contiguous();
    if here {
        let (storage, layout) = tensor.storage_and_layout();
        let (from, to) = in_order(layout)?;
        if let Storage::Cpu(CpuStorage::F64(numbers)) = &*storage {
            return Ok(see(&numbers[from..to]));
        }
    }
    Ok(see(&to_host(tensor)?))
}
