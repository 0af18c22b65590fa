//! A cognitive task says what a network is shown, and what it should answer.
//!
//! A [`Task`] draws a [`Trial`]: which channels fire at which rate when, and the answer. An [`Encoding`] turns the rates
//! into spikes or leaves them as they are. [`batch`] does both for many trials. Every trial of the same task has the
//! same length, phases and window of the loss, which are its [`TaskShape`].
//!
//! ```
//! use brain_core::Seed;
//! use brain_core::family::{Choice, SettingsReader};
//! use brain_task::task::{Encoding, Inputs, batch, tasks};
//!
//! let reader = SettingsReader::new(1.0).unwrap();
//! let task = tasks().build(&Choice::named("evidence-accumulation"), &reader).unwrap();
//! assert_eq!((task.shape().steps, task.shape().channels()), (2200, 100));
//! let batch = batch(&*task, Encoding::Spikes, Seed::new(7).child("task/batch"), 3, 32);
//! let Inputs::Spikes(raster) = &batch.inputs else { unreachable!() };
//! assert_eq!(raster.starts.len(), 2200 * 32 + 1);
//! ```
//!
//! A task is a file with its settings, which are the keys of its config, and a line in the list at the end of this page.
//! A crate outside adds one to [`tasks`] with [`Family::with`](brain_core::Family::with).

mod batch;
mod draw;
mod encoding;
mod list;
mod shape;
mod trial;

pub use batch::{Batch, batch, trials};
pub use draw::{draw, input, marked};
pub use encoding::{Encoding, Inputs, encode};
pub use evidence_accumulation::Label;
pub use interval_reproduction::CEILING;
pub use list::{TaskEntry, TaskTable, list};
pub use shape::{Channels, Goal, Phase, TaskShape, groups, phases};
pub use trial::{Event, Stretch, Target, Trial};

use brain_core::Stream;
use brain_core::family::{Choice, SettingError, Settings, SettingsReader};
use brain_core::loss::{CrossEntropy, Loss, SquaredError, TargetKind};

/// A cognitive task draws trials and scores answers.
pub trait Task: Send + Sync {
    /// Returns the name, as configs write it.
    fn name(&self) -> &'static str;

    /// Returns what all trials have in common.
    fn shape(&self) -> &TaskShape;

    /// Draws a trial.
    fn trial(&self, stream: &mut Stream) -> Trial;

    /// Returns the loss that the task asks for where a config names none: the cross-entropy of classes, or the squared
    /// error of values.
    fn loss(&self) -> Choice {
        Choice::named(match self.shape().goal.targets() {
            TargetKind::Classes => <CrossEntropy as Settings<dyn Loss>>::NAME,
            TargetKind::Values => <SquaredError as Settings<dyn Loss>>::NAME,
        })
    }

    /// Returns the answer of a network whose outputs in the window are `outputs`, `[window, output]`: the number of the
    /// class whose output, summed over the window, is largest. Tasks of values have their own rule.
    fn answer(&self, _trial: &Trial, outputs: &[f32]) -> f64 {
        let mut sums = vec![0.0; self.shape().outputs()];
        for row in outputs.chunks_exact(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let best = sums.iter().enumerate().fold(0, |best, (k, sum)| if *sum > sums[best] { k } else { best });
        best as f64
    }

    /// Returns whether an answer is right.
    fn correct(&self, trial: &Trial, answer: f64) -> bool {
        matches!(trial.target, Target::Class(class) if answer == class as f64)
    }
}

/// A trial has at most this many steps.
const MOST_STEPS: usize = 1_000_000;

/// Fails where the trials of a task are too long to be run.
pub fn check(task: &dyn Task) -> Result<(), SettingError> {
    match task.shape().steps {
        steps if steps > MOST_STEPS => {
            let message = format!("a trial of {} has {steps} steps, more than {MOST_STEPS}", task.name());
            Err(SettingError::new("", message))
        }
        _ => Ok(()),
    }
}

brain_core::family! {
    /// Returns all tasks.
    pub fn tasks() -> "task", dyn Task {
        evidence_accumulation::EvidenceAccumulation,
        delayed_match::DelayedMatch,
        delayed_comparison::DelayedComparison,
        context_decision::ContextDecision,
        go_no_go::GoNoGo,
        anti_response::AntiResponse,
        multisensory::Multisensory,
        interval_reproduction::IntervalReproduction,
    }
}
