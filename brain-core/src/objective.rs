//! Distance of a simulated trace from a recorded one without the trace: what fits evaluate thousands of times.
//!
//! For every neuron, that is every candidate set of parameters,
//!
//! ```text
//! loss = sum_b sum_t w[t, b] (y[t, b] - target[t, b])^2
//! ```
//!
//! with `y` a state variable after each step. Only sums leave the kernel. The derivatives by K of the parameters come
//! in one of two ways: the *tangent* scan carries K derivatives of the state forward, costs about K + 1 runs, and also
//! gives the matrix of Gauss and Newton; the *adjoint* scan costs about four runs for any K. [`Method::cheaper`] chooses.
//!
//! [`Objective::normal`] feeds [`optim`](crate::optim)'s Levenberg-Marquardt, and [`Objective::losses`] is the same
//! loss as one operation of candle, for Adam and for anything that is built from losses.
//!
//! ```
//! use brain_core::objective::{Objective, Signal};
//! use candle_core::{Device, Var};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lif = kernels::find("lif").unwrap();
//! // A cell whose resting potential is to be found, at rest at -65 mV from the hundredth step on.
//! let objective = Objective::<f64> {
//!     kernel: lif,
//!     dt: 0.1,
//!     steps: 500,
//!     batch: 1,
//!     start: vec![-70.0, 0.0],
//!     drive: Signal::shared(vec![0.0; 500]),
//!     output: lif.output("v").unwrap(),
//!     target: Signal::shared(vec![-65.0; 500]),
//!     weight: Signal::shared((0..500).map(|t| if t < 100 { 0.0 } else { 1.0 }).collect()),
//!     params: lif.param.iter().map(|f| f.default).collect(),
//!     free: vec![lif.parameter("E_L").unwrap()],
//! };
//! // Three candidates at once.
//! let normal = objective.normal(&[-75.0, -65.0, -60.0])?;
//! assert!(normal.loss[1] < normal.loss[0] && normal.loss[1] < normal.loss[2]);
//!
//! let rest = Var::from_slice(&[-75.0, -65.0, -60.0], (1, 3), &Device::Cpu)?;
//! let grads = objective.losses(&rest)?.sum_all()?.backward()?;
//! let by_rest = grads.get(&rest).unwrap().to_vec2::<f64>()?;
//! assert!((by_rest[0][0] - 2.0 * normal.gradient[0]).abs() < 1e-9 * by_rest[0][0].abs());
//! # Ok(())
//! # }
//! ```

mod losses;

pub use losses::Resident;

use kernels::{
    Adjoint, Cell, Level, MOST_TANGENTS, Mismatch, Objective as Distance, Precision, Run, Seed, Series, Spread, Tangent,
};
use thiserror::Error;

/// A series over time that all neurons share.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal<F> {
    data: Vec<F>,
    spread: Spread,
}

impl<F> Signal<F> {
    /// The same for every element of the batch, `[time, row]`.
    pub fn shared(data: Vec<F>) -> Self {
        Signal { data, spread: Spread::Shared }
    }

    /// One for each element of the batch, `[time, row, batch]`.
    pub fn per_batch(data: Vec<F>) -> Self {
        Signal { data, spread: Spread::Batch }
    }

    /// The numbers, in that order.
    pub fn data(&self) -> &[F] {
        &self.data
    }

    fn series(&self) -> Series<'_, F> {
        Series { data: &self.data, spread: self.spread }
    }
}

/// How derivatives are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Derivatives of the state carried forward.
    Tangent,
    /// Backwards.
    Adjoint,
}

impl Method {
    /// The one that takes fewer operations.
    pub fn cheaper(kernel: &Cell, parameters: usize) -> Self {
        if kernel.tangent_is_cheaper(parameters) { Method::Tangent } else { Method::Adjoint }
    }
}

