//! [`Targets`] are what outputs are compared with.

use candle_core::{Device, Result, Tensor, bail};

/// The kind of targets that a loss takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// One class per trial.
    Classes,
    /// A number for each step, trial and output.
    Values,
}

impl TargetKind {
    /// Returns what the targets are, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Values => "values",
        }
    }
}

/// The targets of a batch of trials, on the device of the outputs.
#[derive(Clone, Debug)]
pub enum Targets {
    /// Class of each trial, `[batch]`, of type `u32`.
    Classes(Tensor),
    /// Wanted outputs, of any shape that broadcasts to `[time, batch, output]`, in the outputs' precision.
    Values(Tensor),
}

impl Targets {
    /// Puts the classes of a batch on a device.
    pub fn of_classes(classes: &[u32], device: &Device) -> Result<Self> {
        Ok(Self::Classes(Tensor::new(classes, device)?))
    }

    /// Returns the targets of one trial of the batch, as a batch of one.
    pub fn trial(&self, b: usize) -> Result<Self> {
        Ok(match self {
            Self::Classes(classes) => Self::Classes(classes.narrow(0, b, 1)?),
            Self::Values(values) if values.rank() == 3 && values.dim(1)? > 1 => Self::Values(values.narrow(1, b, 1)?),
            Self::Values(values) => Self::Values(values.clone()),
        })
    }

    /// Returns the kind of these targets.
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Classes(_) => TargetKind::Classes,
            Self::Values(_) => TargetKind::Values,
        }
    }

    /// Returns the class of each of `batch` trials; `loss` is the name of the loss that asks.
    pub fn classes(&self, loss: &str, batch: usize) -> Result<&Tensor> {
        match self {
            Self::Classes(classes) if classes.dims() == [batch] => Ok(classes),
            Self::Classes(classes) => bail!("{loss}: {} classes for {batch} trials", classes.elem_count()),
            Self::Values(_) => bail!("{loss}: the targets are values, and the loss compares classes"),
        }
    }

    /// Returns the wanted values of `outputs`; `loss` is the name of the loss that asks.
    pub fn values(&self, loss: &str, outputs: &Tensor) -> Result<&Tensor> {
        match self {
            Self::Values(values) if values.dtype() == outputs.dtype() => Ok(values),
            Self::Values(values) => bail!(
                "{loss}: the target is of type {:?} and the outputs of {:?}; convert one with `to_dtype`",
                values.dtype(),
                outputs.dtype()
            ),
            Self::Classes(_) => bail!("{loss}: the targets are classes, and the loss compares values"),
        }
    }
}

/// The target of one trial at one step.
#[derive(Clone, Copy, Debug)]
pub enum StepTarget<'a> {
    /// Number of the right class.
    Class(usize),
    /// Wanted outputs, `[output]`.
    Values(&'a [f64]),
}
