//! Why an objective cannot be evaluated.

use candle_core::{DType, Error};
use kernels::MOST_TANGENTS;

/// An objective that cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum ObjectiveError {
    /// A tensor does not have the shape that the model and the other tensors ask for.
    #[error("objective on {model}: {what} has shape {found:?}; give {want}")]
    Shape {
        /// The model.
        model: &'static str,
        /// Which tensor it is.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that is needed, in words.
        want: String,
    },
    /// Two tensors are of different types, or of one that is neither F32 nor F64.
    #[error(
        "objective on {model}: {what} is of type {found:?}, the objective of {want:?}; convert one with `to_dtype`"
    )]
    Type {
        /// The model.
        model: &'static str,
        /// Which tensor it is.
        what: &'static str,
        /// Its type.
        found: DType,
        /// The type of the objective's parameters.
        want: DType,
    },
    /// The output that is compared does not exist, or is the spike where only a state variable can be compared.
    #[error(
        "objective on {model}: output {output} cannot be compared by {loss} in this way; give a state variable, or compare \
         spikes by the `losses` of van-rossum"
    )]
    Output {
        /// The model.
        model: &'static str,
        /// The output given.
        output: usize,
        /// The loss.
        loss: &'static str,
    },
    /// The loss has no normal equations.
    #[error(
        "objective on {model}: {loss} is no loss of single samples, so it has no normal equations; descend by the gradient of \
         its `losses`, or take squared-error"
    )]
    NoNormal {
        /// The model.
        model: &'static str,
        /// The loss.
        loss: &'static str,
    },
    /// A free parameter does not exist in the model, or is named twice.
    #[error("objective on {model}: free parameter {index} of {count} does not exist or is given twice")]
    Free {
        /// The model.
        model: &'static str,
        /// The parameter given.
        index: usize,
        /// How many parameters the model has.
        count: usize,
    },
    /// There are too many free parameters for the tangent scan.
    #[error("objective on {model}: {free} free parameters; J^T W J takes {MOST_TANGENTS} at most, hold some fixed")]
    Tangents {
        /// The model.
        model: &'static str,
        /// How many parameters are free.
        free: usize,
    },
    /// A target or weight is not finite.
    #[error("objective on {model}: the {what} is {value} at step {step}; give it weight 0 and a finite target")]
    NotFinite {
        /// The model.
        model: &'static str,
        /// Which of the two it is.
        what: &'static str,
        /// The step, counted from 0.
        step: usize,
        /// What was found.
        value: f64,
    },
    /// The scan or an operation of candle fails.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl From<ObjectiveError> for candle_core::Error {
    /// Wraps the error for losses within longer computations of candle.
    fn from(error: ObjectiveError) -> Self {
        match error {
            ObjectiveError::Tensor(error) => error,
            other => Error::wrap(other),
        }
    }
}
