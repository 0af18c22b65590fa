//! [`LevenbergMarquardt`] solves thousands of independent least-squares problems side by side.
//!
//! A *column* is one problem: one start of one cell, with K parameters. All columns are evaluated together, as the fused
//! scans do; each has its own damping, accepts or rejects its own step and stops on its own. Nothing in a column depends
//! on its neighbours, so one alone gives the same bits; only [`Halving`], where it is asked for, compares them.
//!
//! The caller evaluates, for residuals r with weights w and their Jacobian J,
//!
//! | | | |
//! |---|---|---|
//! | loss | `[N]` | `sum_t w r^2` |
//! | gradient | `[K][N]` | `J^T W r` (half the gradient of the loss) |
//! | jtj | `[K (K + 1) / 2][N]` | `J^T W J`, upper triangle, see [`packed`](crate::optim::packed) |
//!
//! which are exactly what the tangent scan computes. Means may take the place of the sums in all three.
//!
//! ```
//! use brain_core::optim::{Evaluation, LevenbergMarquardt, LmConfig};
//!
//! // The least squares of p - 3 and 2 p - 6, from two starts, with p at most 10.
//! let fit = |p: &[f64], _: &[usize]| {
//!     let r = |p: f64| [p - 3.0, 2.0 * p - 6.0];
//!     Ok::<_, brain_core::optim::LmError>(Evaluation {
//!         loss: p.iter().map(|&p| r(p).iter().map(|r| r * r).sum()).collect(),
//!         gradient: p.iter().map(|&p| r(p)[0] + 2.0 * r(p)[1]).collect(),
//!         jtj: vec![5.0; p.len()],
//!     })
//! };
//! let mut lm = LevenbergMarquardt::new(vec![-50.0, 9.0], &[(-100.0, 10.0)], LmConfig::default()).unwrap();
//! while lm.step(fit).unwrap() > 0 {}
//! assert!(lm.params().iter().all(|p| (p - 3.0).abs() < 1e-6));
//! ```
//!
//! Steps solve `(H + damping diag(H)) step = -gradient` with `H = J^T W J` (Marquardt 1963,
//! <https://doi.org/10.1137/0111030>), so they do not depend on the units of the parameters. The damping follows the
//! gain ratio as in Nielsen (1999, IMM-REP-1999-05). A parameter at a bound stays there if the step points out of the
//! bounds; one that would cross its bound is put on it, and the others are solved for again.

mod evaluation;
mod halving;
mod proposal;
mod resume;
mod termination;
#[cfg(test)]
mod tests;

pub use evaluation::{Evaluation, LmError};
pub use halving::Halving;
pub use termination::TerminationReason;

use super::Uncertainty;
use proposal::Proposal;
use serde::{Deserialize, Serialize};

/// Settings of [`LevenbergMarquardt`]: when it stops, and how carefully it starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LmConfig {
    /// Largest number of steps tried, accepted or not.
    pub max_iterations: u32,
    /// A column stops when the cosine between the residuals and every column of J is below this.
    pub gradient_tolerance: f64,
    /// A column stops when no parameter would move by more than this part of its value or of the width of its bounds.
    pub step_tolerance: f64,
    /// A column stops when a step lowers the loss, and was expected to, by less than this part of it.
    pub cost_tolerance: f64,
    /// No step moves a parameter by more than this part of its value or of the width of its bounds: a longer one is
    /// shortened in its direction.
    pub longest_step: f64,
    /// First damping, relative to the diagonal of `J^T W J`.
    pub damping: f64,
    /// How often the worse half of the columns stops; none lets all go on.
    pub halving: Option<Halving>,
}

impl Default for LmConfig {
    fn default() -> Self {
        Self {
            max_iterations: 200,
            gradient_tolerance: 1e-8,
            step_tolerance: 1e-9,
            cost_tolerance: 1e-10,
            longest_step: f64::INFINITY,
            damping: 1e-3,
            halving: None,
        }
    }
}

/// Least damping; below it steps are those of Gauss and Newton.
const LEAST_DAMPING: f64 = 1e-15;
/// Most damping; above it steps are too small to change anything.
const MOST_DAMPING: f64 = 1e30;

/// Where columns are evaluated next, with the column of each place.
#[derive(Default)]
pub(in crate::optim) struct Question(Vec<(usize, Proposal)>);

