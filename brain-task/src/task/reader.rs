//! From the words of a config to steps and rates.

use super::Task;
use brain_core::Quantity;

/// A setting that gives no task.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{key}{}{message}", if key.is_empty() { "" } else { ": " })]
pub struct TaskError {
    /// Key within the settings of the task; empty where it is none of them alone.
    pub key: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl TaskError {
    pub(super) fn new(key: &str, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

/// Most steps of a trial.
const MOST: f64 = 1e6;

/// Reads settings for steps of one length.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    dt_ms: f64,
}

impl Reader {
    /// For steps of this length.
    pub fn new(dt_ms: f64) -> Result<Self, TaskError> {
        match dt_ms.is_finite() && dt_ms > 0.0 {
            true => Ok(Self { dt_ms }),
            false => Err(TaskError::new("dt", format!("{dt_ms} ms is no length of a step; it must be above 0"))),
        }
    }

    /// Length of a step, ms.
    pub fn dt_ms(&self) -> f64 {
        self.dt_ms
    }

    /// A duration in steps, a whole number of them; may be 0.
    pub fn steps(&self, key: &str, duration: &Quantity) -> Result<usize, TaskError> {
        let ms = duration.in_unit("ms").map_err(|e| TaskError::new(key, e.to_string()))?;
        let steps = ms / self.dt_ms;
        let whole = steps.round();
        if !(0.0..=MOST).contains(&steps) {
            return Err(TaskError::new(key, format!("{ms} ms must be within 0 and {} ms", MOST * self.dt_ms)));
        }
        if (steps - whole).abs() > 1e-6 {
            let near = [steps.floor(), steps.ceil()].map(|n| n * self.dt_ms);
            let message =
                format!("{ms} ms is not a multiple of the step {} ms; {} or {} is", self.dt_ms, near[0], near[1]);
            return Err(TaskError::new(key, message));
        }
        Ok(whole as usize)
    }

    /// A duration of at least one step.
    pub fn some_steps(&self, key: &str, duration: &Quantity) -> Result<usize, TaskError> {
        match self.steps(key, duration)? {
            0 => Err(TaskError::new(key, format!("must last at least one step, {} ms", self.dt_ms))),
            n => Ok(n),
        }
    }

    /// A rate in Hz that a channel can have: at most one spike a step.
    pub fn hz(&self, key: &str, rate: &Quantity) -> Result<f64, TaskError> {
        self.quantity(key, rate, "Hz", 0.0, 1e3 / self.dt_ms)
    }

    /// A quantity in a unit and a closed range.
    pub fn quantity(&self, key: &str, q: &Quantity, unit: &str, low: f64, high: f64) -> Result<f64, TaskError> {
        let x = q.in_unit(unit).map_err(|e| TaskError::new(key, e.to_string()))?;
        self.within(key, x, low, high)
    }

    /// A number in a closed range.
    pub fn within(&self, key: &str, x: f64, low: f64, high: f64) -> Result<f64, TaskError> {
        match (low..=high).contains(&x) {
            true => Ok(x),
            false => Err(TaskError::new(key, format!("{x} must be within {low} and {high}"))),
        }
    }

    /// A count in a closed range.
    pub fn count(&self, key: &str, n: usize, low: usize, high: usize) -> Result<usize, TaskError> {
        match (low..=high).contains(&n) {
            true => Ok(n),
            false => Err(TaskError::new(key, format!("{n} must be within {low} and {high}"))),
        }
    }

    /// A task that is not too long.
    pub(super) fn whole(&self, task: Box<dyn Task>) -> Result<Box<dyn Task>, TaskError> {
        match task.shape().steps {
            steps if steps as f64 > MOST => {
                Err(TaskError::new("", format!("a trial of {} has {steps} steps, more than {MOST}", task.name())))
            }
            _ => Ok(task),
        }
    }

    /// A list with something in it.
    pub fn some<'a, T>(&self, key: &str, list: &'a [T]) -> Result<&'a [T], TaskError> {
        match list.is_empty() {
            false => Ok(list),
            true => Err(TaskError::new(key, "the list is empty; give at least one")),
        }
    }
}
