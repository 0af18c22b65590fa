//! This module runs scans on a graphics processor: it allocates their memory and launches them, on any [`Queue`].
//!
//! A scan is one launch over all its time steps, and a second one that sums over the batch where there is more than one
//! element. The arrays stay on the device; [`host`] has the same scans for arrays in the host's memory.
//!
//! CUDA and Metal compile the same text (see [`codegen`]), with the same arguments: a [`Header`] and buffers in a fixed
//! order. A queue only copies, allocates and launches. brain-core has two queues for candle's devices; a third one in
//! this crate's tests runs the text on the host, so that all of it is tested on machines without a graphics processor.

mod adjoint;
mod forward;
pub mod host;
pub mod network;
mod tangent;

pub use adjoint::{AdjointBuffers, AdjointSeed, adjoint};
pub use codegen::{Entry, Header, LANES};
pub use forward::forward;
pub use tangent::{Tangent, tangent};

use crate::{Cell, DeviceProgram, Mismatch, Precision, Spread};
use codegen::{MOST_OUTPUTS, MOST_TANGENTS, Strides};

/// The number of threads of a launch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LaunchShape {
    /// Number of blocks along x and y.
    pub grid: [u32; 2],
    /// Number of threads of a block along x and y.
    pub block: [u32; 2],
    /// Shared memory of a block, bytes.
    pub shared: u32,
}

/// A queue of a device, which executes copies and launches in order, for numbers of type `F`.
pub trait Queue<F: Precision> {
    /// A buffer of numbers in the device's memory.
    type Buffer;
    /// A buffer of 32-bit words in the device's memory.
    type Words;
    /// The error of the queue's operations.
    type Error: From<Mismatch>;

    /// Fails where less than `bytes` bytes are free. The error has both numbers, and the batch that would fit given
    /// that `batch` elements need `bytes`.
    fn room(&self, bytes: usize, batch: usize) -> Result<(), Self::Error>;
    /// Allocates `length` numbers of undefined value.
    fn allocate(&self, length: usize) -> Result<Self::Buffer, Self::Error>;
    /// Copies `from` to the device.
    fn upload(&self, from: &[F]) -> Result<Self::Buffer, Self::Error>;
    /// Waits for all earlier work and copies the numbers to the host.
    fn download(&self, from: &Self::Buffer, to: &mut [F]) -> Result<(), Self::Error>;
    /// Copies words to the device.
    fn upload_words(&self, from: &[u32]) -> Result<Self::Words, Self::Error>;
    /// Returns the shared memory that a block may have, bytes.
    fn shared(&self) -> usize;
    /// Waits for all earlier work.
    fn wait(&self) -> Result<(), Self::Error>;
    /// Launches `entry` of a program. `header` is plain data with the layout that the entry expects. Buffers that are
    /// `None` are not accessed by the launch.
    fn launch<H: Copy + 'static>(
        &self,
        program: &'static DeviceProgram,
        entry: Entry,
        shape: LaunchShape,
        header: &H,
        numbers: &[Option<&Self::Buffer>],
        words: &[&Self::Words],
    ) -> Result<(), Self::Error>;
}

/// The device counterpart of [`crate::Series`].
#[derive(Debug)]
pub struct Series<'a, B> {
    /// Values in the order of [`Spread`].
    pub data: &'a B,
    /// Whether batch elements and neurons share the values.
    pub spread: Spread,
}

impl<B> Clone for Series<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Series<'_, B> {}

/// The device counterpart of [`crate::Run`].
#[derive(Debug)]
pub struct Run<'a, B> {
    /// Time step, ms.
    pub dt: f64,
    /// Number of steps.
    pub steps: usize,
    /// Number of batch elements.
    pub batch: usize,
    /// Number of neurons.
    pub neurons: usize,
    /// State at the start, `[state, batch, neuron]`.
    pub start: &'a B,
    /// Inputs.
    pub drive: Series<'a, B>,
    /// Parameters, `[parameter, neuron]`.
    pub params: &'a B,
}

/// The device counterpart of [`crate::SquaredDistance`].
#[derive(Debug)]
pub struct SquaredDistance<'a, B> {
    /// Index of the state variable that is compared.
    pub row: usize,
    /// Target value after each step.
    pub target: Series<'a, B>,
    /// Weight of each step.
    pub weight: Series<'a, B>,
}

