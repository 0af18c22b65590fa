//! Models with after-spike currents and a moving threshold, such as `gif`, in three stages.
//!
//! 1. The membrane is fitted with the recorded spikes given to the model ([`membrane`](super::membrane)), and with it the
//!    refractory period, of which a grid is tried.
//! 2. The threshold is regressed on the potential at the recorded spikes ([`threshold`](super::threshold)).
//! 3. The same parameters are fitted to the times of the free-running model's spikes
//!    ([`spike_problem`](crate::fit::spike_problem)).
//!
//! Where the current of a sweep fluctuates, the threshold is instead the one under which the recorded spikes are likeliest
//! ([`likeliest_threshold`](super::likeliest_threshold)), moved to where those of the free run coincide best with them
//! ([`coincident_threshold`](super::coincident_threshold)).

use super::coincident_threshold::coincident_threshold;
use super::forced_membrane::{ForcedMembrane, period_to_start_from};
use super::known_from_spikes::{known_from_spikes, profiles_of_spikes};
use super::likeliest_threshold::likeliest_threshold;
use super::membrane::{MembraneProblem, weights};
use super::threshold;
use crate::fit::coordinates::{Coordinate, Coordinates, Scale};
use crate::fit::electrode::{ElectrodeReport, FoundElectrode, without_electrode};
use crate::fit::errors::ErrorReport;
use crate::fit::outcome::{self, Determined};
use crate::fit::prior::Prior;
use crate::fit::refractory;
use crate::fit::settings::FitSettings;
use crate::fit::spike_problem::{Reach, SpikeProblem};
use crate::fit::state::FitSession;
use crate::fit::strategy::{FitTask, Strategy, Subject};
use crate::fit::sweep::FitSweep;
use crate::fit::{FitError, Fitted, Outcome};
use brain_core::Model;
use brain_core::optim::{LevenbergMarquardt, LmConfig};

/// A coordinate of the strategy: name, scale, and bounds for real cells, in the model's units.
type Row = (&'static str, Scale, (f64, f64));

/// The membrane's coordinates, in the order of [`MembraneProblem`]; the three after-spike time constants do not overlap.
const MEMBRANE: [Row; 10] = [
    ("c_m", Scale::Logarithmic, (10.0, 2000.0)),
    ("g_L", Scale::Logarithmic, (0.5, 100.0)),
    ("E_L", Scale::Linear, (-100.0, -40.0)),
    ("V_reset", Scale::Linear, (-95.0, -20.0)),
    ("a_1", Scale::Linear, (-3000.0, 3000.0)),
    ("a_2", Scale::Linear, (-3000.0, 3000.0)),
    ("a_3", Scale::Linear, (-3000.0, 3000.0)),
    ("tau_1", Scale::Logarithmic, (2.0, 15.0)),
    ("tau_2", Scale::Logarithmic, (15.0, 100.0)),
    ("tau_3", Scale::Logarithmic, (100.0, 600.0)),
];

/// The refractory period; its bounds are the model's own.
const PERIOD: Row = (refractory::T_REF, Scale::Linear, (0.0, 20.0));

/// Name of the time constant with which the threshold follows the potential.
const TAU_U: &str = "tau_u";
/// The threshold's coordinates, in the order of [`threshold::starts`].
const THRESHOLD: [Row; 7] = [
    ("V_th", Scale::Linear, (-90.0, 0.0)),
    ("b_1", Scale::Linear, (0.0, 60.0)),
    ("b_2", Scale::Linear, (0.0, 20.0)),
    ("T_1", Scale::Logarithmic, (5.0, 50.0)),
    ("T_2", Scale::Logarithmic, (60.0, 500.0)),
    ("c_u", Scale::Linear, (0.0, 0.95)),
    (TAU_U, Scale::Logarithmic, (5.0, 200.0)),
];
/// Under a fluctuating current the threshold also follows the potential within a few ms, as the inactivation of sodium
/// channels does (Mensi et al. 2016, <https://doi.org/10.1371/journal.pcbi.1004761>): time constants from here on are tried, ms.
const FASTEST: f64 = 1.0;
const FAST: [f64; 2] = [2.0, 5.0];
/// The optimiser moves so far along each of these.
const REACH: [Reach; 7] = [
    Reach { difference: 0.1, longest: 3.0 },
    Reach { difference: 0.2, longest: 4.0 },
    Reach { difference: 0.1, longest: 2.0 },
    Reach { difference: 0.05, longest: 0.5 },
    Reach { difference: 0.05, longest: 0.5 },
    Reach { difference: 0.01, longest: 0.15 },
    Reach { difference: 0.05, longest: 0.5 },
];
/// This is known of them before: time constants of 15, 150 and 30 ms, and jumps and a coupling that are not large.
fn priors() -> Vec<Prior> {
    let rows = [
        (3, 15f64.ln(), 1.0),
        (4, 150f64.ln(), 1.0),
        (6, 30f64.ln(), 1.5),
        (1, 5.0, 15.0),
        (2, 2.0, 8.0),
        (5, 0.3, 0.6),
    ];
    rows.map(|(coordinate, mean, sd)| Prior::one(coordinate, mean, sd)).to_vec()
}
/// Outputs that the regression of the threshold needs.
const OUTPUTS: [&str; 4] = ["gap", "h_1", "h_2", "u"];

/// The strategy.
#[derive(Debug)]
pub struct MovingThreshold;

/// Makes coordinates of `rows` with the bounds of the settings.
fn coordinates(model: Model, rows: &[Row], settings: &FitSettings) -> Result<Coordinates, FitError> {
    let coordinate = |&(name, scale, _): &Row| {
        let bounds = settings.bounds[model.parameter(name)?];
        Ok::<_, FitError>(Coordinate { name: name.into(), scale, bounds })
    };
    Coordinates::new(model, rows.iter().map(coordinate).collect::<Result<_, _>>()?)
}

/// Makes the coordinates of the threshold.
pub(super) fn threshold_coordinates(model: Model, settings: &FitSettings) -> Result<Coordinates, FitError> {
    coordinates(model, &THRESHOLD, settings)
}

/// Makes the coordinates of a threshold that may follow the potential faster than the strategy's usual bound allows; bounds of
/// a config stay.
pub(super) fn fast_threshold_coordinates(model: Model, settings: &FitSettings) -> Result<Coordinates, FitError> {
    let coordinate = |&(name, scale, usual): &Row| {
        let given = settings.bounds[model.parameter(name)?];
        let bounds = if name == TAU_U && given == usual { (FASTEST, given.1) } else { given };
        Ok::<_, FitError>(Coordinate { name: name.into(), scale, bounds })
    };
    Coordinates::new(model, THRESHOLD.iter().map(coordinate).collect::<Result<_, _>>()?)
}

fn rows() -> impl Iterator<Item = &'static Row> {
    MEMBRANE.iter().chain(&THRESHOLD)
}

