//! This module runs scans on candle's CUDA devices.

use super::{Card, DeviceError, Number, Tensors, error::room};
use candle_core::{
    CudaDevice, CudaStorage, Device, Error, Layout, Storage,
    cuda_backend::{
        CudaDType, CudaError, WrapErr,
        cudarc::driver::{
            CudaSlice, DevicePtr, DeviceRepr, DriverError, LaunchConfig, PushKernelArg, result,
            sys::{CUdevice_attribute, CUfunction_attribute_enum, CUresult, cuDriverGetVersion},
        },
    },
};
use kernels::{
    DeviceProgram, Precision,
    device::{Entry, LaunchShape, Queue},
};

/// A number that CUDA kernels take.
pub trait CudaNumber: CudaDType + DeviceRepr {}

impl<F: Precision + CudaDType + DeviceRepr> CudaNumber for F {}

/// The compute capability that the PTX of `kernels` is built for.
const NEEDED: (i32, i32) = (8, 0);

/// Opens the card of a number, after asking the driver what could be wrong with it.
pub(super) fn open(index: usize) -> Result<Device, DeviceError> {
    let no_driver = |e: DriverError| DeviceError::NoDriver { why: e.to_string() };
    result::init().map_err(no_driver)?;
    let count = result::device::get_count().map_err(no_driver)? as usize;
    if index >= count {
        return Err(DeviceError::NoSuch { index, count });
    }
    let attribute = |which| {
        let device = result::device::get(index as i32)?;
        // SAFETY: the driver has just returned the device.
        unsafe { result::device::get_attribute(device, which) }
    };
    let major = attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR).map_err(no_driver)?;
    let minor = attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR).map_err(no_driver)?;
    if (major, minor) < NEEDED {
        return Err(DeviceError::Architecture { index, found: (major, minor), needed: NEEDED });
    }
    Device::new_cuda(index).map_err(|error| DeviceError::Libraries { why: error.to_string() })
}

/// Returns the newest version of CUDA that the driver knows.
fn driver_version() -> (i32, i32) {
    let mut version = 0;
    // SAFETY: the call writes one number, to a place that is valid.
    let _ = unsafe { cuDriverGetVersion(&mut version) };
    (version / 1000, version % 1000 / 10)
}

/// A queue of candle's device. Launches go to candle's stream, in order with its own.
#[derive(Clone, Debug)]
pub struct Cuda(CudaDevice);

impl Cuda {
    /// Makes a queue of a device.
    pub fn new(device: &CudaDevice) -> Self {
        Cuda(device.clone())
    }
}

/// Numbers on the device, which this queue owns or a tensor that lives longer.
#[derive(Debug)]
pub struct Buffer<F> {
    pointer: u64,
    length: usize,
    own: Option<CudaSlice<F>>,
}

/// A header, as an argument of a launch.
#[repr(transparent)]
struct Argument<H>(H);

// SAFETY: it is plain data, the same bytes as the struct that kernels take.
unsafe impl<H: Copy> DeviceRepr for Argument<H> {}

impl Cuda {
    fn owned<F>(&self, slice: CudaSlice<F>, length: usize) -> Buffer<F> {
        let stream = self.0.cuda_stream();
        let pointer = slice.device_ptr(&stream).0;
        Buffer { pointer, length, own: Some(slice) }
    }
}

/// Shared memory that a block has without asking for more, bytes.
const USUAL_SHARED: u32 = 48 << 10;

/// Returns what the driver says under candle's wrappings.
fn driver_code(error: &Error) -> Option<CUresult> {
    match error {
        Error::WithBacktrace { inner, .. } | Error::WithPath { inner, .. } | Error::Context { inner, .. } => {
            driver_code(inner)
        }
        Error::Cuda(inner) => match inner.downcast_ref()? {
            CudaError::Cuda(DriverError(code)) | CudaError::Load { cuda: DriverError(code), .. } => Some(*code),
            _ => None,
        },
        _ => None,
    }
}

/// Makes the error of a module that does not load, which says so where the driver is too old.
fn loading(error: Error) -> DeviceError {
    match driver_code(&error) {
        Some(code @ (CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION | CUresult::CUDA_ERROR_INVALID_PTX)) => {
            DeviceError::OldDriver { driver: driver_version(), why: DriverError(code).to_string() }
        }
        _ => error.into(),
    }
}

impl<F: Number> Queue<F> for Cuda {
    type Buffer = Buffer<F>;
    type Words = Buffer<u32>;
    type Error = DeviceError;

    fn room(&self, bytes: usize, batch: usize) -> Result<(), DeviceError> {
        let stream = self.0.cuda_stream();
        let free = || Ok::<usize, Error>(stream.context().mem_get_info().w()?.0);
        if free()? < bytes {
            // The driver gives freed memory back once the stream is idle.
            stream.synchronize().w()?;
        }
        room(bytes, free()?, batch)
    }

