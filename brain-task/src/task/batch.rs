//! A [`Batch`] is many trials at once.

use super::{Encoding, Goal, Inputs, Target, Task, TaskShape, Trial, encode};
use brain_core::loss::Targets;
use brain_core::{Seed, Stream};
use candle_core::{DType, Device, Tensor};
use std::ops::Range;

/// A batch holds trials and their input.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The network is given this input of all trials.
    pub inputs: Inputs,
    /// These trials were drawn.
    pub trials: Vec<Trial>,
}

impl Batch {
    /// Returns the number of trials.
    pub fn size(&self) -> usize {
        self.trials.len()
    }

    /// Returns what the outputs are compared with, on a device and in a precision.
    pub fn targets(&self, shape: &TaskShape, device: &Device, dtype: DType) -> candle_core::Result<Targets> {
        let classes = self.trials.iter().filter_map(|t| match t.target {
            Target::Class(c) => Some(c as u32),
            Target::Values(_) => None,
        });
        match shape.goal {
            Goal::Classes(_) => Targets::of_classes(&classes.collect::<Vec<_>>(), device),
            Goal::Values(_) => {
                let size = (shape.window.len(), self.size(), shape.outputs());
                Ok(Targets::Values(Tensor::from_vec(self.values(shape), size, device)?.to_dtype(dtype)?))
            }
        }
    }

    /// Returns the values that the outputs should have, `[window, trial, output]`.
    fn values(&self, shape: &TaskShape) -> Vec<f32> {
        let outputs = shape.outputs();
        let row = |w: usize| {
            self.trials.iter().flat_map(move |t| match &t.target {
                Target::Class(_) => &[][..],
                Target::Values(v) => &v[w * outputs..(w + 1) * outputs],
            })
        };
        (0..shape.window.len()).flat_map(row).copied().collect()
    }
}

/// Draws batch `index` of a seed. Element `b` depends on the seed, the index and `b`, and on nothing that was drawn
/// before or is drawn beside it. The trials are the same for all encodings.
///
/// Give training `seed.child("task/batch")` and evaluation another child, so that its trials are held out.
pub fn batch(task: &dyn Task, encoding: Encoding, seed: Seed, index: u64, size: usize) -> Batch {
    let seeds = [0, 1].map(|k| seed.nth(index).nth(k));
    drawn(task, encoding, size, |what, b| seeds[what].at(b as u64))
}

/// This many trials share the seeds of a batch in [`trials`].
const BLOCK: u64 = 32;

/// Draws trials of a seed by their numbers. Trial `k` depends on the seed and `k` alone, however many are drawn at a
/// time: it is element `k % 32` of [`batch`] `k / 32`.
pub fn trials(task: &dyn Task, encoding: Encoding, seed: Seed, numbers: Range<u64>) -> Batch {
    let size = numbers.end.saturating_sub(numbers.start) as usize;
    drawn(task, encoding, size, |what, b| {
        let k = numbers.start + b as u64;
        seed.nth(k / BLOCK).nth(what as u64).at(k % BLOCK)
    })
}

/// Draws `size` trials: trial `b` itself from `stream(0, b)`, and its spikes from `stream(1, b)`.
fn drawn(task: &dyn Task, encoding: Encoding, size: usize, stream: impl Fn(usize, usize) -> Stream + Sync) -> Batch {
    let trials: Vec<Trial> = (0..size).map(|b| task.trial(&mut stream(0, b))).collect();
    Batch { inputs: encode(task.shape(), encoding, &trials, |b| stream(1, b)), trials }
}
