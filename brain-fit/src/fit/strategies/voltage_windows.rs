//! Models whose spikes show in their potential, such as those of Hodgkin and Huxley, are fitted by batched multi-start
//! Levenberg-Marquardt on windows of growing length.
//!
//! From random parameters a long spiking trace has as many local minima as spikes. A short window has few; its best
//! columns are good starts for a longer one. The first window ends after the first recorded spike of the stimulus, so that it
//! tells starts that spike from those that do not. Where samples are further apart than 0.1 ms a spike's peak is not in the
//! data and is left out.
//!
//! Any loss of single samples of the potential will do; one that grows more slowly than the square, as `log-cosh` would,
//! lets a few samples be far off.

use crate::fit::columns::from_columns;
use crate::fit::coordinates::{Coordinates, Scale};
use crate::fit::electrode::{ElectrodeReport, without_electrode};
use crate::fit::errors::{ErrorReport, Known, PotentialRows, potential, profiles};
use crate::fit::outcome::{Determined, at_bound, noise_note, outcome, ranked};
use crate::fit::state::FitSession;
use crate::fit::strategy::{FitTask, Strategy, Subject};
use crate::fit::sweep::FitSweep;
use crate::fit::traces::Traces;
use crate::fit::voltage::VoltageProblem;
use crate::fit::{FitError, Fitted, Outcome};
use brain_core::optim::{LevenbergMarquardt, LmConfig};
use brain_core::{Loss, Model};

/// Sampling interval above which spike peaks are not trusted, ms.
const COARSE: f64 = 0.1;
/// The first window ends this long after the first spike, ms.
const AFTER_FIRST: f64 = 10.0;
/// A window up to the first spike is worth its time where it is shorter than this part of the first one given.
const SHORTER: f64 = 0.8;
/// What is fitted of a conductance-based model where the config does not say: conductances that electrophysiologists
/// usually leave free, and the shift of the activation curves.
pub(in crate::fit) const USUAL: [&str; 4] = ["g_L", "g_Na", "g_K", "V_T"];

/// The strategy.
#[derive(Debug)]
pub struct VoltageWindows;

impl VoltageWindows {
    /// Gives the positions of the parameters to fit: those the settings name, else the usual ones, else all that are not held.
    fn fitted(task: &FitTask) -> Vec<usize> {
        let (param, settings) = (task.subject.model().param, task.settings);
        if !settings.fitted.is_empty() {
            return settings.fitted.clone();
        }
        let free = |row: &usize| !settings.held[*row];
        let usual: Option<Vec<usize>> = USUAL.iter().map(|name| param.iter().position(|f| f.name == *name)).collect();
        usual.unwrap_or_else(|| (0..param.len()).collect()).into_iter().filter(free).collect()
    }
}

/// Gives the parts of the time from the onset that are fitted one after another: those of the settings, and before them, where
/// it is shorter, the part up to the first recorded spike.
fn windows(sweeps: &[FitSweep], given: &[f64]) -> Vec<f64> {
    let onset = sweeps.iter().map(|s| s.onset).fold(f64::INFINITY, f64::min);
    let length = sweeps.iter().map(|s| s.voltage.len() as f64 * s.dt).fold(0.0, f64::max);
    let first =
        sweeps.iter().filter_map(|s| s.times().into_iter().find(|t| *t >= s.onset)).fold(f64::INFINITY, f64::min);
    let part = (first + AFTER_FIRST - onset) / (length - onset);
    let shorter = given.first().is_some_and(|shortest| part < SHORTER * shortest);
    [part].into_iter().filter(|_| shorter).chain(given.iter().copied()).collect()
}

/// Refuses sweeps of different sampling intervals.
pub(crate) fn one_interval(sweeps: &[FitSweep]) -> Result<(), FitError> {
    let Some(one) = sweeps.first() else { return Ok(()) };
    // Times are rounded when printed, so an interval is known to a millionth at best.
    let Some(other) = sweeps.iter().find(|s| (s.dt - one.dt).abs() > 1e-6 * one.dt) else { return Ok(()) };
    Err(FitError::Intervals { one: (one.id.clone(), one.dt), other: (other.id.clone(), other.dt) })
}

/// Makes the problem of `rows` of a model's parameters on the first `part` of the traces, each as it is.
pub(crate) fn problem(
    task: &FitTask,
    model: Model,
    rows: &[usize],
    traces: &[Traces],
    part: f64,
) -> Result<VoltageProblem, FitError> {
    let coordinates = Coordinates::of_rows(model, rows.to_vec(), &task.settings.bounds, |_| Scale::Linear);
    VoltageProblem::new(model, coordinates, task.settings.values.clone(), traces, part, task.subject.backend())
}

