//! This strategy fits any model that is reset by its spikes and was compiled with its spikes given, such as `lif` and
//! `glif3`.
//!
//! 1. Parameters that move the potential between given spikes are fitted to it from random starts. Which these are, the
//!    derivatives of the spike-forced run say. Of the refractory period, which has no derivative, a grid is tried.
//! 2. The others, a threshold above all, are fitted to the times of the free-running model's spikes, from random starts;
//!    and the refractory period with them, where the potential does not tell it.

use super::forced_membrane::{ForcedMembrane, Found, period_to_start_from};
use super::known_from_spikes::{known_from_spikes, profiles_of_spikes};
use super::membrane::weights;
use crate::fit::columns::columns;
use crate::fit::coordinates::{Coordinate, Coordinates, Scale};
use crate::fit::electrode::{ElectrodeReport, without_electrode};
use crate::fit::errors::{ErrorReport, Profile};
use crate::fit::outcome::{self, Determined};
use crate::fit::potential::EarlyPotential;
use crate::fit::prior::Priors;
use crate::fit::refractory;
use crate::fit::spike_problem::{DIFFERENCE, Reach, SpikeProblem};
use crate::fit::state::FitSession;
use crate::fit::strategy::{FitTask, Strategy, Subject};
use crate::fit::sweep::FitSweep;
use crate::fit::traces::Traces;
use crate::fit::voltage::{VoltageProblem, random_starts};
use crate::fit::{FitError, Fitted, Outcome};
use brain_core::optim::{Halving, LevenbergMarquardt, LmConfig, Uncertainty};

/// Longest step that is tried, as a part of the width of the bounds.
const LONGEST: f64 = 0.1;
/// Starts of the membrane that go on: the better half of them, as soon as the first steps have told which these are.
const HALVING: Halving = Halving { every: 3, least: 16 };
/// Starts of the spike times that are refined: the best of the random ones.
const REFINED: usize = 8;

/// The strategy.
#[derive(Debug)]
pub struct SpikeForced;

/// Gives the positions of the parameters to fit: those the settings name, else all that are not held; never the refractory
/// period, which has no derivative.
pub(super) fn fitted(task: &FitTask) -> Vec<usize> {
    let (settings, t_ref) = (task.settings, task.subject.model().cell().parameter(refractory::T_REF));
    let all = match settings.fitted.is_empty() {
        true => (0..settings.values.len()).filter(|&row| !settings.held[row]).collect(),
        false => settings.fitted.clone(),
    };
    all.into_iter().filter(|&row| Some(row) != t_ref).collect()
}

/// Gives the values of all parameters before the fit, with the refractory period of the recorded spikes; and that period, ms.
pub(super) fn with_refractory_period(task: &FitTask) -> (Vec<f64>, f64) {
    let mut values = task.settings.values.clone();
    let row = task.subject.model().cell().parameter(refractory::T_REF);
    let held = row.filter(|&row| task.settings.held[row]).map(|row| values[row]);
    let found = || period_to_start_from(task.settings, task.sweeps);
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
    before: Option<&Found>,
    session: &mut FitSession,
) -> Result<FoundBySpikes, FitError> {
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
        priors: Priors::default(),
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
    let coordinates = problem.coordinates.clone();
    let mut profiles = Vec::new();
    let (determined, eigenvalues) = match before {
        Some(before) => {
            let known = known_from_spikes(&problem, &z, before)?;
            if settings.profile {
                profiles = profiles_of_spikes(&problem, &z, &known, config)?;
            }
            (Determined::new(coordinates, z, &known), known.eigenvalues)
        }
        None => {
            (Determined::by_curvature(coordinates, z, lm.uncertainty(winner, 1.0, Uncertainty::TOLERANCE)), Vec::new())
        }
    };
    Ok(FoundBySpikes { params, loss, determined, eigenvalues, profiles })
}

/// What a fit of spike times found.
pub(super) struct FoundBySpikes {
    /// All parameters.
    pub params: Vec<f64>,
    /// The loss.
    pub loss: f64,
    /// How well the fitted ones are determined: by the scatter of spike times and the errors of the stage before, or where
    /// there is none, by the curvature for spike times of an expected error.
    pub determined: Determined,
    /// Eigenvalues of the scaled curvature.
    pub eigenvalues: Vec<f64>,
    /// Profile likelihoods, where they were asked for.
    pub profiles: Vec<Profile>,
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

