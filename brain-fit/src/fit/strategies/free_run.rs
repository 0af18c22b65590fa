//! This strategy fits any model by an objective of its free run that the config chooses ([`objective`](crate::objective)),
//! with any optimiser that suits the objective: CMA-ES where none is chosen.
//!
//! An objective is a function of the spikes `t_i` and the potential `V`, which have derivatives w.r.t. the parameters where the
//! number of spikes stays the same:
//!
//! ```text
//! dL/dp = sum_i dL/dt_i dt_i/dp + sum_k dL/dV_k dV_k/dp
//! ```
//!
//! The first factor of each is in closed form; the second is a central difference of the free run, wide enough for the reset,
//! which happens on the grid, not to show. Beside a spike that one side lacks, the derivative by its time is zero.

use super::spike_forced::{fitted, with_refractory_period};
use crate::fit::columns::{column, from_columns};
use crate::fit::coordinates::{Coordinates, Scale};
use crate::fit::errors::ErrorReport;
use crate::fit::free_answers::{FreeAnswers, Run};
use crate::fit::outcome;
use crate::fit::spike_problem::DIFFERENCE;
use crate::fit::state::{FitSession, LOSS_ALONE};
use crate::fit::strategy::{FitTask, Strategy, Subject};
use crate::fit::voltage::random_starts;
use crate::fit::{FitError, Fitted, Outcome};
use crate::objective::{RunObjective, Slopes};
use brain_core::optim::search::{CmaEs, Needs};
use brain_core::optim::{Evaluation, LevenbergMarquardt};

/// The optimiser where the config chooses none that suits.
const SEARCH: CmaEs = CmaEs { population: Some(24), generations: 120, sigma: 0.15 };

/// The strategy.
#[derive(Debug)]
pub struct FreeRun;

impl Strategy for FreeRun {
    fn name(&self) -> &'static str {
        "free-run"
    }

    /// It has no objective of its own, so that no model gets it unasked.
    fn suits(&self, _: &Subject) -> bool {
        false
    }

    fn scale(&self, _: &str, bounds: (f64, f64)) -> Scale {
        Scale::of(bounds)
    }

    fn takes_objective(&self) -> bool {
        true
    }

    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError> {
        let FitTask { subject, settings, sweeps } = *task;
        let Some(objective) = settings.objective.as_deref() else { return Err(FitError::NoObjective) };
        let model = subject.model();
        let (fixed, _) = with_refractory_period(task);
        let coordinates = Coordinates::of_rows(model, fitted(task), &settings.bounds, Scale::of);
        let problem = RunProblem {
            answers: FreeAnswers {
                free: &subject.free,
                sweeps,
                step: settings.step(subject.shows_spikes),
                shown_at: subject.shows_spikes.then_some(settings.spike_level),
            },
            objective,
            fixed,
            coordinates,
        };
        let starts = random_starts(&problem.coordinates, settings.voltage.starts, settings.seed);
        let limits = problem.coordinates.limits();
        let mut lm = LevenbergMarquardt::new(starts, &limits, outcome::optimiser(1, 0.0))?;
        match settings.optimiser.as_ref().is_some_and(|optimiser| optimiser.needs() == Needs::Gradient) {
            true => session.optimise(1, "free run", &mut lm, 1, |z, _, below| problem.evaluate(z, below))?,
            false => session.minimise(1, "free run", &mut lm, SEARCH, settings.seed, |z| problem.values(z))?,
        }
        let winner = outcome::best(&lm, "free run")?;
        let (z, loss) = (lm.column(winner), lm.evaluation().loss[winner]);
        let params = problem.coordinates.params(&problem.fixed, &z);
        let params = Fitted::all(model.param, params, &settings.bounds);
        let notes = vec![format!("The free run was fitted by `{}`, which gives no standard errors.", objective.name())];
        let errors = ErrorReport::default();
        Ok(outcome::outcome(params, &[], None, (loss, "1"), session.evaluations, errors, notes))
    }
}

/// Some parameters of a model, and the objective of its free run.
struct RunProblem<'a> {
    answers: FreeAnswers<'a>,
    objective: &'a dyn RunObjective,
    fixed: Vec<f64>,
    coordinates: Coordinates,
}

impl RunProblem<'_> {
    fn values(&self, z: &[f64]) -> Result<Vec<f64>, FitError> {
        self.answers.values(self.objective, &self.coordinates.params(&self.fixed, z))
    }

    /// Computes the objective at `[coordinate, column]`, with its gradient where one is needed.
    fn evaluate(&self, z: &[f64], below: &[f64]) -> Result<Evaluation, FitError> {
        let k = self.coordinates.len();
        let n = z.len() / k;
        if below.iter().all(|&loss| loss == LOSS_ALONE) {
            return Ok(Evaluation { loss: self.values(z)?, ..Evaluation::default() });
        }
        // The columns of each place are the place itself, and then two for each coordinate.
        let stencil = 2 * k + 1;
        let reach: Vec<f64> = self.coordinates.limits().iter().map(|(low, high)| DIFFERENCE * (high - low)).collect();
        let mut all = Vec::new();
        for i in 0..n {
            let at = column(z, n, i);
            all.push(at.clone());
            for (a, h) in reach.iter().enumerate() {
                for h in [*h, -h] {
                    let mut z = at.clone();
                    z[a] += h;
                    all.push(z);
                }
            }
        }
        let params = self.coordinates.params(&self.fixed, &from_columns(&all));
        let (mut loss, mut gradient) = (vec![0.0; n], vec![0.0; k * n]);
        let share = 1.0 / self.answers.sweeps.len() as f64;
        for s in self.answers.sweeps {
            let recorded = FreeAnswers::recorded(s);
            for (i, runs) in self.answers.runs(self.objective, s, &params)?.chunks(stencil).enumerate() {
                let (recorded, model) = (recorded.answer(s), runs[0].answer(s));
                loss[i] += share * self.objective.value(&recorded, &model);
                let slopes = self.objective.slopes(&recorded, &model);
                for (a, (sides, h)) in runs[1..].chunks(2).zip(&reach).enumerate() {
                    gradient[a * n + i] += 0.5 * share * directional(&slopes, &sides[0], &sides[1]) / (2.0 * h);
                }
            }
        }
        loss.iter_mut().filter(|loss| !loss.is_finite()).for_each(|loss| *loss = f64::INFINITY);
        Ok(Evaluation { loss, gradient, jtj: vec![0.0; k * (k + 1) / 2 * n] })
    }
}

/// Gives how much an objective changes between two runs, to first order.
fn directional(slopes: &Slopes, plus: &Run, minus: &Run) -> f64 {
    let change = |by: &[f64], plus: &[f64], minus: &[f64]| -> f64 {
        by.iter().zip(plus.iter().zip(minus)).map(|(by, (plus, minus))| by * (plus - minus)).sum()
    };
    change(&slopes.by_spikes, &plus.spikes_ms, &minus.spikes_ms)
        + change(&slopes.by_voltage, &plus.voltage_mv, &minus.voltage_mv)
}
