//! This task is magnitude estimation: a stimulus is shown, and the network reports its strength while it lasts.
//!
//! The method is that of Stevens (1957), <https://doi.org/10.1037/h0046162>. Strengths are uniform between 0 and 1, and
//! every channel fires at the strength's part of the highest rate.

use brain_core::family::{SettingError, Settings, SettingsReader};
use brain_core::{Quantity, Stream};
use brain_task::task::{Goal, Target, Task, TaskShape, Trial, groups, phases};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the task.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MagnitudeEstimation {
    /// How many channels show the stimulus.
    pub channels: usize,
    /// How long the stimulus lasts before its strength is reported.
    pub onset: Quantity,
    /// How long its strength is reported.
    pub report: Quantity,
    /// The rate at which the channels fire where the strength is 1.
    pub highest: Quantity,
    /// The error, in the unit of strength, below which an answer is right.
    pub tolerance: f64,
}

impl Default for MagnitudeEstimation {
    fn default() -> Self {
        Self { channels: 20, onset: "30 ms".into(), report: "30 ms".into(), highest: "200 Hz".into(), tolerance: 0.2 }
    }
}

/// The task, in the units of a run.
struct Estimation {
    shape: TaskShape,
    highest_hz: f64,
    tolerance: f64,
}

impl Settings<dyn Task> for MagnitudeEstimation {
    const NAME: &'static str = "magnitude-estimation";

    fn build(&self, reader: &SettingsReader) -> Result<Box<dyn Task>, SettingError> {
        let channels = reader.count("channels", self.channels, 1, 10_000)?;
        let onset = reader.steps("onset", &self.onset)?;
        let phases = phases(&[("onset", onset), ("report", reader.some_steps("report", &self.report)?)]);
        let tolerance = reader.within("tolerance", self.tolerance, 0.0, 0.5)?;
        let window = phases[1].steps.clone();
        let shape = TaskShape {
            steps: window.end,
            dt_ms: reader.dt_ms(),
            groups: groups(&[("stimulus", channels)]),
            phases,
            window,
            goal: Goal::Values(vec!["strength"]),
            // The answer one half is right for the strengths within the tolerance around it.
            chance: 2.0 * tolerance,
            psychometric: ("strength", ""),
        };
        Ok(Box::new(Estimation { shape, highest_hz: reader.hz("highest", &self.highest)?, tolerance }))
    }
}

impl Task for Estimation {
    fn name(&self) -> &'static str {
        MagnitudeEstimation::NAME
    }

    fn shape(&self) -> &TaskShape {
        &self.shape
    }

    fn trial(&self, stream: &mut Stream) -> Trial {
        let strength = stream.uniform();
        let target = Target::Values(vec![strength as f32; self.shape.window.len()]);
        let mut trial = Trial::new(target, strength, "");
        trial.show(&self.shape.group("stimulus"), 0..self.shape.steps, strength * self.highest_hz);
        trial
    }

    fn answer(&self, _: &Trial, outputs: &[f32]) -> f64 {
        f64::from(outputs.iter().sum::<f32>()) / outputs.len() as f64
    }

    fn correct(&self, trial: &Trial, answer: f64) -> bool {
        (answer - trial.psychometric).abs() < self.tolerance
    }
}
