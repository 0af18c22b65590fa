//! Models of Hodgkin and Huxley's kind are fitted to a recorded cell while they are pulled to its potential, and then by
//! features of their free runs.
//!
//! 1. What the traces show directly ([`landmarks`](crate::fit::landmarks)) gives the scale of the conductances and where
//!    the starts are drawn.
//! 2. The potential of a model that is pulled to the recorded one ([`coupling`](crate::fit::coupling)) is fitted while
//!    the pull between spikes is weakened. At every level the models also run free.
//! 3. The best of them go on, by the times and the shapes of the spikes of their free runs
//!    ([`free_run`](crate::fit::free_run)). A recorded spike that comes at another time no longer costs more than one
//!    that is missing.
//! 4. Where the loss of the best says that it failed, the features are fitted again from places around it, and then all
//!    begins again from other starts. Their losses lie in many minima that are close to each other.

use crate::fit::columns::{column, columns, from_columns};
use crate::fit::coordinates::{Coordinates, Scale};
use crate::fit::coupling::{CoupledProblem, Strength};
use crate::fit::errors::ErrorReport;
use crate::fit::free_run::problem::{FreeRunProblem, Prior};
use crate::fit::free_run::target::Target;
use crate::fit::landmarks::Landmarks;
use crate::fit::outcome::{KNOWN, ranked};
use crate::fit::state::FitSession;
use crate::fit::strategy::{FitTask, Strategy, Subject};
use crate::fit::sweep::FitSweep;
use crate::fit::{FitError, Fitted, Outcome};
use brain_core::Seed;
use brain_core::optim::{Evaluation, LevenbergMarquardt, LmConfig};
use starts::{BOUNDS, apart, around, starts, suggested};

mod starts;

/// Those that go on after the first level of the coupling.
const COUPLED: usize = 8;
/// Levels of the coupling, 1/ms around spikes and between them, with the most iterations of each.
const LEVELS: [(f64, f64, u32); 5] = [(2.0, 2.0, 8), (2.0, 0.5, 6), (2.0, 0.1, 5), (2.0, 0.03, 5), (1.0, 0.03, 4)];
/// Columns whose features are fitted; those that come from the coupling are apart from each other in the
/// unit box.
const FREE: usize = 10;
/// Stages of the features: the residual from which on the cost grows as its logarithm, the most iterations, and how many
/// columns go on. They are in single precision, which is twice as fast.
const FEATURES: [(f64, u32, usize); 3] = [(100.0, 12, 5), (100.0, 20, 5), (20.0, 30, 1)];
/// Most iterations of the best column of all, in the precision and the steps of the runs that follow.
const LAST: u32 = 15;
/// The loss at which columns for the features are chosen.
const CHOSEN: f64 = 20.0;
/// An attempt with a larger loss has failed.
pub const FAILED: f64 = 43.0;
/// Attempts from new starts before the best place is given back, and attempts from around the best place after each.
const ATTEMPTS: u64 = 4;
const HOPS: u64 = 1;
/// No step is longer than this part of the box.
const LONGEST: f64 = 0.25;
/// Eigenvalue of the scaled curvature below which a direction is not determined by the data.
const TOLERANCE: f64 = 1e-8;
/// Longest step of the search, ms.
const STEP: f64 = 0.05;

/// The strategy.
#[derive(Debug)]
pub struct CoupledFeatures;

/// The best `n` columns of an optimiser, `[coordinate, column]`.
fn kept(lm: &LevenbergMarquardt, n: usize) -> Vec<f64> {
    let mut order = ranked(lm);
    order.truncate(n.max(1));
    columns(lm.params(), lm.columns(), &order)
}

/// A place in the unit box with its loss.
type Found = (f64, Vec<f64>);

/// The best column of an optimiser.
fn best(lm: &LevenbergMarquardt) -> Option<Found> {
    ranked(lm).first().map(|&i| (lm.evaluation().loss[i], lm.column(i)))
}

/// The problems that all attempts share.
struct Problems {
    coupled: CoupledProblem,
    free: FreeRunProblem,
}

/// The search of a fit, with the session that it is written to.
struct Search<'a> {
    problems: Problems,
    session: &'a mut FitSession,
    stage: usize,
}