    fn allocate(&self, length: usize) -> Result<Buffer<F>, DeviceError> {
        // SAFETY: kernels write every number before it is read.
        let slice = unsafe { self.0.alloc::<F>(length.max(1)) }?;
        Ok(self.owned(slice, length))
    }

    fn upload(&self, from: &[F]) -> Result<Buffer<F>, DeviceError> {
        let buffer = match from {
            [] => return self.allocate(0),
            from => self.0.clone_htod(from)?,
        };
        Ok(self.owned(buffer, from.len()))
    }

    fn download(&self, from: &Buffer<F>, to: &mut [F]) -> Result<(), DeviceError> {
        let stream = self.0.cuda_stream();
        if let (Some(slice), false) = (&from.own, to.is_empty()) {
            stream.memcpy_dtoh(&slice.slice(..from.length), to).w()?;
        }
        Ok(stream.synchronize().w()?)
    }

    fn upload_words(&self, from: &[u32]) -> Result<Buffer<u32>, DeviceError> {
        let buffer = self.0.clone_htod(if from.is_empty() { &[0][..] } else { from })?;
        Ok(self.owned(buffer, from.len()))
    }

    fn shared(&self) -> usize {
        let most = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
        let most = self.0.cuda_stream().context().attribute(most);
        most.ok().and_then(|bytes| bytes.try_into().ok()).unwrap_or(USUAL_SHARED as usize)
    }

    fn wait(&self) -> Result<(), DeviceError> {
        Ok(self.0.cuda_stream().synchronize().w()?)
    }

    fn launch<H: Copy + 'static>(
        &self,
        program: &'static DeviceProgram,
        entry: Entry,
        shape: LaunchShape,
        header: &H,
        numbers: &[Option<&Buffer<F>>],
        words: &[&Buffer<u32>],
    ) -> Result<(), DeviceError> {
        let [single, double] = program.ptx.ok_or_else(|| super::not_built("CUDA"))?;
        let (ptx, precision) = if F::SINGLE { (single, "f32") } else { (double, "f64") };
        let module = format!("{}-{precision}", program.name);
        let function = self.0.get_or_load_custom_func(entry.name(), &module, ptx).map_err(loading)?;
        if shape.shared > USUAL_SHARED {
            let most = CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            function.set_attribute(most, shape.shared as i32).w()?;
        }
        let header = Argument(*header);
        let numbers = numbers.iter().map(|b| b.map_or(0, |b| b.pointer));
        let pointers: Vec<u64> = numbers.chain(words.iter().map(|b| b.pointer)).collect();
        let mut launch = function.builder();
        launch.arg(&header);
        pointers.iter().for_each(|pointer| {
            launch.arg(pointer);
        });
        let config = LaunchConfig {
            grid_dim: (shape.grid[0], shape.grid[1], 1),
            block_dim: (shape.block[0], shape.block[1], 1),
            shared_mem_bytes: shape.shared,
        };
        // SAFETY: the arguments are those of the entry, in its order; buffers outlive the stream's use of them, for they
        // are freed on the same stream.
        unsafe { launch.launch(config) }.w()?;
        Ok(())
    }
}

impl<F: Number> Tensors<F> for Cuda {
    type Storage = CudaStorage;

    fn find(storage: &Storage) -> Option<&CudaStorage> {
        match storage {
            Storage::Cuda(storage) => Some(storage),
            _ => None,
        }
    }

    fn view(&self, storage: &CudaStorage, layout: &Layout) -> Result<Buffer<F>, DeviceError> {
        let (from, to) = super::in_order(layout)?;
        let slice = storage.as_cuda_slice::<F>()?;
        let stream = self.0.cuda_stream();
        let pointer = slice.device_ptr(&stream).0 + (from * size_of::<F>()) as u64;
        Ok(Buffer { pointer, length: to - from, own: None })
    }

    fn own(&self, buffer: Buffer<F>) -> Result<CudaStorage, DeviceError> {
        let slice = buffer.own.ok_or_else(|| Error::Msg("a view of a tensor is not a storage".into()))?;
        Ok(CudaStorage::wrap_cuda_slice(slice, self.0.clone()))
    }

    fn wrap(storage: CudaStorage) -> Storage {
        Storage::Cuda(storage)
    }
}

/// Asks the driver for the properties of a card.
pub(super) fn card(device: &CudaDevice) -> Option<Card> {
    let stream = device.cuda_stream();
    let context = stream.context();
    let attribute = |which| context.attribute(which).ok();
    Some(Card {
        name: context.name().ok()?,
        multiprocessors: attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)? as u32,
        clock_hz: 1e3 * f64::from(attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)?),
        memory: context.mem_get_info().ok()?.1,
        driver: Some(driver_version()),
    })
}
