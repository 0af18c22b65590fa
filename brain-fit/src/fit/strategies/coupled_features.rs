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
//! 4. Where the loss of the best says that it failed, all begins again from other starts.

use crate::fit::columns::{column, columns, from_columns};
use crate::fit::coordinates::Scale;
use crate::fit::coupling::{CoupledProblem, Strength};
use crate::fit::errors::ErrorReport;
use crate::fit::free_run::problem::{FreeRunProblem, Prior};
use crate::fit::free_run::target::Target;
use crate::fit::landmarks::Landmarks;
use crate::fit::outcome::{KNOWN, ranked};
use crate::fit::state::FitSession;
use crate::fit::strategy::{FitTask, Strategy, Subject};
use crate::fit::sweep::FitSweep;
use crate::fit::unit_box::UnitBox;
use crate::fit::{FitError, Fitted, Outcome};
use brain_core::optim::{Evaluation, LevenbergMarquardt, LmConfig};
use brain_core::{Model, Seed};

/// Starts of one attempt.
const STARTS: usize = 16;
/// Those that go on after the first level of the coupling.
const COUPLED: usize = 8;
/// Levels of the coupling, 1/ms around spikes and between them, with the most iterations of each.
const LEVELS: [(f64, f64, u32); 5] = [(2.0, 2.0, 8), (2.0, 0.5, 6), (2.0, 0.1, 5), (2.0, 0.03, 5), (1.0, 0.03, 4)];
/// Columns whose features are fitted; any two of them are further apart than this in the unit box.
const FREE: usize = 6;
const APART: f64 = 0.03;
/// Stages of the features: the residual from which on the cost grows as its logarithm, the most iterations, and how many
/// columns go on.
const FEATURES: [(f64, u32, usize); 3] = [(100.0, 12, 3), (100.0, 20, 2), (20.0, 30, 1)];
/// The loss at which columns for the features are chosen.
const CHOSEN: f64 = 20.0;
/// A fit with a larger loss has failed.
pub const FAILED: f64 = 40.0;
/// Attempts before a failed fit is given back.
const ATTEMPTS: u64 = 5;
/// No step is longer than this part of the box.
const LONGEST: f64 = 0.25;
/// Starts differ by this much in every coordinate.
const JITTER: f64 = 0.05;
/// Starts have their activation curves this far around where the threshold says, mV.
const SHIFT: f64 = 10.0;
/// Starts have their kinetics faster or slower by one of these factors.
const RATES: [f64; 3] = [0.4, 0.7, 1.2];
/// Eigenvalue of the scaled curvature below which a direction is not determined by the data.
const TOLERANCE: f64 = 1e-8;
/// Longest step of the fit, ms.
const STEP: f64 = 0.05;

/// The strategy.
#[derive(Debug)]
pub struct CoupledFeatures;

/// Gives all parameters of a model as the landmarks of a cell suggest them.
fn suggested(model: Model, values: &[f64], held: &[bool], l: &Landmarks) -> Vec<f64> {
    let mut params = values.to_vec();
    let capacitance = l.time_constant / l.resistance;
    let default = model.cell().parameter("c_m").map_or(1.0, |row| model.param[row].default);
    let dendrite = model.cell().parameter("g_c").is_some();
    for (row, field) in model.param.iter().enumerate().filter(|(row, _)| !held[*row]) {
        params[row] = match &*field.name {
            "c_m" => capacitance,
            "g_L" => (if dendrite { 0.6 } else { 1.0 }) / l.resistance,
            "g_c" => 0.2 / l.resistance,
            "E_L" => l.rest - l.holding * l.resistance,
            "E_Na" => (l.peak + 25.0).max(45.0),
            "E_K" => l.trough - 25.0,
            "V_T" => l.threshold - 12.0,
            "V_p" => l.threshold + 5.0,
            name if name.starts_with("g_") => field.default * capacitance / default,
            _ => params[row],
        };
    }
    params
}

/// Draws the starts of an attempt, `[coordinate, column]`.
fn starts(model: Model, unit: &UnitBox, params: &[f64], seed: Seed) -> Vec<f64> {
    let row = |name: &str| model.cell().parameter(name).filter(|row| unit.rows().contains(row));
    let column = |i: usize| {
        let mut params = params.to_vec();
        if let Some(row) = row("V_T") {
            params[row] += SHIFT * ((2 * i + 1) as f64 / STARTS as f64 - 1.0);
        }
        for row in ["k_m", "k_h", "k_n"].into_iter().filter_map(row) {
            params[row] *= RATES[i % RATES.len()];
        }
        let mut stream = seed.at(i as u64);
        unit.places(&params).into_iter().map(|z| (z + JITTER * stream.normal()).clamp(0.01, 0.99)).collect()
    };
    from_columns(&(0..STARTS).map(column).collect::<Vec<Vec<f64>>>())
}

/// Optimises columns as the next stage of a session.
fn optimise(
    session: &mut FitSession,
    stage: &mut usize,
    name: &str,
    starts: Vec<f64>,
    unit: &UnitBox,
    iterations: u32,
    evaluate: impl Fn(&[f64]) -> Result<Evaluation, FitError>,
) -> Result<LevenbergMarquardt, FitError> {
    let config = LmConfig {
        max_iterations: iterations,
        cost_tolerance: 2e-4,
        longest_step: LONGEST,
        damping: 1e-2,
        ..LmConfig::default()
    };
    let mut lm = LevenbergMarquardt::new(starts, &unit.limits(), config)?;
    *stage += 1;
    session.optimise(*stage, name, &mut lm, iterations, |z, _, _| evaluate(z))?;
    Ok(lm)
}

