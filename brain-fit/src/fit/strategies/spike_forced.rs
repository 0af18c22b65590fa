//! This strategy fits any model that is reset by its spikes and was compiled with its spikes given, such as `lif` and
//! `glif3`.
//!
//! 1. Parameters that move the potential between given spikes are fitted to it from random starts. Which these are, the
//!    derivatives of the spike-forced run say.
//! 2. The others, a threshold above all, are fitted to the times of the free-running model's spikes, from random starts.
//!    The refractory period is fitted with them unless it was given: the shape of the recorded spikes, which the first stage
//!    takes, says how long they last, but a model whose threshold does not move has nothing else to slow it down.

use super::membrane::weights;
use super::moving_threshold::{T_REF, TOLERANCE};
use crate::fit::columns::columns;
use crate::fit::coordinates::{Coordinates, Scale};
use crate::fit::outcome::{self, Determined};
use crate::fit::potential::EarlyPotential;
use crate::fit::spike_problem::{Reach, SpikeProblem};
use crate::fit::state::FitSession;
use crate::fit::strategy::{FitTask, Strategy, Subject};
use crate::fit::sweep::refractory_period;
use crate::fit::traces::Traces;
use crate::fit::voltage::{VoltageProblem, random_starts};
use crate::fit::{FitError, Fitted, Outcome};
use brain_core::optim::LevenbergMarquardt;

/// Half the distance of central differences, as a part of the width of the bounds.
const DIFFERENCE: f64 = 1.0 / 500.0;
/// Longest step that is tried, as a part of the width of the bounds.
const LONGEST: f64 = 0.1;
/// Starts of the spike times that are refined: the best of the random ones.
const REFINED: usize = 8;
/// Name of the parameter that is the refractory period: the potential between spikes does not tell it.
const T_REF_NAME: &str = "t_ref";

/// The strategy.
#[derive(Debug)]
pub struct SpikeForced;

/// Gives the positions of the parameters to fit: those the settings name, else all that are not held; never the refractory
/// period, which the shape of recorded spikes tells.
pub(super) fn fitted(task: &FitTask) -> Vec<usize> {
    let (settings, t_ref) = (task.settings, task.subject.model().cell().parameter(T_REF_NAME));
    let all = match settings.fitted.is_empty() {
        true => (0..settings.values.len()).filter(|&row| !settings.held[row]).collect(),
        false => settings.fitted.clone(),
    };
    all.into_iter().filter(|&row| Some(row) != t_ref).collect()
}

/// Gives the values of all parameters before the fit, with the refractory period of the recorded spikes; and that period, ms.
pub(super) fn with_refractory_period(task: &FitTask) -> (Vec<f64>, f64) {
    let mut values = task.settings.values.clone();
    let row = task.subject.model().cell().parameter(T_REF_NAME);
    let held = row.filter(|&row| task.settings.held[row]).map(|row| values[row]);
    let found = || task.settings.t_ref.or_else(|| refractory_period(task.sweeps)).unwrap_or(T_REF);
    let t_ref = held.unwrap_or_else(found);
    if let Some(row) = row {
        values[row] = t_ref;
    }
    (values, t_ref)
}

/// Fits coordinates to spike times as stage `number`, from random starts of which the best are refined.
pub(super) fn fit_spike_times(
    number: usize,
    task: &FitTask,
    fixed: Vec<f64>,
    coordinates: Coordinates,
    potential: Option<EarlyPotential>,
    session: &mut FitSession,
) -> Result<(Vec<f64>, f64, Determined), FitError> {
    let settings = task.settings;
    let limits = coordinates.limits();
    let reach =
        |&(low, high): &(f64, f64)| Reach { difference: DIFFERENCE * (high - low), longest: LONGEST * (high - low) };
    let problem = SpikeProblem {
        free: task.subject.free.clone(),
        forced: task.subject.forced.clone(),
        sweeps: task.sweeps,
        fixed,
        reach: limits.iter().map(reach).collect(),
        priors: Vec::new(),
        dt: settings.step(task.subject.shows_spikes),
        timing_error: settings.spikes.timing_error,
        margin_weight: settings.spikes.margin_weight,
        coordinates,
        potential,
    };
    let n = settings.voltage.starts;
    let drawn = random_starts(&problem.coordinates, n, settings.seed);
    let (cost, _) = problem.cost(&drawn)?;
    let mut order: Vec<usize> = (0..n).filter(|&i| cost[i].is_finite()).collect();
    order.sort_by(|&a, &b| cost[a].total_cmp(&cost[b]));
    order.truncate(REFINED);
    let config = outcome::optimiser(settings.spikes.iterations, 1e-6);
    let mut lm = LevenbergMarquardt::new(columns(&drawn, n, &order), &limits, config)?;
    session.optimise(number, "spike times", &mut lm, config.max_iterations, |z, from, best| {
        problem.evaluate(z, from, best)
    })?;
    let winner = outcome::best(&lm, "spike times")?;
    let z = lm.column(winner);
    let (params, loss) = (problem.params(&z), lm.evaluation().loss[winner]);
    let uncertainty = lm.uncertainty(winner, 1.0, TOLERANCE);
    Ok((params, loss, Determined { uncertainty, coordinates: problem.coordinates, z }))
}

