//! This module opens devices by name and runs scans on them.
//!
//! [`open`] returns candle's device for `cpu`, `cuda`, `cuda:1` or `metal`, or says in words why it cannot.
//! [`scan`](crate::scan()) and [`Objective`](crate::Objective) run where their tensors are, without a copy to the host.
//! [`Backend`] is a device with a precision.
//!
//! ```
//! use brain_core::device::open;
//!
//! assert!(open("cpu").unwrap().is_cpu());
//! let message = open("gpu").unwrap_err().to_string();
//! assert!(message.contains("give `cpu`, `cuda`"));
//! ```

mod backend;
mod card;
#[cfg(feature = "cuda")]
mod cuda;
mod error;
#[cfg(feature = "metal")]
mod metal;

pub use backend::{Backend, on_host, to_host};
pub use card::Card;
#[cfg(feature = "cuda")]
pub use cuda::Cuda;
pub use error::DeviceError;
#[cfg(feature = "metal")]
pub use metal::Metal;

use candle_core::{Device, Layout, Storage, WithDType};
use kernels::{Precision, device::Queue};

/// A floating-point type of the kernels, of candle, and of CUDA where this program is built with it.
#[cfg(feature = "cuda")]
pub trait Number: Precision + WithDType + cuda::CudaNumber {}

#[cfg(feature = "cuda")]
impl<F: Precision + WithDType + cuda::CudaNumber> Number for F {}

/// A floating-point type of the kernels, of candle, and of CUDA where this program is built with it.
#[cfg(not(feature = "cuda"))]
pub trait Number: Precision + WithDType {}

#[cfg(not(feature = "cuda"))]
impl<F: Precision + WithDType> Number for F {}

/// A queue that candle's tensors live on.
pub trait Tensors<F: Number>: Queue<F, Error = DeviceError> {
    /// The storage in which candle keeps a tensor's numbers on this device.
    type Storage;
    /// Finds a tensor's storage, if it is on such a device.
    fn find(storage: &Storage) -> Option<&Self::Storage>;
    /// Returns a view of the numbers of a tensor, in order; it fails if the tensor is not contiguous.
    fn view(&self, storage: &Self::Storage, layout: &Layout) -> Result<Self::Buffer, DeviceError>;
    /// Makes storage of a buffer that this queue allocated.
    fn own(&self, buffer: Self::Buffer) -> Result<Self::Storage, DeviceError>;
    /// Makes a tensor's storage of storage on such a device.
    fn wrap(storage: Self::Storage) -> Storage;
}

/// Runs `$body` with `$queue` as the queue of `$device`, or `$cpu` where that is the processor. In a program that was
/// built without a device's backend, `$body` for it is the error that says so.
#[macro_export]
macro_rules! on_device {
    ($device:expr, $queue:ident => $body:expr, cpu => $cpu:expr) => {
        match $crate::device::ScanDevice::of($device)? {
            $crate::device::ScanDevice::Cpu => $cpu,
            #[cfg(feature = "cuda")]
            $crate::device::ScanDevice::Cuda(device) => {
                let $queue = &device;
                $body
            }
            #[cfg(feature = "metal")]
            $crate::device::ScanDevice::Metal(device) => {
                let $queue = &device;
                $body
            }
        }
    };
}
pub use on_device;

/// The place where a device's scans run. A backend that was not built has none.
#[derive(Clone, Debug)]
pub enum ScanDevice {
    /// The processor.
    Cpu,
    /// A CUDA device.
    #[cfg(feature = "cuda")]
    Cuda(Cuda),
    /// A Metal device.
    #[cfg(feature = "metal")]
    Metal(Metal),
}

impl ScanDevice {
    /// Finds the place of a device.
    pub fn of(device: &Device) -> Result<ScanDevice, DeviceError> {
        match device {
            Device::Cpu => Ok(ScanDevice::Cpu),
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => Ok(ScanDevice::Cuda(Cuda::new(device))),
            #[cfg(feature = "metal")]
            Device::Metal(device) => Ok(ScanDevice::Metal(Metal::new(device))),
            #[cfg(not(feature = "cuda"))]
            Device::Cuda(_) => Err(not_built("CUDA")),
            #[cfg(not(feature = "metal"))]
            Device::Metal(_) => Err(not_built("Metal")),
        }
    }
}

fn not_built(backend: &'static str) -> DeviceError {
    DeviceError::NotBuilt { backend, feature: if backend == "CUDA" { "cuda" } else { "metal" } }
}

/// Returns the first and last place of a tensor's numbers, which must be in order.
pub(crate) fn in_order(layout: &Layout) -> candle_core::Result<(usize, usize)> {
    layout.contiguous_offsets().ok_or_else(|| {
        let (shape, stride) = (layout.shape(), layout.stride());
        candle_core::Error::Msg(format!(
            "a tensor of shape {shape:?} has strides {stride:?}; call `contiguous` on it first"
        ))
    })
}

/// A device, as its name says it.
enum Named {
    Cpu,
    Cuda(usize),
    Metal,
}

impl Named {
    fn of(name: &str) -> Option<Self> {
        match name {
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            "metal" => Some(Self::Metal),
            _ => name.strip_prefix("cuda:")?.parse().ok().map(Self::Cuda),
        }
    }
}

/// Returns whether a name is that of a device, there or not: `cpu`, `cuda`, `cuda:1` or `metal`.
pub fn is_device(name: &str) -> bool {
    Named::of(name).is_some()
}

/// Opens the device of a name: `cpu`, `cuda`, `cuda:1` or `metal`.
pub fn open(name: &str) -> Result<Device, DeviceError> {
    match Named::of(name) {
        Some(Named::Cpu) => Ok(Device::Cpu),
        Some(Named::Cuda(index)) => open_cuda(index),
        Some(Named::Metal) => open_metal(),
        None => Err(DeviceError::Unknown { found: name.into() }),
    }
}

#[cfg(feature = "cuda")]
use cuda::open as open_cuda;

#[cfg(not(feature = "cuda"))]
fn open_cuda(_: usize) -> Result<Device, DeviceError> {
    Err(not_built("CUDA"))
}

#[cfg(feature = "metal")]
fn open_metal() -> Result<Device, DeviceError> {
    Device::new_metal(0).map_err(|e| DeviceError::NoMetal { why: e.to_string() })
}

#[cfg(not(feature = "metal"))]
fn open_metal() -> Result<Device, DeviceError> {
    Err(not_built("Metal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_device_and_devices_that_are_not_there_are_told_apart() {
        for name in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "metal:0", "CUDA"] {
            assert!(matches!(open(name), Err(DeviceError::Unknown { .. })), "{name}");
        }
        if cfg!(not(feature = "cuda")) {
            let message = open("cuda:0").unwrap_err().to_string();
            assert!(message.contains("built without CUDA") && message.contains("--features cuda"), "{message}");
        }
        if cfg!(not(feature = "metal")) {
            assert!(open("metal").unwrap_err().to_string().contains("built without Metal"));
        }
    }
}
