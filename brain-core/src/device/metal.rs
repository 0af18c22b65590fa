//! This module runs scans on candle's Metal devices.

use super::{DeviceError, Number, Tensors, error::room};
use candle_core::{CpuStorage, DType, Error, Layout, MetalDevice, MetalStorage, Storage, backend::BackendStorage};
use candle_metal_kernels::metal::{Buffer as MetalBuffer, ComputePipeline};
use kernels::{
    DeviceProgram,
    device::{Entry, LaunchShape, Queue},
};
use objc2::rc::autoreleasepool;
use objc2_metal::{MTLCompileOptions, MTLMathMode, MTLSize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// A queue of candle's device. Launches are encoded in order with candle's own.
#[derive(Clone, Debug)]
pub struct Metal(MetalDevice);

impl Metal {
    /// Makes a queue of a device.
    pub fn new(device: &MetalDevice) -> Self {
        Metal(device.clone())
    }
}

/// Numbers on the device, from an offset on.
#[derive(Clone, Debug)]
pub struct Buffer {
    buffer: Arc<MetalBuffer>,
    /// Bytes before the first number.
    offset: usize,
    length: usize,
}

type Key = (u64, &'static str, Entry);

/// Compiled entries. The text of an entry is compiled when it is first used.
static PIPELINES: Mutex<Option<HashMap<Key, ComputePipeline>>> = Mutex::new(None);

fn metal(error: impl std::fmt::Display) -> DeviceError {
    Error::Metal(error.to_string().into()).into()
}

impl Metal {
    fn pipeline(&self, program: &'static DeviceProgram, entry: Entry) -> Result<ComputePipeline, DeviceError> {
        let device = self.0.metal_device();
        let key = (device.registry_id(), program.name, entry);
        let mut known = PIPELINES.lock().map_err(metal)?;
        let known = known.get_or_insert_default();
        if let Some(pipeline) = known.get(&key) {
            return Ok(pipeline.clone());
        }
        let text = program.metal.ok_or_else(|| super::not_built("Metal"))?;
        let options = MTLCompileOptions::new();
        // Fast math would reorder operations, which changes the derivatives of a spike.
        options.setMathMode(MTLMathMode::Safe);
        let library = device.new_library_with_source(text, Some(&options)).map_err(metal)?;
        for &entry in program.entries {
            let function = library.get_function(entry.name(), None).map_err(metal)?;
            let pipeline = device.new_compute_pipeline_state_with_function(&function).map_err(metal)?;
            known.insert((key.0, key.1, entry), pipeline);
        }
        Ok(known[&key].clone())
    }
}

impl<F: Number> Queue<F> for Metal {
    type Buffer = Buffer;
    type Words = Buffer;
    type Error = DeviceError;

    fn room(&self, bytes: usize, batch: usize) -> Result<(), DeviceError> {
        if !F::SINGLE {
            return Err(DeviceError::Precision);
        }
        let device = self.0.metal_device();
        room(bytes, device.recommended_max_working_set_size().saturating_sub(device.current_allocated_size()), batch)
    }

    fn allocate(&self, length: usize) -> Result<Buffer, DeviceError> {
        let buffer = self.0.new_buffer(length.max(1), DType::F32, "scan")?;
        Ok(Buffer { buffer, offset: 0, length })
    }

    fn upload(&self, from: &[F]) -> Result<Buffer, DeviceError> {
        if from.is_empty() {
            return Queue::<F>::allocate(self, 0);
        }
        Ok(Buffer { buffer: self.0.new_buffer_with_data(from)?, offset: 0, length: from.len() })
    }

    fn download(&self, from: &Buffer, to: &mut [F]) -> Result<(), DeviceError> {
        if to.is_empty() {
            return Ok(());
        }
        let storage = MetalStorage::new(from.buffer.clone(), self.0.clone(), from.length, DType::F32);
        match storage.to_cpu_storage()? {
            CpuStorage::F32(numbers) => to.iter_mut().zip(numbers).for_each(|(to, x)| *to = F::of(f64::from(x))),
            _ => return Err(DeviceError::Precision),
        }
        Ok(())
    }

    fn upload_words(&self, from: &[u32]) -> Result<Buffer, DeviceError> {
        let some = if from.is_empty() { &[0][..] } else { from };
        Ok(Buffer { buffer: self.0.new_buffer_with_data(some)?, offset: 0, length: from.len() })
    }

    /// Returns the threadgroup memory that every device has which Metal runs on, bytes.
    fn shared(&self) -> usize {
        32 << 10
    }

    fn wait(&self) -> Result<(), DeviceError> {
        Ok(self.0.wait_until_completed()?)
    }

    fn launch<H: Copy + 'static>(
        &self,
        program: &'static DeviceProgram,
        entry: Entry,
        shape: LaunchShape,
        header: &H,
        numbers: &[Option<&Buffer>],
        words: &[&Buffer],
    ) -> Result<(), DeviceError> {
        if !F::SINGLE {
            return Err(DeviceError::Precision);
        }
        autoreleasepool(|_| {
            let pipeline = self.pipeline(program, entry)?;
            let threads = (shape.block[0] * shape.block[1]) as usize;
            if threads > pipeline.max_total_threads_per_threadgroup() {
                let most = pipeline.max_total_threads_per_threadgroup();
                let why = format!("{} of {}: {threads} threads, this device takes {most}", entry.name(), program.name);
                return Err(metal(why));
            }
            let guard = self.0.command_encoder()?;
            let encoder = guard.as_ref();
            encoder.set_compute_pipeline_state(&pipeline);
            encoder.set_bytes(0, header);
            // Metal wants a buffer for every argument; arguments that are not read get the first.
            let spare = numbers[0];
            let first_written = entry.first_written();
            let numbers = numbers.iter().enumerate().map(|(k, b)| (*b, k >= first_written.number));
            let words = words.iter().enumerate().map(|(k, b)| (Some(*b), k >= first_written.word));
            for (k, (buffer, written)) in numbers.chain(words).enumerate() {
                let Some(bound) = buffer.or(spare) else { continue };
                match buffer.is_some() && written {
                    true => encoder.set_output_buffer(k + 1, Some(&bound.buffer), bound.offset),
                    false => encoder.set_input_buffer(k + 1, Some(&bound.buffer), bound.offset),
                }
            }
            if entry.shares() {
                // The length must be a multiple of sixteen, and above zero even where the memory is not used, for the
                // argument exists.
                encoder.set_threadgroup_memory_length(0, (shape.shared as usize).max(16).next_multiple_of(16));
            }
            let size = |[x, y]: [u32; 2]| MTLSize { width: x as usize, height: y as usize, depth: 1 };
            encoder.dispatch_thread_groups(size(shape.grid), size(shape.block));
            Ok(())
        })
    }
}

impl<F: Number> Tensors<F> for Metal {
    type Storage = MetalStorage;

    fn find(storage: &Storage) -> Option<&MetalStorage> {
        match storage {
            Storage::Metal(storage) => Some(storage),
            _ => None,
        }
    }

    fn view(&self, storage: &MetalStorage, layout: &Layout) -> Result<Buffer, DeviceError> {
        let (from, to) = super::in_order(layout)?;
        let buffer = Arc::new(storage.buffer().clone());
        Ok(Buffer { buffer, offset: from * size_of::<f32>(), length: to - from })
    }

    fn own(&self, buffer: Buffer) -> Result<MetalStorage, DeviceError> {
        Ok(MetalStorage::new(buffer.buffer, self.0.clone(), buffer.length, DType::F32))
    }

    fn wrap(storage: MetalStorage) -> Storage {
        Storage::Metal(storage)
    }
}
