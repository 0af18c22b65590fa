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

mod batch;
mod encoding;
mod evidence_accumulation;
mod reader;
pub mod registry;
mod shape;
mod trial;

pub use batch::{Batch, batch};
pub use encoding::{Encoding, Inputs, encode};
pub use evidence_accumulation::{EvidenceAccumulation, Label};
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
}

/// The settings of a task: its keys in a config, each with a default.
pub trait Settings: Clone + Default + Serialize + DeserializeOwned {
    /// Name of the task.
    const NAME: &'static str;

    /// The task in steps of the reader's length, or the key that is wrong.
    fn build(&self, reader: &Reader) -> Result<Box<dyn Task>, TaskError>;
}
