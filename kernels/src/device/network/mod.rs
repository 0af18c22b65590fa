//! Networks on a graphics processor: a block for each element of the batch, one launch for all steps.
//!
//! As [`bptt`](crate::network::bptt) on the processor, with the same numbers in the same order. A
//! launch before computes what the steps need of the parameters, one after it sums gradients over the batch. States, and
//! the inputs that delays still hold, are on the chip where there is room; weights come through its cache. Sums have one
//! order: a run gives the same bits every time.

mod backward;
mod forward;
pub mod host;
mod layout;
mod run_words;

pub use backward::{Gradients, backward};
pub use forward::{History, forward};

use layout::Layout;
use run_words::{RunOffsets, RunWords};

use super::{Entry, Queue, Shape};
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
    /// Copies what is connected to what.
    pub fn new<F: Precision, Q: Queue<F, Words = W>>(queue: &Q, circuit: &Circuit) -> Result<Self, Q::Error> {
        let layout = Layout::new(circuit).map_err(mismatch)?;
        queue.room(layout.words.len() * size_of::<u32>(), 1)?;
        let words = queue.upload_words(&layout.words)?;
        Ok(Wired { layout, words })
    }
}

/// As [`RunInputs`], with its numbers on the device.
#[derive(Debug)]
pub struct Run<'a, B> {
    /// Steps T.
    pub steps: usize,
    /// Batch elements B.
    pub batch: usize,
    /// State before the first step: `[state, B, neuron]` of each group.
    pub start: &'a B,
    /// Parameters: `[parameter, neuron]` of each group.
    pub params: &'a B,
    /// `[synapse]`
    pub weights: &'a B,
    /// Input from outside: `[T, driven input]`, with `B`, or with `B` and neuron, of each group.
    pub drive: &'a B,
    /// What the numbers of `drive` are, by group.
    pub drives: &'a [Drive],
    /// Spikes of sources, by group.
    pub spikes: &'a [Raster],
    /// What is written down, by group.
    pub record: &'a [Vec<Record>],
    /// What gradients go back along each projection by; empty: all by their weights.
    pub paths: &'a [Path],
    /// The numbers of all paths that are [`Path::Fixed`], one projection after the other.
    pub fixed: Option<&'a B>,
}

impl<B> Run<'_, B> {
    /// Numbers that are written down.
    pub fn rows(&self, circuit: &Circuit) -> usize {
        lists(self).rows(circuit)
    }
}

/// As [`Feedback`](crate::network::bptt::Feedback).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Path {
    /// The weights.
    Weights,
    /// Zero.
    Cut,
    /// Numbers of [`Run::fixed`].
    Fixed,
}

fn mismatch(invalid: InvalidNetwork) -> Mismatch {
    Mismatch { model: "network", what: invalid.to_string() }
}

/// The run without its numbers.
fn lists<'a, B>(run: &Run<'a, B>) -> RunInputs<'a, f32> {
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

/// Threads of a block: one for each cell, as far as there are so many.
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

/// Steps between two kept states.
fn segment(steps: usize) -> usize {
    (steps as f64).sqrt().ceil().max(1.0) as usize
}

/// What a block has on chip: bytes, flags, and the numbers that it has elsewhere.
struct Chip {
    bytes: usize,
    flags: u32,
    work: usize,
}

impl Chip {
    /// Of `sets` of neurons and `fixed` numbers and words that must be there, with as much as fits of states and inputs.
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