impl<B> Run<'_, B> {
    fn width(&self) -> usize {
        self.batch * self.neurons
    }

    /// Returns the number of columns per block for independent threads. Blocks are small while that distributes the
    /// columns over a large processor.
    fn block(&self) -> usize {
        if self.width() <= 64 * 1024 { LANES } else { 4 * LANES }
    }

    fn shape(&self, columns: usize, rows: usize, shared: usize) -> LaunchShape {
        let blocks = self.neurons.div_ceil(columns) as u32;
        LaunchShape { grid: [blocks, self.batch as u32], block: [columns as u32, rows as u32], shared: shared as u32 }
    }

    /// Returns the header of a scan without its optional parts. Fails where a size exceeds 32 bits or the limits of a
    /// launch.
    fn header<F: Precision>(&self, kernel: &Cell) -> Result<Header<F>, Mismatch> {
        let inputs = kernel.input.len();
        let wrong = |what: String| Mismatch { model: kernel.name, what };
        // CUDA limits the number of blocks along y.
        if self.batch > 65_535 {
            return Err(wrong(format!("a batch of {}; one launch takes 65535 at most", self.batch)));
        }
        let numbers = [("steps", self.steps), ("numbers a step", inputs * self.width())];
        if let Some((name, n)) = numbers.into_iter().find(|(_, n)| *n > i32::MAX as usize) {
            return Err(wrong(format!("{n} {name}; one launch takes {} at most", i32::MAX)));
        }
        Ok(Header {
            dt: F::of(self.dt),
            steps: self.steps as u32,
            batch: self.batch as u32,
            neurons: self.neurons as u32,
            segment: 1,
            recorded: 0,
            tangents: 0,
            row: 0,
            flags: 0,
            outer: 0,
            parts: 0,
            inner: 0,
            drive: self.strides(self.drive.spread, inputs),
            target: Strides::default(),
            weight: Strides::default(),
            slot: [-1; MOST_OUTPUTS],
            which: [0; MOST_TANGENTS],
        })
    }

    fn strides(&self, spread: Spread, rows: usize) -> Strides {
        let (b, n, rows) = (self.batch as u32, self.neurons as u32, rows as u32);
        match spread {
            Spread::Shared => Strides { time: rows, row: 1, batch: 0, neuron: 0 },
            Spread::Batch => Strides { time: rows * b, row: b, batch: 1, neuron: 0 },
            Spread::Neuron => Strides { time: rows * b * n, row: b * n, batch: n, neuron: 1 },
        }
    }

    fn compare<F>(&self, header: &mut Header<F>, objective: &SquaredDistance<impl Sized>) {
        header.row = objective.row as u32;
        header.target = self.strides(objective.target.spread, 1);
        header.weight = self.strides(objective.weight.spread, 1);
    }
}

fn record<F>(header: &mut Header<F>, outputs: &[usize]) {
    header.recorded = outputs.len() as u32;
    for (k, &output) in outputs.iter().enumerate() {
        header.slot[output] = k as i32;
    }
}

/// Sums `[outer, part, inner]` over its parts, in their order.
fn sum<F: Precision, Q: Queue<F>>(
    queue: &Q,
    kernel: &'static Cell,
    [outer, parts, inner]: [usize; 3],
    from: &Q::Buffer,
    to: &Q::Buffer,
    header: &Header<F>,
) -> Result<(), Q::Error> {
    const THREADS: usize = 128;
    if outer * inner > i32::MAX as usize {
        let what = format!("{} sums of {parts} parts; one launch takes {} at most", outer * inner, i32::MAX);
        return Err(Mismatch { model: kernel.name, what }.into());
    }
    let header = Header { outer: outer as u32, parts: parts as u32, inner: inner as u32, ..*header };
    let blocks = (outer * inner).div_ceil(THREADS) as u32;
    let shape = LaunchShape { grid: [blocks, 1], block: [THREADS as u32, 1], shared: 0 };
    queue.launch(kernel.program()?, Entry::Sum, shape, &header, &[Some(from), Some(to)], &[])
}
