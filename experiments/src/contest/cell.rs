//! A recorded cell as a target: B6, whose three sweeps are in `brain-fit/data/b6`.
//!
//! | target | model | loss |
//! |---|---|---|
//! | `b6-hh` | `hh-cortical` | features of the free run, [`free_run`](brain_fit::fit::free_run) |
//! | `b6-glif` | `glif3` | spike times, and the potential before the first, [`spike_problem`](brain_fit::fit::spike_problem) |
//!
//! Both are what the strategies of these models minimise last; the strategies themselves, with all their stages, compete
//! too ([`Target::own`]) and are judged by the same loss.

use super::{Finished, Mark, Target};
use anyhow::{Context, Result};
use brain_core::optim::Evaluation;
use brain_core::optim::search::Needs;
use brain_core::{Backend, Checkpoint, Output, config};
use brain_fit::fit::columns::from_columns;
use brain_fit::fit::coordinates::{Coordinates, Scale};
use brain_fit::fit::free_run::problem::{FreeRunProblem, Prior};
use brain_fit::fit::free_run::target::Target as FreeRunTarget;
use brain_fit::fit::landmarks::Landmarks;
use brain_fit::fit::potential::EarlyPotential;
use brain_fit::fit::prior::Priors;
use brain_fit::fit::spike_problem::{Reach, SpikeProblem};
use brain_fit::fit::state::FitSession;
use brain_fit::fit::sweep::FitSweep;
use brain_fit::fit::{FitConfig, FitTask, Registry, Resolved};
use brain_fit::recording::{Declaration, read};
use std::time::Instant;

/// The sweeps of the target.
const SWEEPS: [&str; 3] = ["181", "183", "185"];
/// Longest step of the runs of `b6-hh`, ms; that of its strategy.
const STEP: f64 = 0.05;
/// Residual from which on the cost grows as its logarithm; that of the last stage of its strategy.
const ROBUST: f64 = 20.0;
/// Expected error of the potential before the first spike, mV.
const POTENTIAL_ERROR: f64 = 0.5;
/// Half the distance of central differences, as a part of the width of the bounds.
const DIFFERENCE: f64 = 1.0 / 500.0;
/// The loss of `b6-hh` above which the model's strategy says that a fit failed.
const HH_SUCCESS: f64 = 40.0;
/// The loss of `b6-glif` at which counts are within a tenth and first spikes within some ms.
const GLIF_SUCCESS: f64 = 60.0;

/// The sweeps of B6 for a model, with all that its fit needs.
struct Recorded {
    resolved: Resolved,
    sweeps: Vec<FitSweep>,
}

impl Recorded {
    fn new(model: &str) -> Result<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../brain-fit/data/b6");
        let files: Vec<String> = SWEEPS
            .iter()
            .flat_map(|s| [format!("{folder}/B6_Ch0_IDRest_{s}.ibw"), format!("{folder}/B6_Ch3_IDRest_{s}.ibw")])
            .collect();
        let recording = read(&files, &Declaration::default())?;
        let mut config = config::parse::<FitConfig>("contest", &format!("model: {model}"), &[""; 0])?;
        let resolved = FitConfig::resolve(&mut config, &Registry::default(), &Backend::default())?;
        let sweeps = recording.sweeps.iter().map(|s| resolved.settings.to_fit(s)).collect::<Result<_, _>>()?;
        Ok(Self { resolved, sweeps })
    }

    /// Fits by the model's strategy, and gives the parameters with the time, the runs, and the number of places evaluated.
    fn fit(&self, seed: u64, worth: f64, output: &Output) -> Result<(Vec<f64>, Mark, usize)> {
        let Resolved { subject, strategy, settings, .. } = &self.resolved;
        let began = Instant::now();
        let mut settings = settings.clone();
        settings.seed = seed;
        let mut session = FitSession::new(output.clone(), Checkpoint::default(), None, true, Box::new(|_| false))?;
        let task = FitTask { subject, settings: &settings, sweeps: &self.sweeps };
        let outcome = strategy.fit(&task, &mut session)?;
        let plain = session.evaluations.saturating_sub(session.gradient_evaluations) as f64;
        let runs = plain + worth * session.gradient_evaluations as f64;
        let mark = Mark { runs, seconds: began.elapsed().as_secs_f64(), loss: outcome.loss };
        Ok((outcome.values(), mark, session.evaluations as usize))
    }
}

/// Gives the end of a fit by a strategy, judged by the target's own loss.
fn judged(target: &dyn Target, place: Vec<f64>, mark: Mark, evaluations: usize) -> Result<Option<Finished>> {
    let loss = target.evaluate(std::slice::from_ref(&place), Needs::Loss)?.loss[0];
    Ok(Some(Finished { loss, place, curve: vec![Mark { loss, ..mark }], evaluations }))
}

/// The features of free runs of `hh-cortical`.
pub struct FreeRuns {
    recorded: Recorded,
    problem: FreeRunProblem,
}

impl FreeRuns {
    /// Reads the cell.
    pub fn new() -> Result<Self> {
        let recorded = Recorded::new("hh-cortical")?;
        let Resolved { subject, settings, .. } = &recorded.resolved;
        let (model, landmarks) = (subject.model(), Landmarks::new(&recorded.sweeps).context("B6 shows no landmarks")?);
        let unit =
            Coordinates::of_rows(model, (0..model.param.len()).collect(), &settings.bounds, Scale::of).in_unit_box();
        let target = |s| FreeRunTarget::new(s, settings.spike_level, landmarks.threshold, settings.spikes.timing_error);
        let problem = FreeRunProblem {
            model,
            fixed: settings.values.clone(),
            targets: recorded.sweeps.iter().map(target).collect(),
            step: STEP,
            robust: ROBUST,
            // The data alone.
            prior: Prior { mean: vec![0.5; unit.len()], sd: 1.0, weight: 0.0 },
            unit,
            single: true,
        };
        Ok(Self { recorded, problem })
    }