impl Strategy for SpikeForced {
    fn name(&self) -> &'static str {
        "spike-forced"
    }

    fn suits(&self, subject: &Subject) -> bool {
        subject.forced.is_some() && !subject.shows_spikes
    }

    fn scale(&self, _: &str, bounds: (f64, f64)) -> Scale {
        Scale::of(bounds)
    }

    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError> {
        let FitTask { subject, settings, sweeps } = *task;
        let model = subject.model();
        let Some(forced) = &subject.forced else {
            return Err(FitError::NoSpikeForced { model: model.name.into(), strategy: self.name() });
        };
        let (fixed, t_ref) = with_refractory_period(task);
        let weights: Vec<Vec<f64>> = sweeps.iter().map(|s| weights(s, t_ref, &settings.membrane)).collect();
        let traces = Traces::of(sweeps, &weights, f64::INFINITY, true);
        let all = Coordinates::of_rows(model, fitted(task), &settings.bounds, Scale::of);

        let problem =
            |of: Coordinates| VoltageProblem::new(forced.model, of, fixed.clone(), &traces, 1.0, &forced.backend);
        let moving = moving(&problem(all.clone())?, settings.seed)?;
        let membrane = all.filtered(|k| moving[k]);
        let refractory = model.cell().parameter(T_REF_NAME);
        let refractory = refractory.filter(|&row| !settings.held[row] && settings.t_ref.is_none());
        let rows = (0..all.len()).filter(|&k| !moving[k]).map(|k| all.rows()[k]).chain(refractory);
        let others = Coordinates::of_rows(model, rows.collect(), &settings.bounds, Scale::of);
        let mut notes = Vec::new();
        let mut determined = Vec::new();
        let (mut params, mut loss, mut unit) = (fixed.clone(), 0.0, "mV2");
        if !membrane.is_empty() {
            let problem = problem(membrane.clone())?;
            let config = outcome::optimiser(settings.membrane.iterations, 1e-7);
            let starts = problem.random_starts(settings.voltage.starts, settings.seed);
            let mut lm = LevenbergMarquardt::new(starts, &membrane.limits(), config)?;
            session
                .optimise(1, "membrane", &mut lm, config.max_iterations, |z, _, below| problem.mean_below(z, below))?;
            let winner = outcome::best(&lm, "membrane")?;
            let z = lm.column(winner);
            (params, loss) = (problem.params(&z), lm.evaluation().loss[winner]);
            let correlation = outcome::residual_correlation(sweeps);
            notes.push(outcome::independence(correlation));
            // The evaluation is a mean, so one residual of it has the variance of the mean.
            let independent = loss / problem.total_weight().max(1.0) * correlation / sweeps[0].dt;
            let uncertainty = lm.uncertainty(winner, independent, TOLERANCE);
            determined.push(Determined { uncertainty, coordinates: membrane, z });
        }
        if sweeps.iter().all(|s| s.spikes.is_empty()) {
            notes.push(outcome::SILENT.into());
        } else if !others.is_empty() {
            let (found, cost, known) = fit_spike_times(2, task, params, others, None, session)?;
            (params, loss, unit) = (found, cost, "1");
            determined.push(known);
        }
        let params = Fitted::all(model.param, params, &settings.bounds);
        Ok(outcome::outcome(params, &determined, loss, unit, session.evaluations, notes))
    }
}

/// Tells for each coordinate whether it moves the potential at one of a few random places.
fn moving(problem: &VoltageProblem, seed: u64) -> Result<Vec<bool>, FitError> {
    const PLACES: usize = 4;
    let k = problem.coordinates().len();
    if k == 0 {
        return Ok(Vec::new());
    }
    let found = problem.evaluate(&problem.random_starts(PLACES, seed))?;
    let diagonal = |a| brain_core::optim::packed(k, a, a) * PLACES;
    Ok((0..k).map(|a| found.jtj[diagonal(a)..][..PLACES].iter().any(|x| *x != 0.0)).collect())
}