/// The best `n` columns of an optimiser, `[coordinate, column]`.
fn kept(lm: &LevenbergMarquardt, n: usize) -> Vec<f64> {
    let mut order = ranked(lm);
    order.truncate(n.max(1));
    columns(lm.params(), lm.columns(), &order)
}

/// Places in the box that are apart from each other, those of the least loss first.
fn apart(mut pool: Vec<(f64, Vec<f64>)>, n: usize) -> Vec<Vec<f64>> {
    pool.retain(|(loss, _)| loss.is_finite());
    pool.sort_by(|a, b| a.0.total_cmp(&b.0));
    let far = |a: &[f64], b: &[f64]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > APART);
    let mut chosen: Vec<Vec<f64>> = Vec::new();
    for (_, z) in pool {
        if chosen.len() < n && chosen.iter().all(|other| far(other, &z)) {
            chosen.push(z);
        }
    }
    chosen
}

/// The problems that all attempts share.
struct Problems {
    coupled: CoupledProblem,
    free: FreeRunProblem,
}

impl Problems {
    /// Fits from some starts, and gives the columns of the last stage.
    fn attempt(
        &mut self,
        mut z: Vec<f64>,
        session: &mut FitSession,
        stage: &mut usize,
    ) -> Result<LevenbergMarquardt, FitError> {
        let unit = self.free.unit.clone();
        let mut pool = Vec::new();
        for (level, (spikes, between, iterations)) in LEVELS.into_iter().enumerate() {
            self.coupled.couple(Strength { spikes, between })?;
            let name = format!("coupled {between} / ms");
            let coupled = &self.coupled;
            let lm = optimise(session, stage, &name, z, &unit, iterations, |z| coupled.evaluate(z))?;
            z = if level == 0 { kept(&lm, COUPLED) } else { lm.params().to_vec() };
            let n = z.len() / unit.len();
            if n == 0 {
                return Err(FitError::NoFit { stage: "coupled" });
            }
            self.free.robust = CHOSEN;
            let losses = self.free.losses(&z)?;
            pool.extend(losses.into_iter().enumerate().map(|(i, loss)| (loss, column(&z, n, i))));
        }
        let chosen = apart(pool, FREE);
        if chosen.is_empty() {
            return Err(FitError::NoFit { stage: "coupled" });
        }
        let mut z = from_columns(&chosen);
        let mut last = None;
        for (robust, iterations, keep) in FEATURES {
            self.free.robust = robust;
            let free = &self.free;
            let lm = optimise(session, stage, "features", z, &unit, iterations, |z| free.evaluate(z))?;
            z = kept(&lm, keep);
            last = Some(lm);
        }
        last.ok_or(FitError::NoFit { stage: "features" })
    }
}

impl Strategy for CoupledFeatures {
    fn name(&self) -> &'static str {
        "coupled-features"
    }

    fn suits(&self, subject: &Subject) -> bool {
        subject.shows_spikes && subject.coupled.is_some()
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
        let params = suggested(model, &settings.values, &settings.held, &landmarks);
        let rows = match settings.fitted.is_empty() {
            true => (0..params.len()).filter(|&row| !settings.held[row]).collect(),
            false => settings.fitted.clone(),
        };
        let unit = UnitBox::new(model, rows, &settings.bounds);
        let (mean, single) = (unit.places(&params), subject.backend().dtype() == candle_core::DType::F32);
        let prior = |sd, weight| Prior { mean: mean.clone(), sd, weight };
        let target = |s: &FitSweep| Target::new(s, landmarks.threshold, settings.spikes.timing_error);
        let mut problems = Problems {
            coupled: CoupledProblem::new(coupled, unit.clone(), params.clone(), sweeps, prior(0.5, 1e-3), STEP, single),
            free: FreeRunProblem {
                model,
                unit: unit.clone(),
                fixed: params.clone(),
                targets: sweeps.iter().map(target).collect(),
                step: STEP,
                robust: CHOSEN,
                prior: prior(0.3, 0.02),
                single,
            },
        };
        let mut best: Option<(LevenbergMarquardt, usize, f64)> = None;
        let mut stage = 0;
        for attempt in 0..ATTEMPTS {
            let seed = Seed::new(settings.seed).child("fit/starts").nth(attempt);
            let lm = problems.attempt(starts(model, &unit, &params, seed), session, &mut stage)?;
            if let Some(&winner) = ranked(&lm).first() {
                let loss = lm.evaluation().loss[winner];
                if best.as_ref().is_none_or(|(_, _, least)| loss < *least) {
                    best = Some((lm, winner, loss));
                }
            }
            if best.as_ref().is_some_and(|(_, _, loss)| *loss < FAILED) {
                break;
            }
        }
        let Some((lm, winner, loss)) = best else { return Err(FitError::NoFit { stage: "features" }) };
        let z = lm.column(winner);
        let mut found = Fitted::all(model.param, unit.params(&params, &z), &settings.bounds);
        let uncertainty = lm.uncertainty(winner, 1.0, TOLERANCE);
        for (a, &row) in unit.rows().iter().enumerate() {
            found[row].std_error = uncertainty.std_errors[a].map(|e| e * unit.slope(a, z[a]));
            found[row].identifiable = found[row].std_error.is_some_and(|e| e < KNOWN * found[row].value.abs());
        }
        let mut notes = Vec::new();
        if loss >= FAILED {
            notes.push(format!("The fit failed: its loss of {loss:.0} is above {FAILED}."));
        }
        Ok(Outcome {
            params: found,
            loss,
            loss_unit: "1",
            evaluations: session.evaluations,
            correlated: Vec::new(),
            errors: ErrorReport::default(),
            notes,
        })
    }
}
