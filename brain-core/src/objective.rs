//! An objective is the distance of a simulated trace from a recorded one, found without the trace: fits evaluate it
//! thousands of times.
//!
//! For every neuron, that is every candidate set of parameters, the loss is
//!
//! ```text
//! loss = sum_b sum_t w[t, b] (y[t, b] - target[t, b])^2
//! ```
//!
//! with `y` a state variable after each step. Only sums leave the kernel. The derivatives w.r.t. K of the parameters
//! come in one of two ways: the *tangent* scan carries K derivatives of the state forward, costs about K + 1 runs, and
//! also gives the matrix of Gauss and Newton; the *adjoint* scan costs about four runs for any K. [`Method::cheaper`]
//! chooses.
//!
//! [`Objective::normal`] feeds [`optim`](crate::optim)'s Levenberg-Marquardt, and [`Objective::losses`] is the same
//! loss as one operation of candle, for Adam and for anything that is built from losses. Both run on the device where
//! the objective's tensors are, in their precision.
//!
//! ```
//! use brain_core::{Backend, Model, Objective};
//! use candle_core::{Device, Var};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lif = Model::find("lif")?;
//! let backend = Backend::default();
//! // A cell whose resting potential is to be found, at rest at -65 mV from the hundredth step on.
//! let weight: Vec<f64> = (0..500).map(|t| if t < 100 { 0.0 } else { 1.0 }).collect();
//! let params: Vec<f64> = lif.param.iter().map(|f| f.default).collect();
//! let objective = Objective {
//!     model: lif,
//!     dt: 0.1,
//!     start: backend.tensor(&[-70.0, 0.0], (2, 1))?,
//!     drive: backend.tensor(&[0.0; 500], (500, 1))?,
//!     output: lif.output("v")?,
//!     target: backend.tensor(&[-65.0; 500], 500)?,
//!     weight: backend.tensor(&weight, 500)?,
//!     params: backend.tensor(&params, params.len())?,
//!     free: vec![lif.parameter("E_L")?],
//! };
//! // Three candidates at once.
//! let rest = Var::from_slice(&[-75.0, -65.0, -60.0], (1, 3), &Device::Cpu)?;
//! let normal = objective.normal(&rest)?;
//! let loss = normal.loss.to_vec1::<f64>()?;
//! assert!(loss[1] < loss[0] && loss[1] < loss[2]);
//!
//! let grads = objective.losses(&rest)?.sum_all()?.backward()?;
//! let by_rest = grads.get(&rest).unwrap().to_vec2::<f64>()?;
//! let half = normal.gradient.to_vec2::<f64>()?;
//! assert!((by_rest[0][0] - 2.0 * half[0][0]).abs() < 1e-9 * by_rest[0][0].abs());
//! # Ok(())
//! # }
//! ```

mod cpu;
#[cfg(any(feature = "cuda", feature = "metal"))]
mod device;
mod losses;

use crate::{
    device::{Number, in_order, on_device, to_host},
    model::Model,
    optim::Evaluation,
};
use candle_core::{DType, Error, Tensor};
use kernels::{Cell, MOST_TANGENTS, Spread};

/// A method of finding derivatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Derivatives of the state are carried forward.
    Tangent,
    /// The adjoint of the state is carried backward through the run.
    Adjoint,
}

impl Method {
    /// Chooses the method that takes fewer operations for so many free parameters.
    pub fn cheaper(cell: &Cell, parameters: usize) -> Self {
        if cell.tangent_is_cheaper(parameters) { Method::Tangent } else { Method::Adjoint }
    }
}

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
    /// The output to be compared is the spike, which has no distance.
    #[error("objective on {model}: output {output} is no state variable; compare spikes with the losses on traces")]
    Output {
        /// The model.
        model: &'static str,
        /// The output given.
        output: usize,
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

type Result<T, E = ObjectiveError> = std::result::Result<T, E>;

/// The normal equations of N candidates, as tensors where the objective is.
#[derive(Clone, Debug)]
pub struct Normal {
    /// `sum w r^2`, `[candidate]`.
    pub loss: Tensor,
    /// `J^T W r`, half the gradient of the loss, `[free parameter, candidate]`.
    pub gradient: Tensor,
    /// `J^T W J`, its upper triangle, `[pair, candidate]`, see [`packed`](crate::optim::packed).
    pub jtj: Tensor,
}

impl Normal {
    /// Copies the numbers to the host, as [`LevenbergMarquardt`](crate::optim::LevenbergMarquardt) takes them.
    pub fn evaluation(&self) -> candle_core::Result<Evaluation> {
        Ok(Evaluation { loss: to_host(&self.loss)?, gradient: to_host(&self.gradient)?, jtj: to_host(&self.jtj)? })
    }
}

/// A weighted quadratic distance of one state variable from a target; see the [module](self).
///
/// All tensors are on one device and of one type, F32 or F64.
#[derive(Clone, Debug)]
pub struct Objective {
    /// The model.
    pub model: Model,
    /// Step, ms.
    pub dt: f64,
    /// State before the first step, of every candidate, `[state, batch]`.
    pub start: Tensor,
    /// Inputs of the model: `[time, input]`, the same for the whole batch, or `[time, input, batch]`.
    pub drive: Tensor,
    /// State variable that is compared, by [`Cell::output`].
    pub output: usize,
    /// Wanted value after each step, `[time]` or `[time, batch]`, in the unit of the state variable.
    pub target: Tensor,
    /// Weight of each step, `[time]` or `[time, batch]`. It is zero where the target says nothing, though the target
    /// must be finite even there.
    pub weight: Tensor,
    /// All parameters of the model, `[parameter]`; those that are free are replaced.
    pub params: Tensor,
    /// The K parameters that are free, by [`Cell::parameter`].
    pub free: Vec<usize>,
}

/// The result that is asked of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    /// The loss alone.
    Loss,
    /// The loss and its gradient.
    Gradient(Method),
    /// The loss, its gradient, and `J^T W J`.
    Normal,
}

