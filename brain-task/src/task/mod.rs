//! Cognitive tasks: what a network is shown, and what it should answer.
//!
//! A [`Task`] draws a [`Trial`]: which channels fire at which rate when, and the answer. An [`Encoding`] turns the rates
//! into spikes or leaves them as they are. [`batch`] does both for many trials. Every trial of the same task has the
//! same length, phases and window of the loss: its [`Shape`].
//!
//! ```
//! use brain_core::Seed;
//! use brain_task::task::{Encoding, Inputs, TaskConfig, batch};
//!
//! let task = TaskConfig::named("evidence-accumulation").unwrap().build(1.0).unwrap();
//! assert_eq!((task.shape().steps, task.shape().channels()), (2200, 100));
//! let batch = batch(&*task, Encoding::Spikes, Seed::new(7).child("task/batch"), 3, 32);
//! let Inputs::Spikes(raster) = &batch.inputs else { unreachable!() };
//! assert_eq!(raster.starts.len(), 2200 * 32 + 1);
//! ```
//!
//! A task is a file with its settings, which are the keys of its config, and a line in [`registry`].

mod anti_response;
mod batch;
mod context_decision;
mod delayed_comparison;
mod delayed_match;
mod draw;
mod encoding;
mod evidence_accumulation;
mod go_no_go;
mod interval_reproduction;
mod list;
mod multisensory;
mod reader;
pub mod registry;
mod shape;
mod trial;

pub use anti_response::AntiResponse;
pub use batch::{Batch, batch};
pub use context_decision::ContextDecision;
pub use delayed_comparison::DelayedComparison;
pub use delayed_match::DelayedMatch;
pub use draw::{draw, input, marked};
pub use encoding::{Encoding, Inputs, encode};
pub use evidence_accumulation::{EvidenceAccumulation, Label};
pub use go_no_go::GoNoGo;
pub use interval_reproduction::{CEILING, IntervalReproduction};
pub use list::{Entry, Table, list};
pub use multisensory::Multisensory;
pub use reader::{Reader, TaskError};
pub use registry::{NAMES, TaskConfig};
pub use shape::{Channels, Goal, Phase, Shape};
pub use trial::{Event, Stretch, Target, Trial};

use brain_core::Stream;
use serde::{Serialize, de::DeserializeOwned};

/// What a task asks of a network.
pub trait Task: Send + Sync {
    /// As in a config.
    fn name(&self) -> &'static str;

    /// What all its trials have in common.
    fn shape(&self) -> &Shape;

    /// Draws a trial.
    fn trial(&self, stream: &mut Stream) -> Trial;

    /// What a network answers whose outputs in the window are `[window, output]`: the number of the class whose output,
    /// summed over the window, is largest; tasks of values have their own rule.
    fn answer(&self, _trial: &Trial, outputs: &[f32]) -> f64 {
        let mut sums = vec![0.0; self.shape().outputs()];
        for row in outputs.chunks_exact(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let best = sums.iter().enumerate().fold(0, |best, (k, sum)| if *sum > sums[best] { k } else { best });
        best as f64
    }

    /// Whether an answer is right.
    fn correct(&self, trial: &Trial, answer: f64) -> bool {
        matches!(trial.target, Target::Class(class) if answer == class as f64)
    }
}

/// The settings of a task: its keys in a config, each with a default.
pub trait Settings: Clone + Default + Serialize + DeserializeOwned {
    /// Name of the task.
    const NAME: &'static str;

    /// The task in steps of the reader's length, or the key that is wrong.
    fn build(&self, reader: &Reader) -> Result<Box<dyn Task>, TaskError>;
}
