//! An objective is the distance of a simulated trace from a recorded one, found without the trace: fits evaluate it
//! thousands of times.
//!
//! For every neuron, that is every candidate set of parameters, the loss is
//!
//! ```text
//! loss = sum_b sum_t w[t, b] l(y[t, b], target[t, b])
//! ```
//!
//! with `y` an output of the model after each step and `l` a [`Loss`] of one sample. Where `l` is the squared error and
//! `y` a state variable, only sums leave the kernel. The derivatives w.r.t. K of the parameters then
//! come in one of two ways: the *tangent* scan carries K derivatives of the state forward, costs about K + 1 runs, and
//! also gives the matrix of Gauss and Newton; the *adjoint* scan costs about four runs for any K. [`Method::cheaper`]
//! chooses.
//!
//! Another loss is found from the traces of all candidates, `[time, batch, candidate]`, which take memory, and its
//! gradient by the adjoint scan. If it is one of single samples, it has normal equations too: those of the squared error
//! whose weights, which differ between candidates, give the loss's own derivatives (iteratively reweighted least squares,
//! Holland and Welsch 1977, <https://doi.org/10.1080/03610927708827533>). A loss that joins the samples of a trace, such
//! as a distance of spike trains, is what its [`per_neuron`](Loss::per_neuron) says, with the weights as its mask.
//!
//! [`Objective::normal`] feeds [`optim`](crate::optim)'s Levenberg-Marquardt, and [`Objective::losses`] is the same
//! loss as one operation of candle, for Adam and for anything that is built from losses. Both run on the device where
//! the objective's tensors are, in their precision.
//!
//! ```
//! use brain_core::{Backend, Model, Objective, loss::SquaredError};
//! use candle_core::{Device, Var};
//! use std::sync::Arc;
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
//!     loss: Arc::new(SquaredError {}),
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

mod check;
mod cpu;
#[cfg(any(feature = "cuda", feature = "metal"))]
mod device;
mod error;
mod traces;

pub use error::ObjectiveError;

use crate::{
    device::{Number, on_device, to_host},
    known_gradient::KnownGradient,
    loss::Loss,
    model::Model,
    optim::Evaluation,
};
use candle_core::{DType, Tensor};
use kernels::{Cell, Spread};
use std::sync::Arc;

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

type Result<T, E = ObjectiveError> = std::result::Result<T, E>;

/// The normal equations of N candidates, as tensors where the objective is.
#[derive(Clone, Debug)]
pub struct Normal {
    /// The losses, for squared errors `sum w r^2`, `[candidate]`.
    pub loss: Tensor,
    /// `J^T W r`, half the gradient of the loss, `[free parameter, candidate]`.
    pub gradient: Tensor,
    /// `J^T W J`, its upper triangle, `[pair, candidate]`, see [`packed`](crate::optim::packed).
    pub jtj: Tensor,
}

impl Normal {
    fn of(found: Found, candidates: usize) -> Result<Self> {
        let Found { loss, gradient, jtj } = found;
        let none = || Tensor::zeros((0, candidates), loss.dtype(), loss.device());
        let (gradient, jtj) = (gradient.map_or_else(none, Ok)?, jtj.map_or_else(none, Ok)?);
        Ok(Normal { loss, gradient, jtj })
    }

    /// Copies the numbers to the host, as [`LevenbergMarquardt`](crate::optim::LevenbergMarquardt) takes them.
    pub fn evaluation(&self) -> candle_core::Result<Evaluation> {
        Ok(Evaluation { loss: to_host(&self.loss)?, gradient: to_host(&self.gradient)?, jtj: to_host(&self.jtj)? })
    }
}

/// A weighted distance of one output of a model from a target; see the [module](self).
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
    /// Output that is compared, by [`Cell::output`]; squared errors and normal equations are of state variables.
    pub output: usize,
    /// Wanted value after each step, `[time]` or `[time, batch]`, in the unit of the output.
    pub target: Tensor,
    /// Weight of each step, `[time]` or `[time, batch]`. It is zero where the target says nothing, though the target
    /// must be finite even there.
    pub weight: Tensor,
    /// All parameters of the model, `[parameter]`; those that are free are replaced.
    pub params: Tensor,
    /// The K parameters that are free, by [`Cell::parameter`].
    pub free: Vec<usize>,
    /// The loss.
    pub loss: Arc<dyn Loss>,
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

    /// Computes the losses as [`losses`](Self::losses) does, with the gradient of squared errors found by `method`.
    pub fn losses_by(&self, method: Method, candidates: &Tensor) -> Result<Tensor> {
        let wanted = if candidates.track_op() { Wanted::Gradient(method) } else { Wanted::Loss };
        self.check(candidates, wanted)?;
        if !self.loss.is_squared_error() {
            return self.losses_of_traces(candidates);
        }
        let Found { loss, gradient, .. } = self.fused(&self.lay_out(&candidates.detach())?, wanted)?;
        Ok(match gradient {
            Some(half_gradient) => KnownGradient { value: loss, half_gradient }.at(candidates)?,
            None => loss,
        })
    }

    /// Computes losses, gradients and Gauss-Newton matrices of the candidates `[free parameter, candidate]`, in one
    /// forward pass.
    ///
    /// # Errors
    /// It fails if tensors do not fit the model or each other, if more than
    /// [`MOST_TANGENTS`](kernels::MOST_TANGENTS) parameters are free, or if the loss is not one of single samples that is
    /// least at its target.
    pub fn normal(&self, candidates: &Tensor) -> Result<Normal> {
        self.check(candidates, Wanted::Normal)?;
        if !self.loss.is_squared_error() {
            return self.normal_of_traces(candidates);
        }
        let laid_out = self.lay_out(&candidates.detach())?;
        Normal::of(self.fused(&laid_out, Wanted::Normal)?, laid_out.count)
    }

    /// Computes squared errors, whose weights may also be `[time, batch, candidate]`, in one pass.
    fn fused(&self, candidates: &Candidates, wanted: Wanted) -> candle_core::Result<Found> {
        match self.params.dtype() {
            DType::F32 => self.evaluate_in::<f32>(candidates, wanted),
            _ => self.evaluate_in::<f64>(candidates, wanted),
        }
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

    /// Returns how far a series is shared: one with a dimension for the batch has `rank` dimensions, and one with a further
    /// dimension for the candidates one more.
    fn spread(series: &Tensor, rank: usize) -> Spread {
        match series.rank() {
            r if r == rank => Spread::Batch,
            r if r == rank + 1 => Spread::Neuron,
            _ => Spread::Shared,
        }
    }
}