impl Strategy for MovingThreshold {
    fn name(&self) -> &'static str {
        "moving-threshold"
    }

    fn suits(&self, subject: &Subject) -> bool {
        let cell = subject.model().cell();
        subject.forced.is_some()
            && rows().all(|(name, ..)| cell.parameter(name).is_some())
            && OUTPUTS.iter().all(|name| cell.output(name).is_some())
    }

    fn bounds(&self) -> Vec<(&'static str, (f64, f64))> {
        rows().map(|&(name, _, bounds)| (name, bounds)).collect()
    }

    fn scale(&self, parameter: &str, _: (f64, f64)) -> Scale {
        rows().find(|(name, ..)| *name == parameter).map_or(Scale::Linear, |(_, scale, _)| *scale)
    }

    fn fits_electrode(&self) -> bool {
        true
    }

    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError> {
        let FitTask { subject, settings, sweeps } = *task;
        let (model, free) = (subject.model(), &subject.free);
        let Some(forced) = &subject.forced else {
            return Err(FitError::NoSpikeForced { model: model.name.into(), strategy: self.name() });
        };
        let mut notes = Vec::new();
        let t_ref = period_to_start_from(settings, sweeps);
        let silent = sweeps.iter().all(|s| s.spikes.is_empty());
        let mut fixed = settings.values.clone();
        fixed[model.parameter("t_ref")?] = t_ref;

        let mut rows = MEMBRANE.to_vec();
        rows.push(PERIOD);
        let membrane = coordinates(model, &rows, settings)?;
        let weights: Vec<Vec<f64>> = sweeps.iter().map(|s| weights(s, t_ref, &settings.membrane)).collect();
        let problem_of = |sweeps: &[FitSweep]| {
            MembraneProblem::new(forced, membrane.clone(), fixed.clone(), sweeps, &weights, t_ref, &settings.membrane)
        };
        let mut problem = problem_of(sweeps)?.with_electrode(settings.electrode, sweeps, &weights)?;
        let config = outcome::optimiser(settings.membrane.iterations, 1e-7);
        // The refractory period comes after the smooth coordinates.
        let mut limits = membrane.limits();
        limits[MEMBRANE.len()] = (t_ref, t_ref);
        let mut lm = LevenbergMarquardt::new(problem.starts(), &limits, config)?;
        session.optimise(1, "membrane", &mut lm, config.max_iterations, |z, _, _| problem.evaluate(z))?;
        let electrode = problem.electrode(&lm.column(outcome::best(&lm, "membrane")?))?;
        let corrected = electrode.map(|e| without_electrode(sweeps, &e, settings.v_start.is_some()));
        if let Some(sweeps) = &corrected {
            problem = problem_of(sweeps)?;
        }
        let sweeps = corrected.as_deref().unwrap_or(sweeps);
        let task = &FitTask { subject, settings, sweeps };
        let given = settings.t_ref.is_some() || settings.held[model.parameter(refractory::T_REF)?];
        let found = ForcedMembrane {
            forced,
            sweeps,
            weights: &weights,
            period: (!given).then(|| settings.bounds[membrane.rows()[MEMBRANE.len()]]),
            coordinates: membrane,
            ends_in_period: true,
            profile: settings.profile,
            fixed,
        };
        let found = found.settle(2, &lm, config, session, |z| problem.evaluate(z))?;
        notes.push(outcome::noise_note(&found.noise));
        let report = |e: FoundElectrode| ElectrodeReport::new(&e, settings.per_pa, &found.noise, sweeps[0].dt);
        let electrode = electrode.map(report);
        notes.extend(electrode.map(|e| e.note()));
        let names = sweeps.iter().map(|s| s.id.clone());
        let mut errors = ErrorReport {
            noise: names.zip(found.noise.iter().copied()).collect(),
            spectra: vec![("membrane", found.known.eigenvalues.clone())],
            profiles: found.profiles.clone(),
        };
        let mut determined = vec![Determined::new(found.coordinates.clone(), found.z.clone(), &found.known)];
        let (mut params, mut loss) = (found.params.clone(), (found.loss, "mV2"));

        if silent {
            notes.push(outcome::SILENT.into());
        } else {
            let threshold = threshold_coordinates(model, settings)?;
            let c = &settings.spikes;
            if sweeps.iter().any(|s| s.noise) {
                let threshold = fast_threshold_coordinates(model, settings)?;
                let tau_u = [&FAST, &c.tau_u[..]].concat();
                let grid = (&c.time_constants[..], &tau_u[..]);
                let t_ref = params[model.parameter(refractory::T_REF)?];
                let likeliest = likeliest_threshold(forced, &threshold, &params, sweeps, grid, t_ref)?;
                let found = coincident_threshold(task, &threshold, &params, &likeliest)?;
                session.evaluations += found.tried as u64;
                notes.push(likeliest.note());
                (params, loss) = (found.params, (found.loss, "1"));
                determined.push(Determined::by_curvature(found.coordinates, found.z, likeliest.uncertainty));
            } else {
                let starts =
                    threshold::starts(forced, &threshold, &params, sweeps, &c.time_constants, &c.tau_u, &c.c_u)?;
                let problem = SpikeProblem {
                    free: free.clone(),
                    forced: Some(forced.clone()),
                    sweeps,
                    fixed: params.clone(),
                    coordinates: threshold.clone(),
                    reach: REACH.to_vec(),
                    priors: SpikeProblem::priors(priors(), sweeps),
                    dt: c.dt,
                    timing_error: c.timing_error,
                    margin_weight: c.margin_weight,
                    potential: None,
                };
                let config: LmConfig = outcome::optimiser(c.iterations, 1e-4);
                let mut lm = LevenbergMarquardt::new(starts, &threshold.limits(), config)?;
                session.optimise(4, "threshold", &mut lm, config.max_iterations, |z, from, best| {
                    problem.evaluate(z, from, best)
                })?;
                let winner = outcome::best(&lm, "threshold")?;
                let z = lm.column(winner);
                params = problem.params(&z);
                loss = (lm.evaluation().loss[winner], "1");
                let known = known_from_spikes(&problem, &z, &found)?;
                if settings.profile {
                    errors.profiles.extend(profiles_of_spikes(&problem, &z, &known, config)?);
                }
                errors.spectra.push(("threshold", known.eigenvalues.clone()));
                determined.push(Determined::new(threshold, z, &known));
            }
        }
        let params = Fitted::all(model.param, params, &settings.bounds);
        let (period, bic) = (found.period.as_ref(), found.bic);
        let outcome = outcome::outcome(params, &determined, period, loss, session.evaluations, errors, notes);
        Ok(Outcome { electrode, bic, ..outcome })
    }
}
