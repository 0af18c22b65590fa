//! A fit writes its state while it runs, so that it can go on after Ctrl-C, a crash or a power cut: the optimiser's state
//! and the results of the stages before are replaced as a whole after every iteration.

mod search;

use super::{FitError, FitSettings};
use brain_core::checkpoint::{Array, Checkpoint};
use brain_core::interrupt::Interrupted;
use brain_core::optim::{Evaluation, LevenbergMarquardt};
use brain_core::output::{Log, Output};
use brain_core::{Progress, Seed};

/// The file in the output folder.
pub const FILE: &str = "resume.safetensors";
/// The columns of `log.csv` after `step`.
pub const LOG: [&str; 6] = ["seconds", "stage", "iteration", "loss", "running", "evaluations"];

/// Says whether a fit stops after a step of this number: a program asks for Ctrl-C, a test counts.
pub type Stop = Box<dyn Fn(u64) -> bool>;

/// The loss below which [`FitSession::optimise`] asks for derivatives where it needs the loss alone: there is none below.
pub const LOSS_ALONE: f64 = f64::NEG_INFINITY;

/// A session watches, saves and stops a fit.
pub struct FitSession {
    /// Where the state and the log are written; none writes nothing.
    place: Option<(Output, Log)>,
    saved: Option<Checkpoint>,
    /// The config and inputs, which a resumed run must share.
    template: Checkpoint,
    /// Number of steps done.
    pub step: u64,
    /// Parameter sets evaluated in all stages.
    pub evaluations: u64,
    /// Number of those that were evaluated with derivatives.
    pub gradient_evaluations: u64,
    started: std::time::Instant,
    quiet: bool,
    stop: Stop,
    /// The optimiser that takes the place of the strategies' own.
    chosen: Option<search::Chosen>,
    /// Results of finished stages.
    done: Vec<(String, Array)>,
}

impl FitSession {
    /// Opens a session in the folder `output` for the config and inputs in `template.meta`. It goes on from `saved`, the state
    /// of an interrupted fit ([`Checkpoint::of_interrupted`]), and ends with [`FitError::Interrupted`] after the step for
    /// which `stop` holds.
    ///
    /// # Errors
    /// It fails if the log cannot be opened.
    pub fn new(
        output: Output,
        template: Checkpoint,
        saved: Option<Checkpoint>,
        quiet: bool,
        stop: Stop,
    ) -> Result<Self, FitError> {
        let step = saved.as_ref().map_or(0, |s| s.meta.step);
        let log = output.log("log.csv", &LOG, step)?;
        let mut session = Self { place: Some((output, log)), saved, template, quiet, stop, ..Self::unsaved() };
        if let Some(saved) = &session.saved {
            session.step = step;
            let count = |name: &str| saved.meta.notes.get(name).and_then(|v| v.as_u64()).unwrap_or(0);
            (session.evaluations, session.gradient_evaluations) = (count("evaluations"), count("gradient_evaluations"));
        }
        Ok(session)
    }

    /// Opens a session that writes nothing and runs to its end, as many fits of simulated data do.
    pub fn unsaved() -> Self {
        Self {
            place: None,
            saved: None,
            template: Checkpoint::default(),
            step: 0,
            evaluations: 0,
            gradient_evaluations: 0,
            started: std::time::Instant::now(),
            quiet: true,
            stop: Box::new(|_| false),
            chosen: None,
            done: Vec::new(),
        }
    }

    /// Takes the optimiser that the settings choose, where they choose one, for all stages.
    pub fn with_optimiser(mut self, settings: &FitSettings) -> Self {
        let seed = Seed::new(settings.seed).child("fit/search");
        self.chosen = settings.optimiser.clone().map(|optimiser| search::Chosen { optimiser, seed });
        self
    }

    /// Runs all columns of stage `number` to their end.
    ///
    /// `evaluate` gets coordinates `[coordinate, column]`, those from which each column comes, and for each column the
    /// loss below which derivatives are needed, which is [`LOSS_ALONE`] where they never are.
    pub fn optimise(
        &mut self,
        number: usize,
        name: &str,
        lm: &mut LevenbergMarquardt,
        iterations: u32,
        mut evaluate: impl FnMut(&[f64], &[f64], &[f64]) -> Result<Evaluation, FitError>,
    ) -> Result<(), FitError> {
        if let Some(chosen) = self.chosen.take() {
            let found = self.search(number, name, lm, &chosen, evaluate);
            self.chosen = Some(chosen);
            return found;
        }
        let stage = format!("stage-{number}");
        let mut iteration = 0;
        if self.is_at(&stage) {
            if let Some(mut saved) = self.saved.take() {
                lm.restore(&mut saved).map_err(FitError::OtherStages)?;
                iteration = saved.meta.notes.get("iteration").and_then(|v| v.as_u64()).unwrap_or(0);
                if (0..lm.columns()).all(|i| lm.stop(i).is_some()) {
                    return self.keep(&stage, lm);
                }
            }
        } else if self.take_finished(&stage, lm)? {
            return Ok(());
        }
        let mut progress = Progress::new(name, u64::from(iterations) + 1, self.quiet);
        loop {
            let (n, params, loss) = (lm.columns(), lm.params().to_vec(), lm.evaluation().loss.clone());
            let first = iteration == 0;
            let k = params.len() / n.max(1);
            let (mut evaluated, mut differentiated) = (0, 0);
            let running = lm.step(|z, columns| {
                evaluated += columns.len() as u64;
                let from: Vec<f64> =
                    (0..k).flat_map(|a| columns.iter().map(move |&c| (a, c))).map(|(a, c)| params[a * n + c]).collect();
                let best: Vec<f64> = columns.iter().map(|&c| if first { f64::INFINITY } else { loss[c] }).collect();
                let found = evaluate(z, &from, &best)?;
                // A problem may leave out the derivatives of a column that it sees to be worse.
                let slope = |c: &usize| found.gradient.iter().skip(*c).step_by(columns.len()).any(|g| *g != 0.0);
                differentiated += (0..columns.len()).filter(slope).count() as u64;
                Ok::<_, FitError>(found)
            })?;
            self.evaluations += evaluated;
            self.gradient_evaluations += differentiated;
            iteration += 1;
            self.step += 1;
            let best = lm.evaluation().loss.iter().copied().fold(f64::INFINITY, f64::min);
            self.log_row(number, iteration, best, running)?;
            let total = lm.columns();
            progress.at(iteration, || format!("loss {best:.4}, {running} of {total} starts still move"));
            self.save(&stage, iteration, lm)?;
            if running == 0 {
                break;
            }
            self.stop_here()?;
        }
        let best = lm.evaluation().loss.iter().copied().fold(f64::INFINITY, f64::min);
        progress.finish(&format!("{iteration} iterations, loss {best:.5}"));
        self.keep(&stage, lm)
    }