/// An objective that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ObjectiveError {
    /// Numbers that do not fit the model.
    #[error("objective on {0}")]
    Mismatch(#[from] Mismatch),
    /// Not a whole number of candidates.
    #[error("objective on {model}: {found} values are no rows of {free} parameters; give [{free}][candidates]")]
    Values {
        /// Model.
        model: &'static str,
        /// Values given.
        found: usize,
        /// Parameters to differentiate by.
        free: usize,
    },
    /// The spike is compared.
    #[error("objective on {model}: output {output} is no state variable; compare spikes with the losses on traces")]
    Output {
        /// Model.
        model: &'static str,
        /// Output given.
        output: usize,
    },
    /// A parameter that the model does not have, or that is named twice.
    #[error("objective on {model}: free parameter {index} of {count} does not exist or is given twice")]
    Free {
        /// Model.
        model: &'static str,
        /// Parameter given.
        index: usize,
        /// Parameters of the model.
        count: usize,
    },
    /// Too many parameters for the tangent scan.
    #[error("objective on {model}: {free} free parameters; J^T W J takes {MOST_TANGENTS} at most, hold some fixed")]
    Tangents {
        /// Model.
        model: &'static str,
        /// Parameters to differentiate by.
        free: usize,
    },
    /// A target or weight that is no number.
    #[error("objective on {model}: the {what} is {value} at step {step}; give it weight 0 and a finite target")]
    NotFinite {
        /// Model.
        model: &'static str,
        /// Target or weight.
        what: &'static str,
        /// Step, from 0.
        step: usize,
        /// What was found.
        value: f64,
    },
}

/// Losses and gradients of many candidates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradient {
    /// `sum w r^2`, `[N]`.
    pub loss: Vec<f64>,
    /// `J^T W r`, half the gradient of the loss, `[K][N]`.
    pub gradient: Vec<f64>,
}

/// The normal equations of many candidates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normal {
    /// `sum w r^2`, `[N]`.
    pub loss: Vec<f64>,
    /// `J^T W r`, half the gradient of the loss, `[K][N]`.
    pub gradient: Vec<f64>,
    /// `J^T W J`, upper triangle, `[K (K + 1) / 2][N]`, see [`packed`](crate::optim::packed).
    pub jtj: Vec<f64>,
}

/// A weighted quadratic distance of one state variable from a target; see the [module](self). `F` is the precision of
/// the scan.
#[derive(Clone, Debug)]
pub struct Objective<F> {
    /// Model.
    pub kernel: &'static Cell,
    /// Step, ms.
    pub dt: f64,
    /// Number of steps.
    pub steps: usize,
    /// Number of sweeps.
    pub batch: usize,
    /// State before the first step, of every candidate, `[state, batch]`.
    pub start: Vec<F>,
    /// Inputs of the model.
    pub drive: Signal<F>,
    /// Which state variable is compared, by [`Cell::output`].
    pub output: usize,
    /// What it should be after each step, one row.
    pub target: Signal<F>,
    /// Weight of each step, one row; zero where the target says nothing, though it must be finite even there.
    pub weight: Signal<F>,
    /// All parameters of the model; those that are free are replaced.
    pub params: Vec<F>,
    /// Which parameters are free, by [`Cell::parameter`]; K of them.
    pub free: Vec<usize>,
}

impl<F: Precision> Objective<F> {
    /// Losses of the candidates `[K][N]`, `[N]`.
    pub fn loss(&self, candidates: &[f64]) -> Result<Vec<f64>, ObjectiveError> {
        let run = Columns::new(self, candidates)?;
        Ok(run.tangent(&[], false)?.loss)
    }

    /// Losses and gradients of the candidates `[K][N]`, by the faster method.
    pub fn gradient(&self, candidates: &[f64]) -> Result<Gradient, ObjectiveError> {
        self.gradient_by(Method::cheaper(self.kernel, self.free.len()), candidates)
    }

    /// Losses and gradients of the candidates `[K][N]`.
    pub fn gradient_by(&self, method: Method, candidates: &[f64]) -> Result<Gradient, ObjectiveError> {
        let run = Columns::new(self, candidates)?;
        match method {
            Method::Adjoint => run.adjoint(),
            Method::Tangent => {
                self.few_enough()?;
                let Normal { loss, gradient, .. } = run.tangent(&self.free, false)?;
                Ok(Gradient { loss, gradient })
            }
        }
    }

    /// Losses, gradients and Gauss-Newton matrices of the candidates `[K][N]`, in one forward pass.
    pub fn normal(&self, candidates: &[f64]) -> Result<Normal, ObjectiveError> {
        self.few_enough()?;
        Columns::new(self, candidates)?.tangent(&self.free, true)
    }

    fn few_enough(&self) -> Result<(), ObjectiveError> {
        match self.free.len() > MOST_TANGENTS {
            true => Err(ObjectiveError::Tangents { model: self.kernel.name, free: self.free.len() }),
            false => Ok(()),
        }
    }