impl Question {
    /// Returns the places, `[place][parameter]`.
    pub fn places(&self) -> impl Iterator<Item = Vec<f64>> + '_ {
        self.0.iter().map(|(_, proposal)| proposal.params.clone())
    }
}

/// The state of all columns.
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergMarquardt {
    config: LmConfig,
    bounds: Vec<(f64, f64)>,
    columns: usize,
    params: Vec<f64>,
    at: Evaluation,
    damping: Vec<f64>,
    growth: Vec<f64>,
    evaluations: Vec<u32>,
    stop: Vec<Option<TerminationReason>>,
}

impl LevenbergMarquardt {
    /// Begins at starts `[K][N]`, which are moved within the K bounds; these may be infinite.
    pub fn new(mut starts: Vec<f64>, bounds: &[(f64, f64)], config: LmConfig) -> Result<Self, LmError> {
        let k = bounds.len();
        if k == 0 || !starts.len().is_multiple_of(k) {
            return Err(LmError::Starts { values: starts.len(), params: k });
        }
        if let Some(index) = bounds.iter().position(|(low, high)| low.is_nan() || high.is_nan() || low > high) {
            return Err(LmError::Bounds { index, low: bounds[index].0, high: bounds[index].1 });
        }
        let n = starts.len() / k;
        for (i, p) in starts.iter_mut().enumerate() {
            let (low, high) = bounds[i / n];
            *p = p.clamp(low, high);
        }
        Ok(Self::of_starts(starts, bounds.into(), config))
    }

    fn of_starts(starts: Vec<f64>, bounds: Vec<(f64, f64)>, config: LmConfig) -> Self {
        let k = bounds.len();
        let n = starts.len() / k.max(1);
        Self {
            config,
            bounds,
            columns: n,
            params: starts,
            at: Evaluation {
                loss: vec![f64::INFINITY; n],
                gradient: vec![0.0; k * n],
                jtj: vec![0.0; k * (k + 1) / 2 * n],
            },
            damping: vec![config.damping; n],
            growth: vec![2.0; n],
            evaluations: vec![0; n],
            stop: vec![None; n],
        }
    }

    /// Begins within the unit box of `k` parameters, at starts `[k][N]`.
    pub(in crate::optim) fn within_box(starts: Vec<f64>, k: usize, config: LmConfig) -> Self {
        Self::of_starts(starts, vec![(0.0, 1.0); k], config)
    }

    /// Steps every column that still runs and returns how many run on. The first call evaluates the starts.
    ///
    /// `evaluate` gets parameters `[K][M]` and the indices of the M columns that they belong to, and returns what it
    /// finds there. If it fails, no column has moved.
    pub fn step<E: From<LmError>>(
        &mut self,
        mut evaluate: impl FnMut(&[f64], &[usize]) -> Result<Evaluation, E>,
    ) -> Result<usize, E> {
        let k = self.bounds.len();
        let asked = self.ask();
        if asked.0.is_empty() {
            return Ok(0);
        }
        let params: Vec<f64> = (0..k).flat_map(|a| asked.0.iter().map(move |(_, p)| p.params[a])).collect();
        let columns: Vec<usize> = asked.0.iter().map(|&(i, _)| i).collect();
        let found = evaluate(&params, &columns)?;
        found.check(k, columns.len())?;
        self.tell(&asked, &found);
        Ok(self.stop.iter().filter(|stop| stop.is_none()).count())
    }

    /// Returns where every column that still runs is evaluated next.
    pub(in crate::optim) fn ask(&mut self) -> Question {
        let mut tried = Vec::new();
        for i in 0..self.columns {
            if self.stop[i].is_some() {
                continue;
            }
            match self.propose(i) {
                Some(proposal) => tried.push((i, proposal)),
                None => self.stop[i] = Some(TerminationReason::Step),
            }
        }
        Question(tried)
    }

    /// Takes what was found there.
    pub(in crate::optim) fn tell(&mut self, asked: &Question, found: &Evaluation) {
        for (j, (i, proposal)) in asked.0.iter().enumerate() {
            self.judge(*i, proposal, found, j);
        }
        self.halve();
    }

    /// Puts all columns, `[K][N]`, where another method led them, with what was found there, and stops them.
    pub fn settle(&mut self, params: Vec<f64>, found: Evaluation) -> Result<(), LmError> {
        found.check(self.bounds.len(), self.columns)?;
        self.stop = found.loss.iter().map(|loss| Some(TerminationReason::settled(*loss))).collect();
        self.evaluations.fill(1);
        (self.params, self.at) = (params, found);
        Ok(())
    }