impl Search<'_> {
    /// Optimises columns as the next stage of the session.
    fn optimise(
        &mut self,
        name: &str,
        starts: Vec<f64>,
        iterations: u32,
        evaluate: impl Fn(&Problems, &[f64]) -> Result<Evaluation, FitError>,
    ) -> Result<LevenbergMarquardt, FitError> {
        let config = LmConfig {
            max_iterations: iterations,
            cost_tolerance: 2e-4,
            longest_step: LONGEST,
            damping: 1e-2,
            ..LmConfig::default()
        };
        let mut lm = LevenbergMarquardt::new(starts, &self.problems.free.unit.limits(), config)?;
        self.stage += 1;
        let Self { problems, session, stage } = self;
        session.optimise(*stage, name, &mut lm, iterations, |z, _, _| evaluate(problems, z))?;
        Ok(lm)
    }

    /// Fits the coupled model from some starts, and gives places at which its free runs are nearest to the data; none
    /// where no start could be run.
    fn couple(&mut self, mut z: Vec<f64>) -> Result<Vec<Vec<f64>>, FitError> {
        let mut pool = Vec::new();
        (self.problems.free.robust, self.problems.free.single) = (CHOSEN, true);
        for (level, (spikes, between, iterations)) in LEVELS.into_iter().enumerate() {
            self.problems.coupled.couple(Strength { spikes, between })?;
            let name = format!("coupled {between} / ms");
            let lm = self.optimise(&name, z, iterations, |problems, z| problems.coupled.evaluate(z))?;
            z = if level == 0 { kept(&lm, COUPLED) } else { lm.params().to_vec() };
            let n = z.len() / self.problems.free.unit.len();
            if n == 0 {
                break;
            }
            let losses = self.problems.free.losses(&z)?;
            pool.extend(losses.into_iter().enumerate().map(|(i, loss)| (loss, column(&z, n, i))));
        }
        Ok(apart(pool, FREE))
    }

    /// Fits the features of free runs from some places, and gives the best.
    fn features(&mut self, from: &[Vec<f64>]) -> Result<Option<Found>, FitError> {
        let mut found = None;
        let mut z = from_columns(from);
        for (robust, iterations, keep) in FEATURES {
            if z.is_empty() {
                return Ok(None);
            }
            self.problems.free.robust = robust;
            let lm = self.optimise("features", z, iterations, |problems, z| problems.free.evaluate(z))?;
            z = kept(&lm, keep);
            found = best(&lm);
        }
        Ok(found)
    }
}

impl Strategy for CoupledFeatures {
    fn name(&self) -> &'static str {
        "coupled-features"
    }

    fn suits(&self, subject: &Subject) -> bool {
        subject.shows_spikes && subject.coupled.is_some()
    }

    fn bounds(&self) -> Vec<(&'static str, (f64, f64))> {
        BOUNDS.to_vec()
    }

    fn scale(&self, _: &str, bounds: (f64, f64)) -> Scale {
        Scale::of(bounds)
    }

    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError> {
        let FitTask { subject, settings, sweeps } = *task;
        let model = subject.model();
        let Some(coupled) = subject.coupled else {
            return Err(FitError::NotCompiled { model: model.name.into(), strategy: self.name(), form: "Coupled" });
        };
        let landmarks = Landmarks::new(sweeps).ok_or(FitError::NoLandmarks)?;
        let rows = match settings.fitted.is_empty() {
            true => (0..model.param.len()).filter(|&row| !settings.held[row]).collect(),
            false => settings.fitted.clone(),
        };
        let params = suggested(model, &settings.values, &rows, &landmarks);
        let unit = Coordinates::of_rows(model, rows, &settings.bounds, Scale::of).in_unit_box();
        let (mean, single) = (unit.of_params(&params), subject.backend().dtype() == candle_core::DType::F32);
        let prior = |sd, weight| Prior { mean: mean.clone(), sd, weight };
        let target =
            |s: &FitSweep| Target::new(s, settings.spike_level, landmarks.threshold, settings.spikes.timing_error);
        let problems = Problems {
            coupled: CoupledProblem::new(coupled, unit.clone(), params.clone(), sweeps, prior(0.5, 1e-3), STEP, true),
            free: FreeRunProblem {
                model,
                unit: unit.clone(),
                fixed: params.clone(),
                targets: sweeps.iter().map(target).collect(),
                step: STEP,
                robust: CHOSEN,
                prior: prior(0.3, 0.02),
                single: true,
            },
        };
        let mut search = Search { problems, session, stage: 0 };
        let mut found: Option<Found> = None;
        for attempt in 0..ATTEMPTS * (1 + HOPS) {
            let seed = Seed::new(settings.seed).child("fit/starts").nth(attempt);
            let from = match &found {
                Some((_, place)) if attempt % (1 + HOPS) > 0 => around(place, FREE, seed),
                _ => search.couple(starts(model, &unit, &params, seed))?,
            };
            let least = found.as_ref().map_or(f64::INFINITY, |(loss, _)| *loss);
            found = search.features(&from)?.filter(|(loss, _)| *loss < least).or(found);
            if found.as_ref().is_some_and(|(loss, _)| *loss < FAILED) {
                break;
            }
        }
        let Some((_, place)) = found else { return Err(FitError::NoFit { stage: "features" }) };
        (search.problems.free.single, search.problems.free.step) = (single, settings.voltage.dt.min(STEP));
        let lm = search.optimise("last", place, LAST, |problems, z| problems.free.evaluate(z))?;
        let Some((loss, z)) = best(&lm) else { return Err(FitError::NoFit { stage: "features" }) };
        let evaluations = search.session.evaluations;
        let mut found = Fitted::all(model.param, unit.params(&params, &z), &settings.bounds);
        let uncertainty = lm.uncertainty(0, 1.0, TOLERANCE);
        for (a, &row) in unit.rows().iter().enumerate() {
            found[row].std_error = uncertainty.std_errors[a].map(|e| e * unit.slope(a, z[a]));
            found[row].identifiable = found[row].std_error.is_some_and(|e| e < KNOWN * found[row].value.abs());
        }
        let mut notes = Vec::new();
        if loss >= FAILED {
            notes.push(format!(
                "The fit is poor: in {} attempts no loss was below {FAILED}; that of the best is {loss:.0}.",
                ATTEMPTS * (1 + HOPS)
            ));
        }
        Ok(Outcome {
            params: found,
            loss,
            loss_unit: "1",
            evaluations,
            correlated: Vec::new(),
            errors: ErrorReport::default(),
            electrode: None,
            bic: None,
            notes,
        })
    }
}
