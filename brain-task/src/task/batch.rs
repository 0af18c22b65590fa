//! Many trials at once.

use super::{Encoding, Inputs, Target, Task, Trial, encode};
use brain_core::Seed;

/// Trials with their input.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Input of all.
    pub inputs: Inputs,
    /// What was drawn, by batch element.
    pub trials: Vec<Trial>,
}

impl Batch {
    /// Number of trials.
    pub fn size(&self) -> usize {
        self.trials.len()
    }

    /// Classes of the trials; empty where the task is one of values.
    pub fn classes(&self) -> Vec<u32> {
        let class = |t: &Trial| match t.target {
            Target::Class(c) => Some(c as u32),
            Target::Values(_) => None,
        };
        self.trials.iter().filter_map(class).collect()
    }

    /// Values that the outputs should have, `[window, B, output]`; empty where the task is one of classes.
    pub fn values(&self, outputs: usize) -> Vec<f32> {
        let rows = |t: &Trial| match &t.target {
            Target::Class(_) => 0,
            Target::Values(v) => v.len() / outputs.max(1),
        };
        let window = self.trials.first().map_or(0, rows);
        let row = |w: usize| {
            self.trials.iter().flat_map(move |t| match &t.target {
                Target::Class(_) => &[][..],
                Target::Values(v) => &v[w * outputs..(w + 1) * outputs],
            })
        };
        (0..window).flat_map(row).copied().collect()
    }
}

/// Batch `index` of a seed: element `b` depends on the seed, the index and `b`, and on nothing that was drawn before or
/// is drawn beside it. What is drawn is the same for all encodings.
///
/// Give training `seed.child("task/batch")` and evaluation another child, so that its trials are fresh.
pub fn batch(task: &dyn Task, encoding: Encoding, seed: Seed, index: u64, size: usize) -> Batch {
    let [drawn, spikes] = [0, 1].map(|k| seed.nth(index).nth(k));
    let trials: Vec<Trial> = (0..size as u64).map(|b| task.trial(&mut drawn.at(b))).collect();
    Batch { inputs: encode(task.shape(), encoding, &trials, spikes), trials }
}