    /// Runs all columns to their end by the method of Levenberg and Marquardt, whatever optimiser was chosen: for stages that
    /// move on from where others ended.
    pub fn refine(
        &mut self,
        number: usize,
        name: &str,
        lm: &mut LevenbergMarquardt,
        iterations: u32,
        evaluate: impl FnMut(&[f64], &[f64], &[f64]) -> Result<Evaluation, FitError>,
    ) -> Result<(), FitError> {
        let chosen = self.chosen.take();
        let found = self.optimise(number, name, lm, iterations, evaluate);
        self.chosen = chosen;
        found
    }

    /// Tells whether the saved state was left in the middle of a stage.
    fn is_at(&self, stage: &str) -> bool {
        let current = self.saved.as_ref().and_then(|saved| saved.meta.notes.get("stage")).and_then(|v| v.as_str());
        current == Some(stage)
    }

    /// Takes a stage out of the saved state that had finished; what was saved is of no use once there is none.
    fn take_finished(&mut self, stage: &str, lm: &mut LevenbergMarquardt) -> Result<bool, FitError> {
        let Some(saved) = &mut self.saved else { return Ok(false) };
        if saved.get(&format!("{stage}/lm/params")).is_none() {
            self.saved = None;
            return Ok(false);
        }
        let mut part = Checkpoint::default();
        for key in PARTS {
            let array = saved.take_array(&format!("{stage}/{key}"))?;
            part.insert(key, array);
        }
        lm.restore(&mut part).map_err(FitError::OtherStages)?;
        self.keep(stage, lm)?;
        Ok(true)
    }

    /// Writes a row of the log; `running` is how many columns or candidates were evaluated.
    fn log_row(&mut self, stage: usize, iteration: u64, best: f64, running: usize) -> Result<(), FitError> {
        let seconds = self.started.elapsed().as_secs_f64();
        let row = [seconds, stage as f64, iteration as f64, best, running as f64, self.evaluations as f64];
        match &mut self.place {
            Some((_, log)) => Ok(log.row(self.step, &row)?),
            None => Ok(()),
        }
    }

    fn stop_here(&self) -> Result<(), FitError> {
        match &self.place {
            Some((output, _)) if (self.stop)(self.step) => {
                Err(Interrupted { after: format!("step {}", self.step), dir: output.dir().into() }.into())
            }
            _ => Ok(()),
        }
    }

    /// Gives the state without that of an optimiser.
    fn state(&self, stage: &str, iteration: u64) -> Checkpoint {
        let mut state = self.template.clone();
        state.meta.step = self.step;
        state.meta.notes.insert("stage".into(), stage.into());
        state.meta.notes.insert("iteration".into(), iteration.into());
        state.meta.notes.insert("evaluations".into(), self.evaluations.into());
        state.meta.notes.insert("gradient_evaluations".into(), self.gradient_evaluations.into());
        for (name, array) in &self.done {
            state.insert(name.clone(), array.clone());
        }
        state
    }

    fn save(&self, stage: &str, iteration: u64, lm: &LevenbergMarquardt) -> Result<(), FitError> {
        let Some((output, _)) = &self.place else { return Ok(()) };
        let mut state = self.state(stage, iteration);
        lm.save(&mut state)?;
        Ok(state.save(&output.path(FILE))?)
    }

    /// Remembers a finished stage.
    fn keep(&mut self, stage: &str, lm: &LevenbergMarquardt) -> Result<(), FitError> {
        let mut part = Checkpoint::default();
        lm.save(&mut part)?;
        for key in PARTS {
            self.done.push((format!("{stage}/{key}"), part.take_array(key)?));
        }
        Ok(())
    }
}

/// Arrays of an optimiser's state.
const PARTS: [&str; 8] =
    ["lm/params", "lm/loss", "lm/gradient", "lm/jtj", "lm/damping", "lm/growth", "lm/evaluations", "lm/stop"];
