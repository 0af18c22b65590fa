//! This module trains networks on a graphics processor: each block runs one element of the batch, and one launch takes
//! all steps.
//!
//! Arguments and results are those of [`bptt`](crate::network::bptt), in the same order. A launch before the run
//! computes the invariants of the parameters, and one after it sums gradients over the batch. States and inputs in
//! transit are in shared memory where there is room; weights are read through the cache. Sums have a fixed order, so
//! that a run gives the same bits every time.

mod backward;
mod forward;
pub mod host;
mod layout;
mod run_words;

pub use backward::{Gradients, backward};
pub use forward::{History, forward};

use layout::Layout;
use run_words::{RunOffsets, RunWords};

use super::{Entry, LaunchShape, Queue};
use crate::{
    Mismatch, NETWORK, Precision,
    network::{
        InvalidNetwork,
        bptt::{Circuit, Drive, Raster, Record, RunInputs},
    },
};
use codegen::{NetworkFlags, NetworkHeader, ROWS, WORD, network_threads};

/// A circuit in a device's memory.
#[derive(Debug)]
pub struct Wired<W> {
    layout: Layout,
    words: W,
}

impl<W> Wired<W> {
    /// Copies the connectivity of a circuit to the device.
    pub fn new<F: Precision, Q: Queue<F, Words = W>>(queue: &Q, circuit: &Circuit) -> Result<Self, Q::Error> {
        let layout = Layout::new(circuit).map_err(mismatch)?;
        queue.room(layout.words.len() * size_of::<u32>(), 1)?;
        let words = queue.upload_words(&layout.words)?;
        Ok(Wired { layout, words })
    }
}

/// The buffers of a run, the device counterpart of [`RunInputs`].
#[derive(Debug)]
pub struct RunBuffers<'a, B> {
    /// Number of steps `T`.
    pub steps: usize,
    /// Number of batch elements `B`.
    pub batch: usize,
    /// State before the first step, `[state, B, neuron]` of each group.
    pub start: &'a B,
    /// Parameters, `[parameter, neuron]` of each group.
    pub params: &'a B,
    /// Weights, `[synapse]`.
    pub weights: &'a B,
    /// External input of each group: `[T, driven input]`, `[T, driven input, B]` or `[T, driven input, B, neuron]`.
    pub drive: &'a B,
    /// Description of the external input, `[group]`.
    pub drives: &'a [Drive],
    /// Spikes of sources, `[group]`.
    pub spikes: &'a [Raster],
    /// Recorders of each group, `[group]`.
    pub record: &'a [Vec<Record>],
    /// Kind of the feedback weights of each projection; all projections use their own weights where the slice is empty.
    pub paths: &'a [Path],
    /// Feedback weights of all projections that are [`Path::Fixed`], one projection after the other.
    pub fixed: Option<&'a B>,
}

impl<B> RunBuffers<'_, B> {
    /// Returns the number of recorded values.
    pub fn rows(&self, circuit: &Circuit) -> usize {
        lists(self).rows(circuit)
    }
}

/// The device counterpart of [`Feedback`](crate::network::bptt::Feedback).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Path {
    /// The weights of the projection are used.
    Weights,
    /// No gradient is propagated back.
    Cut,
    /// The weights of [`RunBuffers::fixed`] are used.
    Fixed,
}

fn mismatch(invalid: InvalidNetwork) -> Mismatch {
    Mismatch { model: "network", what: invalid.to_string() }
}

/// Returns the arguments of a run without its arrays, which are on the device.
fn lists<'a, B>(run: &RunBuffers<'a, B>) -> RunInputs<'a, f32> {
    RunInputs {
        steps: run.steps,
        batch: run.batch,
        start: &[],
        params: &[],
        weights: &[],
        drive: &[],
        drives: run.drives,
        spikes: run.spikes,
        record: run.record,
        feedback: &[],
        level: crate::Level::Baseline,
    }
}

/// Returns the number of threads of a block: one for each cell, up to the limit of the device text.
fn threads<F: Precision>(layout: &Layout) -> u32 {
    layout.slots.clamp(WORD, network_threads(F::SINGLE)) as u32
}

impl Layout {
    fn header<F: Precision>(&self, circuit: &Circuit, run: &RunInputs<f32>, offsets: RunOffsets) -> NetworkHeader<F> {
        NetworkHeader {
            dt: F::of(circuit.step()),
            steps: run.steps as u32,
            batch: run.batch as u32,
            segment: segment(run.steps) as u32,
            window: circuit.window() as u32,
            states: self.states as u32,
            inputs: self.inputs as u32,
            params: self.params as u32,
            synapses: circuit.synapses() as u32,
            slots: self.slots as u32,
            words: self.spikes as u32,
            populations: self.populations.len() as u32,
            phases: self.phases as u32,
            phases_at: self.phases_at as u32,
            projections_at: self.projections_at as u32,
            owners_at: self.owners_at as u32,
            shared_drives: offsets.shared_drives as u32,
            shared_drives_at: offsets.shared_drives_at as u32,
            feedback_at: offsets.feedback_at as u32,
            work: 0,
            flags: 0,
            parts: 0,
            count: 0,
        }
    }
}

/// Returns the number of steps between two saved states.
fn segment(steps: usize) -> usize {
    (steps as f64).sqrt().ceil().max(1.0) as usize
}

/// The shared memory of a block: its bytes, the flags that tell what it holds, and the count of numbers that are in device
/// memory instead.
struct Chip {
    bytes: usize,
    flags: u32,
    work: usize,
}

impl Chip {
    /// Divides `room` bytes of shared memory. `sets` sets of neurons and `fixed` numbers and words must fit; states and
    /// then inputs are placed there where they fit too. Fails where the required parts do not fit.
    fn of<F: Precision>(
        room: usize,
        spikes: usize,
        sets: usize,
        fixed: [usize; 2],
        states: usize,
        inputs: usize,
    ) -> Result<Chip, Mismatch> {
        let set = spikes + spikes.div_ceil(WORD);
        let least = fixed[0] * size_of::<F>() + (fixed[1] + sets * set) * size_of::<u32>();
        let bytes = |numbers: usize| least + numbers * size_of::<F>();
        let fits = |numbers: usize| bytes(numbers) <= room;
        if !fits(0) {
            let what = format!("{} neurons take {least} bytes that a block shares; it has {room}", spikes * WORD);
            return Err(Mismatch { model: "network", what });
        }
        let (held, flags) = if fits(states + inputs) {
            (states + inputs, NetworkFlags::STATES_ON_CHIP | NetworkFlags::INPUTS_ON_CHIP)
        } else if fits(states) {
            (states, NetworkFlags::STATES_ON_CHIP)
        } else {
            (0, 0)
        };
        Ok(Chip { bytes: bytes(held), flags, work: states + inputs - held })
    }
}
