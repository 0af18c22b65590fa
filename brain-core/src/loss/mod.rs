//! A loss says how far outputs are from what they should be, as one number with a gradient.
//!
//! A [`Loss`] compares outputs `[time, batch, output]` with [`Targets`]. Its value is made of ordinary operations of
//! candle, so it runs where the outputs are and gradients flow through it: trainings by backpropagation through time take
//! it so. A loss that is a mean over steps and trials also has a [`StepLoss`], the same formula for one step of one trial
//! with its gradient in closed form, which learning rules that go forward with the run take. Where every output is a
//! neuron of its own, such as a candidate of a fit, [`Loss::per_neuron`] tells the neurons apart, and
//! [`Objective`](crate::Objective) is the loss as a function of a model's parameters.
//!
//! | loss | of | targets | one step |
//! |---|---|---|---|
//! | [`CrossEntropy`] | outputs, one for each class | classes | yes |
//! | [`SquaredError`], [`mse`] | outputs, potentials | values | yes |
//! | [`VanRossum`], [`van_rossum`] | spikes of a deterministic model, through their surrogate derivative | spike counts | |
//! | [`EscapeRate`], [`escape_log_likelihood`] | potentials above threshold | recorded spikes | |
//!
//! A loss is a file with its settings, which are its keys in a config, and a line in the list at the end of this page. A
//! crate outside adds one to [`losses`] with [`Family::with`](crate::family::Family::with).
//!
//! ```
//! use brain_core::family::{Choice, SettingsReader};
//! use brain_core::loss::{Targets, losses};
//! use candle_core::{Device, Tensor};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let reader = SettingsReader::new(0.1)?;
//! let loss = losses().build(&Choice::named("van-rossum"), &reader)?;
//! let spikes = |at: usize| {
//!     let train: Vec<f64> = (0..1000).map(|t| if t == at { 1.0 } else { 0.0 }).collect();
//!     Tensor::from_vec(train, (1000, 1, 1), &Device::Cpu)
//! };
//! let target = Targets::Values(spikes(200)?);
//! assert_eq!(loss.value(&spikes(200)?, &target)?.to_scalar::<f64>()?, 0.0);
//! // Two spikes apart by much more than the time constant count one half each.
//! assert!((loss.value(&spikes(900)?, &target)?.to_scalar::<f64>()? - 1.0).abs() < 1e-3);
//! # Ok(())
//! # }
//! ```

mod operations;
pub(crate) mod samples;
mod targets;

pub use escape_rate::{escape_log_likelihood, escape_log_rate};
pub use squared_error::mse;
pub use targets::{StepTarget, TargetKind, Targets};
pub use van_rossum::{filtered, van_rossum};

use candle_core::{Result, Tensor, bail};
use std::fmt::Debug;

/// A loss of outputs `[time, batch, output]`.
pub trait Loss: Debug + Send + Sync {
    /// Returns the name, as configs write it.
    fn name(&self) -> &'static str;

    /// Returns the kind of targets that it takes.
    fn targets(&self) -> TargetKind;

    /// Computes the loss of all outputs, one number, differentiable w.r.t. them.
    fn value(&self, outputs: &Tensor, targets: &Targets) -> Result<Tensor>;

    /// Computes the loss of each neuron on its own, `[neuron]`, summed or averaged over time and batch where the mask
    /// (of any shape that broadcasts to the traces') is not zero.
    ///
    /// By default this is the mean over single numbers, each a step of one output, of a loss of values that has a form for
    /// one step; it fails for other losses, which join the neurons.
    fn per_neuron(&self, traces: &Tensor, targets: &Targets, mask: Option<&Tensor>) -> Result<Tensor> {
        match self.per_sample() {
            Some(step) => {
                samples::mean_of_samples(self.name(), step, traces, targets.values(self.name(), traces)?, mask)
            }
            None => bail!("{}: the loss joins the outputs; there is none of each neuron", self.name()),
        }
    }

    /// Returns the same loss for one step of one trial, if the whole is the mean over these.
    fn per_step(&self) -> Option<&dyn StepLoss> {
        None
    }

    /// Returns the form for one step if the loss is one of values: it also is the loss of one sample of a trace, as fits
    /// take it.
    fn per_sample(&self) -> Option<&dyn StepLoss> {
        self.per_step().filter(|_| self.targets() == TargetKind::Values)
    }

    /// Returns whether the loss of one sample is `(y - target)^2`, which the kernels of fits compute themselves.
    fn is_squared_error(&self) -> bool {
        false
    }
}

/// A loss of one step of one trial, for online learning rules.
///
/// Its mean over steps and trials is [`Loss::value`]; a test checks that for every loss of the list, gradient included.
pub trait StepLoss: Sync {
    /// Returns the loss of `outputs`, `[output]`, and writes its gradient w.r.t. them to `gradient`, `[output]`.
    fn step(&self, outputs: &[f64], target: StepTarget, gradient: &mut [f64]) -> f64;
}

crate::family! {
    /// Returns all losses, in the order of the table above.
    pub fn losses() -> "loss", dyn Loss {
        cross_entropy::CrossEntropy,
        squared_error::SquaredError,
        van_rossum::VanRossum,
        escape_rate::EscapeRate,
    }
}

#[cfg(test)]
mod tests;
