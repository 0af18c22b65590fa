//! The three stages of `gif` in order.

use super::config::FitConfig;
use super::membrane::{self, MembraneProblem};
use super::state::Session;
use super::sweep::{FitSweep, refractory_period};
use super::threshold::{self, ThresholdProblem};
use super::{FitError, Fitted, Outcome};
use brain_core::Engine;
use brain_core::optim::{LevenbergMarquardt, LmConfig, Uncertainty};
use std::collections::BTreeMap;

/// Refractory period where no spike shows it, ms.
const T_REF: f64 = 4.0;
/// Correlation beyond which two parameters stand in for each other.
const TRADE_OFF: f64 = 0.95;
/// A parameter is called identifiable if its standard error is below this part of its value.
const KNOWN: f64 = 0.5;
/// Eigenvalue of the scaled curvature below which a direction is not determined by the data.
const TOLERANCE: f64 = 1e-4;

/// Bounds of fitted coordinates.
fn coordinates(fields: &[(&str, bool)], bounds: &BTreeMap<String, (f64, f64)>) -> Vec<(f64, f64)> {
    let bound = |&(name, log): &(&str, bool)| {
        let (low, high) = bounds.get(name).copied().unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        if log { (low.ln(), high.ln()) } else { (low, high) }
    };
    fields.iter().map(bound).collect()
}

/// The column with the least loss.
fn best(lm: &LevenbergMarquardt, stage: &'static str) -> Result<usize, FitError> {
    let loss = &lm.evaluation().loss;
    let least = (0..loss.len()).filter(|&i| loss[i].is_finite()).min_by(|&a, &b| loss[a].total_cmp(&loss[b]));
    least.ok_or(FitError::NoFit { stage })
}

/// Fits `gif` to sweeps.
pub fn fit(
    config: &FitConfig,
    bounds: &BTreeMap<String, (f64, f64)>,
    t_ref: Option<f64>,
    sweeps: &[FitSweep],
    engine: &Engine,
    session: &mut Session,
) -> Result<Outcome, FitError> {
    let (Some(free), Some(forced)) = (kernels::find("gif"), kernels::find("gif-forced")) else {
        return Err(FitError::NoFit { stage: "gif" });
    };
    let mut notes = Vec::new();
    let t_ref = t_ref.or_else(|| refractory_period(sweeps)).unwrap_or(T_REF);
    let silent = sweeps.iter().all(|s| s.spikes.is_empty());
    let settings = |iterations, cost_tolerance| LmConfig {
        max_iterations: iterations,
        cost_tolerance,
        step_tolerance: 1e-7,
        gradient_tolerance: 1e-7,
        damping: 1e-2,
    };

    let problem = MembraneProblem::new(engine.simulator(forced), sweeps, t_ref, &config.membrane);
    let limits = coordinates(&membrane::FIELDS, bounds);
    let config_1 = settings(config.membrane.iterations, 1e-7);
    let mut lm = LevenbergMarquardt::new(problem.starts(), &limits, config_1)?;
    session.optimise(1, "membrane", &mut lm, config_1.max_iterations, |z, _, _| Ok(problem.evaluate(z)?))?;
    let winner = best(&lm, "membrane")?;
    let z = lm.column(winner);
    let mut params = problem.params(&z);
    let data = problem.data(&z, &params)?;
    let variance = data.loss[0] / problem.total;
    let correlation = residual_correlation(sweeps);
    notes.push(format!(
        "Standard errors of the membrane count every {correlation:.0} ms as one independent sample: neighbouring residuals are alike."
    ));
    let independent = variance * correlation / sweeps[0].dt;
    // The curvature of the data alone: what only a prior holds is not known.
    let at_bound: Vec<bool> = z.iter().zip(&limits).map(|(x, (low, high))| x == low || x == high).collect();
    let known = Uncertainty::new(&data.jtj, &at_bound, independent, TOLERANCE);
    let mut uncertain = vec![(known, &membrane::FIELDS[..], z.clone())];
    let (mut loss, mut unit) = (variance, "mV2");

    if silent {
        notes.push(
            "No fit sweep has a spike: only the membrane was fitted, and the threshold keeps its defaults.".into(),
        );
    } else {
        let problem = ThresholdProblem::new(
            [free, forced].map(|kernel| engine.simulator(kernel)),
            sweeps,
            params.clone(),
            &config.threshold,
        );
        let limits = coordinates(&threshold::FIELDS, bounds);
        if sweeps.iter().any(|s| s.noise) {
            let start = problem.starts(&[[20.0, 300.0]], &[30.0], &[0.0])?;
            params = problem.params(&start);
            notes.push("The current fluctuates: the threshold is the one at the recorded spikes (stage 2); spike times were not fitted.".into());
        } else {
            let c = &config.threshold;
            let starts = problem.starts(&c.time_constants, &c.tau_u, &c.c_u)?;
            let config_3 = settings(c.iterations, 1e-4);
            let mut lm = LevenbergMarquardt::new(starts, &limits, config_3)?;
            session.optimise(2, "threshold", &mut lm, config_3.max_iterations, |z, from, best| {
                Ok(problem.evaluate(z, from, best)?)
            })?;
            let winner = best(&lm, "threshold")?;
            let z = lm.column(winner);
            params = problem.params(&z);
            (loss, unit) = (lm.evaluation().loss[winner], "1");
            uncertain.push((lm.uncertainty(winner, 1.0, TOLERANCE), &threshold::FIELDS[..], z));
        }
    }
    let mut fitted = Fitted::all(free.param, params, bounds);
    let mut correlated = Vec::new();
    for (u, fields, z) in &uncertain {
        describe(u, fields, z, &mut fitted, &mut correlated);
    }
    Ok(Outcome { params: fitted, loss, loss_unit: unit, evaluations: session.evaluations, correlated, notes })
}

/// Over how long residuals of a trace are alike, ms: what a spike or a wobble of the baseline lasts.
fn residual_correlation(sweeps: &[FitSweep]) -> f64 {
    sweeps.iter().map(|s| s.dt).fold(10.0, f64::max)
}

fn describe(
    u: &Uncertainty,
    fields: &[(&str, bool)],
    z: &[f64],
    fitted: &mut [Fitted],
    correlated: &mut Vec<(String, String, f64)>,
) {
    let k = fields.len();
    for (a, (name, log)) in fields.iter().enumerate() {
        if let Some(f) = fitted.iter_mut().find(|f| f.name == *name) {
            let scale = if *log { z[a].exp() } else { 1.0 };
            f.std_error = u.std_errors[a].map(|e| e * scale);
            f.identifiable = f.std_error.is_some_and(|e| e < KNOWN * f.value.abs());
        }
        for (b, (other, _)) in fields.iter().enumerate().skip(a + 1) {
            let r = u.correlations[a * k + b];
            if r.abs() > TRADE_OFF {
                correlated.push((name.to_string(), other.to_string(), r));
            }
        }
    }
}