    /// Gives what a pA is in the unit of the model's input.
    pub fn per_pa(&self) -> f64 {
        self.recorded.resolved.settings.per_pa
    }

    /// Gives the sweeps, with currents in the unit of the model's input.
    pub fn sweeps(&self) -> &[FitSweep] {
        &self.recorded.sweeps
    }

    /// Runs the model at a place under the current of a sweep: the potential at every sample, mV.
    pub fn potential(&self, sweep: &FitSweep, place: &[f64]) -> Result<Vec<f64>> {
        let params = self.problem.unit.params(&self.problem.fixed, place);
        Ok(self.recorded.resolved.subject.free.potential(sweep, &params, STEP)?)
    }
}

impl Target for FreeRuns {
    fn name(&self) -> &'static str {
        "b6-hh"
    }

    fn unit(&self) -> &'static str {
        "1"
    }

    fn coordinates(&self) -> Vec<String> {
        let param = self.problem.model.param;
        self.problem.unit.rows().iter().map(|&row| param[row].name.to_string()).collect()
    }

    fn success(&self) -> f64 {
        HH_SUCCESS
    }

    fn evaluate(&self, places: &[Vec<f64>], needs: Needs) -> Result<Evaluation> {
        let z = from_columns(places);
        Ok(match needs {
            Needs::Loss => Evaluation { loss: self.problem.losses(&z)?, ..Evaluation::default() },
            _ => self.problem.evaluate(&z)?,
        })
    }

    fn own(&self, seed: u64, output: &Output) -> Result<Option<Finished>> {
        let worth = super::Worth::measure(self)?.normal;
        let (params, mark, evaluations) = self.recorded.fit(seed, worth, output)?;
        judged(self, self.problem.unit.of_params(&params), mark, evaluations)
    }
}

/// The spike times of `glif3`.
pub struct SpikeTimes {
    recorded: Recorded,
    coordinates: Coordinates,
}

impl SpikeTimes {
    /// Reads the cell.
    pub fn new() -> Result<Self> {
        let recorded = Recorded::new("glif3")?;
        let Resolved { subject, settings, .. } = &recorded.resolved;
        let rows = (0..subject.model().param.len()).collect();
        let coordinates = Coordinates::of_rows(subject.model(), rows, &settings.bounds, Scale::of);
        Ok(Self { recorded, coordinates })
    }

    fn problem(&self) -> SpikeProblem<'_> {
        let Recorded { resolved: Resolved { subject, settings, .. }, sweeps } = &self.recorded;
        let reach = |(low, high): (f64, f64)| Reach { difference: DIFFERENCE * (high - low), longest: f64::INFINITY };
        let step = settings.step(subject.shows_spikes);
        SpikeProblem {
            free: subject.free.clone(),
            forced: None,
            sweeps,
            fixed: settings.values.clone(),
            reach: self.coordinates.limits().into_iter().map(reach).collect(),
            priors: Priors::default(),
            dt: step,
            timing_error: settings.spikes.timing_error,
            margin_weight: settings.spikes.margin_weight,
            coordinates: self.coordinates.clone(),
            potential: Some(EarlyPotential::new(sweeps, settings.membrane.cut_before, POTENTIAL_ERROR, step)),
        }
    }

    /// Gives the ends of a coordinate.
    fn limits(&self) -> Vec<(f64, f64)> {
        self.coordinates.limits()
    }
}

impl Target for SpikeTimes {
    fn name(&self) -> &'static str {
        "b6-glif"
    }

    fn unit(&self) -> &'static str {
        "1"
    }

    fn coordinates(&self) -> Vec<String> {
        self.coordinates.iter().map(|c| c.name.clone()).collect()
    }

    fn success(&self) -> f64 {
        GLIF_SUCCESS
    }

    fn evaluate(&self, places: &[Vec<f64>], needs: Needs) -> Result<Evaluation> {
        let (limits, problem, n) = (self.limits(), self.problem(), places.len());
        let inside =
            |place: &Vec<f64>| place.iter().zip(&limits).map(|(z, (low, high))| low + z * (high - low)).collect();
        let z = from_columns(&places.iter().map(inside).collect::<Vec<_>>());
        if needs == Needs::Loss {
            return Ok(Evaluation { loss: problem.cost(&z)?.0, ..Evaluation::default() });
        }
        let mut found = problem.evaluate(&z, &z, &vec![f64::INFINITY; n])?;
        let width = |a: usize| limits[a].1 - limits[a].0;
        let k = limits.len();
        for a in 0..k {
            found.gradient[a * n..(a + 1) * n].iter_mut().for_each(|g| *g *= width(a));
            for b in a..k {
                let pair = brain_core::optim::packed(k, a, b) * n;
                found.jtj[pair..pair + n].iter_mut().for_each(|h| *h *= width(a) * width(b));
            }
        }
        Ok(found)
    }

    fn own(&self, seed: u64, output: &Output) -> Result<Option<Finished>> {
        let worth = super::Worth::measure(self)?.normal;
        let (params, mark, evaluations) = self.recorded.fit(seed, worth, output)?;
        let one = |((c, &row), (low, high)): ((&brain_fit::fit::coordinates::Coordinate, &usize), (f64, f64))| {
            ((c.scale.coordinate(params[row].clamp(c.bounds.0, c.bounds.1)) - low) / (high - low)).clamp(0.0, 1.0)
        };
        let place = self.coordinates.iter().zip(self.coordinates.rows()).zip(self.limits()).map(one).collect();
        judged(self, place, mark, evaluations)
    }
}