/// Losses `[candidate]`, halves of their gradient `[free parameter, candidate]`, and `J^T W J` `[pair, candidate]`.
struct Found {
    loss: Tensor,
    gradient: Option<Tensor>,
    jtj: Option<Tensor>,
}

/// Candidates laid out for a scan: a start `[state, batch, candidate]` and parameters `[parameter, candidate]`.
struct Candidates {
    start: Tensor,
    params: Tensor,
    count: usize,
}

impl Objective {
    /// Computes the losses `[candidate]` of the candidates `[free parameter, candidate]`; gradients flow.
    ///
    /// The gradient is found together with the loss, so `backward` costs nothing more; without a candidate that needs
    /// one only the loss is computed.
    ///
    /// # Errors
    /// It fails if tensors do not fit the model or each other.
    pub fn losses(&self, candidates: &Tensor) -> Result<Tensor> {
        self.losses_by(Method::cheaper(self.model.cell(), self.free.len()), candidates)
    }

    /// Computes the losses as [`losses`](Self::losses) does, with the gradient found by `method`.
    pub fn losses_by(&self, method: Method, candidates: &Tensor) -> Result<Tensor> {
        let wanted = if candidates.track_op() { Wanted::Gradient(method) } else { Wanted::Loss };
        Ok(losses::losses(candidates, self.evaluate(candidates, wanted)?)?)
    }

    /// Computes losses, gradients and Gauss-Newton matrices of the candidates `[free parameter, candidate]`, in one
    /// forward pass.
    ///
    /// # Errors
    /// It fails if tensors do not fit the model or each other, or if more than
    /// [`MOST_TANGENTS`] parameters are free.
    pub fn normal(&self, candidates: &Tensor) -> Result<Normal> {
        let Found { loss, gradient, jtj } = self.evaluate(candidates, Wanted::Normal)?;
        let none = || Tensor::zeros((0, candidates.dim(1)?), loss.dtype(), loss.device());
        let (gradient, jtj) = (gradient.map_or_else(none, Ok)?, jtj.map_or_else(none, Ok)?);
        Ok(Normal { loss, gradient, jtj })
    }

    fn evaluate(&self, candidates: &Tensor, wanted: Wanted) -> Result<Found> {
        self.check(candidates, wanted)?;
        let laid_out = self.lay_out(&candidates.detach())?;
        if self.params.device().is_cpu() {
            self.check_finite()?;
        }
        Ok(match self.params.dtype() {
            DType::F32 => self.evaluate_in::<f32>(&laid_out, wanted)?,
            _ => self.evaluate_in::<f64>(&laid_out, wanted)?,
        })
    }

    fn evaluate_in<F: Number>(&self, candidates: &Candidates, wanted: Wanted) -> candle_core::Result<Found> {
        on_device!(
            self.params.device(),
            queue => device::evaluate::<F, _>(self, queue, candidates, wanted),
            cpu => cpu::evaluate::<F>(self, candidates, wanted)
        )
    }

    fn lay_out(&self, candidates: &Tensor) -> candle_core::Result<Candidates> {
        let (states, batch) = self.start.dims2()?;
        let (count, rows) = (candidates.dim(1)?, self.params.dim(0)?);
        let fixed = self.params.unsqueeze(1)?.broadcast_as((rows, count))?;
        let row = |p| match self.free.iter().position(|&f| f == p) {
            Some(k) => candidates.narrow(0, k, 1),
            None => fixed.narrow(0, p, 1),
        };
        let params = Tensor::cat(&(0..rows).map(row).collect::<candle_core::Result<Vec<_>>>()?, 0)?;
        let start = self.start.unsqueeze(2)?.broadcast_as((states, batch, count))?;
        Ok(Candidates { start: start.contiguous()?, params: params.contiguous()?, count })
    }