impl Strategy for VoltageWindows {
    fn name(&self) -> &'static str {
        "voltage-windows"
    }

    fn suits(&self, subject: &Subject) -> bool {
        subject.shows_spikes
    }

    fn scale(&self, _: &str, _: (f64, f64)) -> Scale {
        Scale::Linear
    }

    fn takes(&self, loss: &dyn Loss) -> bool {
        loss.is_squared_error() || loss.per_sample().is_some()
    }

    fn fits_electrode(&self) -> bool {
        true
    }

    fn check(&self, sweeps: &[FitSweep]) -> Result<(), FitError> {
        one_interval(sweeps)
    }

    fn fit(&self, task: &FitTask, session: &mut FitSession) -> Result<Outcome, FitError> {
        let (model, settings) = (task.subject.model(), task.settings);
        let voltage = &settings.voltage;
        one_interval(task.sweeps)?;
        let mask = |s: &FitSweep| match s.dt > COARSE {
            true => s.mask(voltage.mask[0], voltage.mask[1]),
            false => vec![1.0; s.voltage.len()],
        };
        let weights: Vec<Vec<f64>> = task.sweeps.iter().map(mask).collect();
        let traces = Traces::of(task.sweeps, &weights, voltage.dt, false);
        let which = Self::fitted(task);
        let config = LmConfig { max_iterations: voltage.iterations, ..LmConfig::default() };
        let mut starts: Option<Vec<f64>> = None;
        let mut last = None;
        for (number, part) in windows(task.sweeps, &voltage.windows).into_iter().enumerate() {
            let problem = problem(task, model, &which, &traces, part)?.with_loss(&settings.loss)?;
            let problem = problem.with_electrode(settings.electrode, &traces, part)?;
            let starts_here = starts.take().unwrap_or_else(|| problem.random_starts(voltage.starts, settings.seed));
            let mut lm = LevenbergMarquardt::new(starts_here, &problem.coordinates().limits(), config)?;
            let name = format!("first {:.0} %", part.min(1.0) * 100.0);
            session.optimise(number + 1, &name, &mut lm, config.max_iterations, |z, _, below| {
                problem.mean_below(z, below)
            })?;
            // The better half goes on.
            let mut order = ranked(&lm);
            order.truncate((order.len() / 2).max(1));
            let Some(&winner) = order.first() else { return Err(FitError::NoFit { stage: "window" }) };
            starts = Some(from_columns(&order.iter().map(|&i| lm.column(i)).collect::<Vec<_>>()));
            last = Some((lm, winner, problem));
        }
        let Some((lm, winner, problem)) = last else { return Err(FitError::NoFit { stage: "windows" }) };
        let (loss, z) = (lm.evaluation().loss[winner], lm.column(winner));
        let (params, coordinates) = (problem.params(&z), problem.coordinates().clone());
        let (mut errors, mut determined) = (ErrorReport::default(), Vec::new());
        let added = problem.electrode(&z)?;
        let corrected = added.map(|e| without_electrode(task.sweeps, &e, settings.v_start.is_some()));
        let sweeps = corrected.as_deref().unwrap_or(task.sweeps);
        let mut electrode = None;
        let squares = settings.loss.build(voltage.dt)?.is_squared_error();
        let (unit, note) = match squares {
            true => {
                let row = |(s, w): (&FitSweep, &Vec<f64>)| {
                    PotentialRows::new(model, &coordinates, &params, &z, s, w, voltage.dt)
                };
                let rows: Vec<PotentialRows> = sweeps.iter().zip(&weights).map(row).collect::<Result<_, _>>()?;
                let fixed = at_bound(&coordinates, &z);
                let (shares, noise) = potential::shares(&rows, &fixed);
                let known = Known::new(&shares, &fixed, None);
                electrode = added.map(|e| ElectrodeReport::new(&e, settings.per_pa, &noise, sweeps[0].dt));
                errors.noise = sweeps.iter().map(|s| s.id.clone()).zip(noise.iter().copied()).collect();
                errors.spectra.push(("potential", known.eigenvalues.clone()));
                if settings.profile {
                    let of: Vec<Option<f64>> = (0..z.len()).map(|a| known.error_of_interval(a)).collect();
                    errors.profiles = profiles(&coordinates, &z, &of, config, |z| problem.mean(z))?;
                }
                determined.push(Determined::new(coordinates, z, &known));
                ("mV2", noise_note(&noise))
            }
            false => ("1", "Standard errors are those of squared errors; a fit by another loss has none.".to_owned()),
        };
        let params = Fitted::all(model.param, params, &settings.bounds);
        let notes = std::iter::once(note).chain(electrode.map(|e| e.note())).collect();
        let outcome = outcome(params, &determined, None, (loss, unit), session.evaluations, errors, notes);
        Ok(Outcome { electrode, ..outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_window_holds_the_first_spike() {
        let sweep = |spikes: &[usize]| FitSweep {
            onset: 50.0,
            spikes: spikes.to_vec(),
            voltage: vec![-70.0; 1000],
            ..FitSweep::of_current(vec![0.0; 1000], 0.25, -70.0)
        };
        // 250 ms, of which 200 follow the onset; a stray spike before it does not count.
        assert_eq!(windows(&[sweep(&[100, 320]), sweep(&[400])], &[0.5, 1.0]), [0.2, 0.5, 1.0]);
        assert_eq!(windows(&[sweep(&[320])], &[0.2, 1.0]), [0.2, 1.0]);
        assert_eq!(windows(&[sweep(&[])], &[0.5, 1.0]), [0.5, 1.0]);
    }
}