    fn check(&self) -> Result<(), ObjectiveError> {
        let model = self.kernel.name;
        if self.output >= self.kernel.state.len() {
            return Err(ObjectiveError::Output { model, output: self.output });
        }
        let count = self.kernel.param.len();
        for (k, &index) in self.free.iter().enumerate() {
            if index >= count || self.free[..k].contains(&index) {
                return Err(ObjectiveError::Free { model, index, count });
            }
        }
        let sizes = [
            ("initial state", self.start.len(), self.kernel.state.len() * self.batch),
            ("parameters", self.params.len(), count),
            ("target", self.target.data.len(), self.target.series().stride(1, self.batch, 1) * self.steps),
            ("weights", self.weight.data.len(), self.weight.series().stride(1, self.batch, 1) * self.steps),
        ];
        for (what, found, want) in sizes {
            if found != want {
                let what = format!("{what}: {found} numbers where {want} are needed");
                return Err(Mismatch { model, what }.into());
            }
        }
        for (what, signal) in [("target", &self.target), ("weight", &self.weight)] {
            let per_step = signal.series().stride(1, self.batch, 1);
            if let Some(at) = signal.data.iter().position(|x| !x.to().is_finite()) {
                let value = signal.data[at].to();
                return Err(ObjectiveError::NotFinite { model, what, step: at / per_step, value });
            }
        }
        Ok(())
    }
}

/// The candidates laid out for a scan.
struct Columns<'a, F> {
    objective: &'a Objective<F>,
    neurons: usize,
    start: Vec<F>,
    params: Vec<F>,
}

impl<'a, F: Precision> Columns<'a, F> {
    fn new(objective: &'a Objective<F>, candidates: &[f64]) -> Result<Self, ObjectiveError> {
        objective.check()?;
        let free = objective.free.len();
        let (model, found) = (objective.kernel.name, candidates.len());
        if free == 0 || found % free != 0 {
            return Err(ObjectiveError::Values { model, found, free });
        }
        let neurons = found / free;
        let each = |x: &[F]| x.iter().flat_map(|&x| std::iter::repeat_n(x, neurons)).collect::<Vec<F>>();
        let (start, mut params) = (each(&objective.start), each(&objective.params));
        if neurons > 0 {
            for (row, &to) in candidates.chunks(neurons).zip(&objective.free) {
                for (to, &from) in params[to * neurons..][..neurons].iter_mut().zip(row) {
                    *to = F::of(from);
                }
            }
        }
        Ok(Columns { objective, neurons, start, params })
    }

    fn run(&self) -> Run<'_, F> {
        let o = self.objective;
        Run {
            dt: o.dt,
            steps: o.steps,
            batch: o.batch,
            neurons: self.neurons,
            start: &self.start,
            drive: o.drive.series(),
            params: &self.params,
            level: Level::best(),
        }
    }

    fn distance(&self) -> Distance<'_, F> {
        let o = self.objective;
        Distance { row: o.output, target: o.target.series(), weight: o.weight.series() }
    }

    fn tangent(&self, free: &[usize], curvature: bool) -> Result<Normal, ObjectiveError> {
        let (n, k) = (self.neurons, free.len());
        let zeros = |rows: usize| vec![F::default(); rows * n];
        let (mut loss, mut gradient) = (zeros(1), zeros(k));
        let mut jtj = zeros(if curvature { k * (k + 1) / 2 } else { 0 });
        let out = Tangent {
            objective: self.distance(),
            which: free,
            start: &[],
            loss: &mut loss,
            gradient: &mut gradient,
            curvature: &mut jtj,
        };
        self.objective.kernel.tangent(&self.run(), out)?;
        Ok(Normal { loss: doubles(&loss), gradient: doubles(&gradient), jtj: doubles(&jtj) })
    }

    fn adjoint(&self) -> Result<Gradient, ObjectiveError> {
        let n = self.neurons;
        let (mut loss, mut params) = (vec![F::default(); n], vec![F::default(); self.params.len()]);
        let out = Adjoint {
            seed: Seed::Objective(self.distance()),
            end: &[],
            start: &mut [],
            drive: &mut [],
            params: &mut params,
            loss: &mut loss,
        };
        self.objective.kernel.adjoint(&self.run(), out)?;
        let gradient = self.objective.free.iter().flat_map(|&p| doubles(&params[p * n..][..n])).collect();
        Ok(Gradient { loss: doubles(&loss), gradient })
    }
}

fn doubles<F: Precision>(x: &[F]) -> Vec<f64> {
    x.iter().map(|x| x.to()).collect()
}