    fn fits_electrode(&self) -> bool {
        true
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
        let period = model.cell().parameter(refractory::T_REF);
        let fitted_period = period.filter(|&row| !settings.held[row] && settings.t_ref.is_none());
        let mut notes = Vec::new();
        let (mut errors, mut determined, mut before) = (ErrorReport::default(), Vec::new(), None);
        let (mut params, mut loss) = (fixed.clone(), (0.0, "mV2"));
        let (mut corrected, mut electrode) = (None::<Vec<FitSweep>>, None);
        if !membrane.is_empty() {
            let last = period.map(|row| Coordinate {
                name: refractory::T_REF.into(),
                scale: Scale::Linear,
                bounds: settings.bounds[row],
            });
            let coordinates = Coordinates::new(model, membrane.iter().cloned().chain(last).collect())?;
            let mut problem = problem(coordinates.clone())?.with_electrode(settings.electrode, &traces, 1.0)?;
            let config = outcome::optimiser(settings.membrane.iterations, 1e-7);
            let mut starts = random_starts(&membrane, settings.voltage.starts, settings.seed);
            if period.is_some() {
                starts.extend(std::iter::repeat_n(t_ref, settings.voltage.starts));
            }
            let mut limits = membrane.limits();
            limits.extend(period.map(|_| (t_ref, t_ref)));
            let racing = LmConfig { halving: Some(HALVING), ..config };
            let mut lm = LevenbergMarquardt::new(starts, &limits, racing)?;
            session
                .optimise(1, "membrane", &mut lm, config.max_iterations, |z, _, below| problem.mean_below(z, below))?;
            let added = problem.electrode(&lm.column(outcome::best(&lm, "membrane")?))?;
            corrected = added.map(|e| without_electrode(sweeps, &e, settings.v_start.is_some()));
            let sweeps = corrected.as_deref().unwrap_or(sweeps);
            if corrected.is_some() {
                let traces = Traces::of(sweeps, &weights, f64::INFINITY, true);
                let (model, of) = (forced.model, coordinates.clone());
                problem = VoltageProblem::new(model, of, fixed.clone(), &traces, 1.0, &forced.backend)?;
            }
            let found = ForcedMembrane {
                forced,
                sweeps,
                weights: &weights,
                coordinates,
                ends_in_period: period.is_some(),
                profile: settings.profile,
                fixed: fixed.clone(),
                period: fitted_period.map(|row| settings.bounds[row]),
            };
            let found = found.settle(2, &lm, config, session, |z| problem.mean(z))?;
            (params, loss.0) = (found.params.clone(), found.loss);
            notes.push(outcome::noise_note(&found.noise));
            electrode = added.map(|e| ElectrodeReport::new(&e, settings.per_pa, &found.noise, sweeps[0].dt));
            notes.extend(electrode.map(|e| e.note()));
            errors.noise = sweeps.iter().map(|s| s.id.clone()).zip(found.noise.iter().copied()).collect();
            errors.spectra.push(("membrane", found.known.eigenvalues.clone()));
            errors.profiles = found.profiles.clone();
            determined.push(Determined::new(found.coordinates.clone(), found.z.clone(), &found.known));
            before = Some(found);
        }
        let sweeps = corrected.as_deref().unwrap_or(sweeps);
        let task = &FitTask { subject, settings, sweeps };
        let told = before.as_ref().and_then(|found: &Found| found.period.as_ref()).filter(|period| period.known);
        let rows = (0..all.len()).filter(|&k| !moving[k]).map(|k| all.rows()[k]);
        let rows = rows.chain(fitted_period.filter(|_| told.is_none()));
        let others = Coordinates::of_rows(model, rows.collect(), &settings.bounds, Scale::of);
        if sweeps.iter().all(|s| s.spikes.is_empty()) {
            notes.push(outcome::SILENT.into());
        } else if !others.is_empty() {
            let found = fit_spike_times(4, task, params, others, None, before.as_ref(), session)?;
            (params, loss) = (found.params, (found.loss, "1"));
            errors.spectra.push(("spike times", found.eigenvalues));
            errors.profiles.extend(found.profiles);
            determined.push(found.determined);
        }
        let params = Fitted::all(model.param, params, &settings.bounds);
        let bic = before.as_ref().and_then(|found: &Found| found.bic);
        let outcome = outcome::outcome(params, &determined, told, loss, session.evaluations, errors, notes);
        Ok(Outcome { electrode, bic, ..outcome })
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