    /// Returns the number of steps.
    fn steps(&self) -> usize {
        self.drive.dims().first().copied().unwrap_or(0)
    }

    /// Returns the number of sweeps.
    fn batch(&self) -> usize {
        self.start.dims().get(1).copied().unwrap_or(0)
    }

    /// Returns how far a series is shared; one with a dimension for the batch has `rank` dimensions.
    fn spread(series: &Tensor, rank: usize) -> Spread {
        if series.rank() == rank { Spread::Batch } else { Spread::Shared }
    }

    /// Checks types and shapes; it is the one place that does.
    fn check(&self, candidates: &Tensor, wanted: Wanted) -> Result<()> {
        let (cell, model) = (self.model.cell(), self.model.name);
        if self.output >= cell.state.len() {
            return Err(ObjectiveError::Output { model, output: self.output });
        }
        let count = cell.param.len();
        for (k, &index) in self.free.iter().enumerate() {
            if index >= count || self.free[..k].contains(&index) {
                return Err(ObjectiveError::Free { model, index, count });
            }
        }
        if matches!(wanted, Wanted::Normal | Wanted::Gradient(Method::Tangent)) && self.free.len() > MOST_TANGENTS {
            return Err(ObjectiveError::Tangents { model, free: self.free.len() });
        }
        let (states, inputs, free, steps) = (cell.state.len(), cell.input.len(), self.free.len(), self.steps());
        let batch = self.batch();
        let fits = |what, tensor: &Tensor, want: &[&[usize]], words: String| {
            let found = tensor.dims().to_vec();
            match want.contains(&tensor.dims()) {
                true => Ok(()),
                false => Err(ObjectiveError::Shape { model, what, found, want: words }),
            }
        };
        let columns = candidates.dims().get(1).copied().unwrap_or(0);
        fits("params", &self.params, &[&[count]], format!("[{count} parameters]"))?;
        fits("start", &self.start, &[&[states, batch]], format!("[{states} states, batch]"))?;
        let words = format!("[time, {inputs} inputs] or [time, {inputs} inputs, {batch} sweeps]");
        fits("drive", &self.drive, &[&[steps, inputs], &[steps, inputs, batch]], words)?;
        for (what, series) in [("target", &self.target), ("weight", &self.weight)] {
            let words = format!("[{steps} steps] or [{steps} steps, {batch} sweeps], as the drive has");
            fits(what, series, &[&[steps], &[steps, batch]], words)?;
        }
        fits("candidates", candidates, &[&[free, columns]], format!("[{free} free parameters, candidates]"))?;
        let want = self.params.dtype();
        let tensors = [
            ("params", &self.params),
            ("start", &self.start),
            ("drive", &self.drive),
            ("target", &self.target),
            ("weight", &self.weight),
            ("candidates", candidates),
        ];
        for (what, tensor) in tensors {
            let found = tensor.dtype();
            if found != want || !matches!(found, DType::F32 | DType::F64) {
                return Err(ObjectiveError::Type { model, what, found, want });
            }
        }
        Ok(())
    }

    /// Fails if a target or weight on the processor is not finite.
    fn check_finite(&self) -> Result<()> {
        for (what, series) in [("target", &self.target), ("weight", &self.weight)] {
            let value = match series.dtype() {
                DType::F32 => first_not_finite::<f32>(series)?,
                _ => first_not_finite::<f64>(series)?,
            };
            if let Some((at, value)) = value {
                let step = at / (series.elem_count() / self.steps().max(1)).max(1);
                return Err(ObjectiveError::NotFinite { model: self.model.name, what, step, value });
            }
        }
        Ok(())
    }
}

/// Finds place and value of the first number of a series that is not finite.
fn first_not_finite<F: Number>(series: &Tensor) -> candle_core::Result<Option<(usize, f64)>> {
    let series = series.contiguous()?;
    let (storage, layout) = series.storage_and_layout();
    let candle_core::Storage::Cpu(storage) = &*storage else { return Ok(None) };
    let (from, to) = in_order(layout)?;
    let mut numbers = storage.as_slice::<F>()?[from..to].iter().map(|x| x.to());
    Ok(numbers
        .position(|x| !x.is_finite())
        .map(|at| (at, storage.as_slice::<F>().map_or(f64::NAN, |x| x[from + at].to()))))
}