    /// Returns the bounds of the parameters.
    pub fn bounds(&self) -> &[(f64, f64)] {
        &self.bounds
    }

    /// Returns the number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns the best parameters so far, `[K][N]`.
    pub fn params(&self) -> &[f64] {
        &self.params
    }

    /// Returns the best parameters so far of column `i`.
    pub fn column(&self, i: usize) -> Vec<f64> {
        self.params.iter().skip(i).step_by(self.columns).copied().collect()
    }

    /// Returns loss, gradient and `J^T W J` at the best parameters so far.
    pub fn evaluation(&self) -> &Evaluation {
        &self.at
    }

    /// Returns why column `i` stopped; `None` while it runs.
    pub fn stop(&self, i: usize) -> Option<TerminationReason> {
        self.stop[i]
    }

    /// Returns how many steps column `i` has tried.
    pub fn iterations(&self, i: usize) -> u32 {
        self.evaluations[i].saturating_sub(1)
    }

    /// Returns how often column `i` was evaluated.
    pub fn evaluations(&self, i: usize) -> u32 {
        self.evaluations[i]
    }

    /// Computes how well the data of column `i` determine its parameters, given the variance of a residual of weight 1.
    /// Parameters at a bound count as fixed there.
    pub fn uncertainty(&self, i: usize, variance: f64, tolerance: f64) -> Uncertainty {
        let at_bound = |(p, &(low, high)): (f64, &(f64, f64))| p == low || p == high;
        let fixed: Vec<bool> = self.column(i).into_iter().zip(&self.bounds).map(at_bound).collect();
        let jtj: Vec<f64> = self.at.jtj.iter().skip(i).step_by(self.columns).copied().collect();
        Uncertainty::new(&jtj, &fixed, variance, tolerance)
    }

    /// Proposes where column `i` is evaluated next; `None` if its step is too small to matter.
    fn propose(&mut self, i: usize) -> Option<Proposal> {
        let params = self.column(i);
        if self.evaluations[i] == 0 {
            return Some(Proposal { params, predicted: f64::NAN, size: f64::INFINITY });
        }
        let quadratic = self.at.column(self.bounds.len(), i);
        while self.damping[i] < MOST_DAMPING {
            if let Some(proposal) = quadratic.propose(&params, &self.bounds, self.damping[i], self.config.longest_step)
            {
                return Some(proposal).filter(|p| p.size > self.config.step_tolerance);
            }
            self.hold_back(i);
        }
        None
    }

    /// Accepts or rejects a proposal by what was found there, in column `j` of `found`.
    fn judge(&mut self, i: usize, proposal: &Proposal, found: &Evaluation, j: usize) {
        let k = self.bounds.len();
        let new = found.column(k, j);
        let first = self.evaluations[i] == 0;
        self.evaluations[i] += 1;
        let fall = self.at.loss[i] - new.loss;
        let accepted = new.is_finite() && (first || fall > 0.0);
        if accepted {
            self.at.copy_column(i, found, j);
            for (a, &p) in proposal.params.iter().enumerate() {
                self.params[a * self.columns + i] = p;
            }
        }
        if first {
            self.stop[i] = match accepted {
                true => new
                    .is_flat(&proposal.params, &self.bounds, self.config.gradient_tolerance)
                    .then_some(TerminationReason::Gradient),
                false => Some(TerminationReason::NonFinite),
            };
        } else if accepted {
            let gain = fall / proposal.predicted;
            self.damping[i] = (self.damping[i] * (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0)).max(LEAST_DAMPING);
            self.growth[i] = 2.0;
            let small = self.config.cost_tolerance * (new.loss + fall);
            if new.is_flat(&proposal.params, &self.bounds, self.config.gradient_tolerance) {
                self.stop[i] = Some(TerminationReason::Gradient);
            } else if fall <= small && proposal.predicted <= small && gain <= 2.0 {
                self.stop[i] = Some(TerminationReason::Cost);
            }
        } else {
            self.hold_back(i);
        }
        if self.stop[i].is_none() && self.iterations(i) >= self.config.max_iterations {
            self.stop[i] = Some(TerminationReason::Iterations);
        }
    }

    /// Raises the damping, by a factor that grows with every rejection in a row.
    fn hold_back(&mut self, i: usize) {
        self.damping[i] *= self.growth[i];
        self.growth[i] *= 2.0;
    }
}
