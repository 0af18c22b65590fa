//! This module is the command `brain-task train`.

use crate::check::check;
use crate::config::TrainConfig;
use crate::session::{BEFORE, FILE, TrainingSession, TrainingState};
use crate::settings::TrainSchedule;
use crate::{BatchReport, Registry, TrainError, Trainer, report, setup};
use anyhow::{Context, Result, bail};
use brain_core::checkpoint::Meta;
use brain_core::cli::{Common, Usage, Where};
use brain_core::config::{self, Config};
use brain_core::interrupt::{self, Interrupted};
use brain_core::{Dtype, Output, Progress};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// `brain-task train` takes these options.
#[derive(clap::Args)]
pub struct TrainArgs {
    /// Config; every key has a default.
    config: PathBuf,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    place: Where,
    /// Go on with an interrupted run.
    #[arg(long)]
    resume: bool,
    /// Compare the gradient of the first batch with what it must equal or come close to, tensor by tensor, and stop.
    #[arg(long)]
    check_gradient: bool,
}

/// Reads the config with the options applied.
fn resolve(options: &TrainArgs, registry: &Registry) -> Result<Config<TrainConfig>> {
    let mut config = config::load::<TrainConfig>(&options.config, &options.common.shared.sets)?;
    let base = options.config.parent().unwrap_or(Path::new("")).to_owned();
    let c = &mut config.value;
    // The path becomes absolute, so that the config that is written out can be run from where it is.
    let file = &mut c.network.file;
    if !file.as_os_str().is_empty() {
        *file = std::path::absolute(base.join(&*file)).with_context(|| format!("{}: no such path", file.display()))?;
    }
    options.common.apply(&config.origin, &c.name, &mut c.seed, &mut c.out)?;
    TrainConfig::resolve(&mut config, registry)?;
    Ok(config)
}

/// Trains, writes and prints, or only prints what is asked for instead.
pub fn train(options: &TrainArgs, registry: &Registry) -> Result<()> {
    if options.check_gradient {
        options.place.processor_only("the check of gradients")?;
        if let Some(dtype) = options.place.dtype {
            bail!(Usage(format!("--dtype {dtype}: the check of gradients computes in both precisions; leave it out")));
        }
    }
    let backend = options.place.backend(Dtype::F32)?;
    options.common.shared.machine.start()?;
    let config = resolve(options, registry)?;
    let yaml = config::to_yaml(&config.value)?;
    if options.common.print_config {
        print!("{}", config.value.docs(registry).commented(&config.value)?);
        return Ok(());
    }
    if options.check_gradient {
        let checked = check(&config, registry)?;
        match options.common.shared.json {
            true => println!("{}", serde_json::to_string_pretty(&checked)?),
            false => print!("{checked}"),
        }
        return Ok(checked.passed()?);
    }
    let c = &config.value;
    let saved = if options.resume { TrainingSession::dtype(&c.out)? } else { None };
    let backend = match saved {
        Some(saved) => {
            let dtype = options.place.dtype_of_state(saved, &c.out.join(FILE))?;
            Where { dtype: Some(dtype), ..options.place.clone() }.backend(dtype)?
        }
        None => backend,
    };
    let (mut trainer, source) = setup(&config, registry, backend.device(), backend.dtype())?;
    let output = Output::create(&c.out)?;
    let mut template = Meta { config: c.to_stored()?, seed: c.seed, ..Meta::default() };
    for (role, file) in &source.files {
        template.add_input(role, file)?;
    }
    interrupt::listen()?;
    let (session, state) =
        TrainingSession::open(output.clone(), template.clone(), options.resume, &mut trainer, registry)?;
    // The config is written only now, for one that does not fit the saved state must not replace the one that does.
    output.write("config.yaml", &yaml)?;
    let quiet = options.common.quiet || options.common.shared.json;
    let progress = Progress::new(&trainer.schedule.name, trainer.schedule.batches, quiet);
    let mut run = Run { trainer, session, state, progress };
    run.train()?;
    let Run { trainer, state, progress, .. } = run;
    state.validation.recall(&trainer.weights)?;
    let evaluation = trainer.evaluate(trainer.schedule.evaluate.final_trials)?;
    progress.finish(&format!("{:.3} of {} held-out trials right", evaluation.accuracy, evaluation.trials));
    // The checkpoint of the trained network must say itself which receptors its neurons have, for it is read without
    // the config of the network that said so.
    let mut trained = c.clone();
    if trained.network.receptors.is_empty() {
        trained.network.receptors = source.receptors.clone().unwrap_or_default();
    }
    let models = source.network.models(&registry.network.cells);
    let template = Meta { config: trained.to_stored()?, models, ..template };
    let metrics =
        report::write(&output, &options.place.device, &trainer, source.network, template, &state, &evaluation)?;
    match options.common.shared.json {
        true => println!("{}", serde_json::to_string_pretty(&metrics)?),
        false if !options.common.quiet => print!("{}", report::summary(&metrics, &output)),
        false => {}
    }
    Ok(())
}

/// A run holds a training under way.
struct Run {
    trainer: Trainer,
    session: TrainingSession,
    state: TrainingState,
    progress: Progress,
}

impl Run {
    /// Trains batch after batch until the last one, a stop that the config asks for, or Ctrl-C.
    fn train(&mut self) -> Result<()> {
        let &TrainSchedule { batches, save_every, stop, .. } = &self.trainer.schedule;
        let mut recent = vec![];
        while self.trainer.batches() < batches {
            let step = self.trainer.batches() + 1;
            let rate = self.trainer.learning_rate();
            let (report, validated) = match self.advance() {
                Ok(found) => found,
                Err(TrainError::Diverged { batch, what, .. }) => {
                    self.session.save(&self.trainer, &self.state, BEFORE)?;
                    let saved = self.session.output().path(BEFORE);
                    return Err(TrainError::Diverged { batch, what, saved }.into());
                }
                Err(error) => return Err(error.into()),
            };
            self.log(step, &report, validated, rate)?;
            recent.push(report.accuracy);
            self.show(step, &report, &recent);
            let stopped = interrupt::requested();
            let reached = validated.zip(stop.accuracy).is_some_and(|(found, wanted)| found >= wanted);
            let stale = stop.patience.is_some_and(|most| self.state.validation.since() >= most);
            if stopped || reached || stale || step == batches || step.is_multiple_of(save_every) {
                self.session.save(&self.trainer, &self.state, FILE)?;
            }
            if stopped && step < batches {
                let dir = self.session.output().dir().into();
                return Err(Interrupted { after: format!("batch {step}"), dir }.into());
            }
            if reached || stale {
                let why = if reached { "accurate enough" } else { "no longer better" };
                self.progress.note(&format!("stopping after batch {step}: {why}"));
                break;
            }
        }
        Ok(())
    }

    /// Learns from one batch and validates where that is due; then it also returns the share of right answers.
    fn advance(&mut self) -> Result<(BatchReport, Option<f64>), TrainError> {
        let begin = Instant::now();
        let report = self.trainer.step()?;
        self.state.seconds += begin.elapsed().as_secs_f64();
        let step = self.trainer.batches();
        let &TrainSchedule { evaluate, batches, .. } = &self.trainer.schedule;
        if evaluate.every == 0 || !(step.is_multiple_of(evaluate.every) || step == batches) {
            return Ok((report, None));
        }
        let found = self.trainer.validate(evaluate.trials)?;
        let score = self.state.validation.add(step, &found, &self.trainer.weights)?;
        Ok((report, Some(score.accuracy)))
    }

    /// Adds a row to the log.
    fn log(&mut self, step: u64, report: &BatchReport, validated: Option<f64>, rate: f64) -> Result<(), TrainError> {
        let (seconds, hz) = (self.state.seconds, mean_rate(report));
        let validated = validated.unwrap_or(f64::NAN);
        self.session.row(step, &[seconds, report.loss, report.accuracy, validated, report.norm, rate, hz])
    }

    /// Shows how the last batches went.
    fn show(&mut self, step: u64, report: &BatchReport, recent: &[f64]) {
        let best = self.state.validation.best();
        self.progress.at(step, || {
            let last = &recent[recent.len().saturating_sub(10)..];
            let mean = brain_core::stats::mean(last);
            let best = best.map(|b| format!(", best {:.3} (batch {})", b.accuracy, b.batch)).unwrap_or_default();
            format!("loss {:.3}, right {mean:.2}{best}, {:.1} Hz", report.loss, mean_rate(report))
        });
    }
}

/// Returns the mean rate of all populations, Hz.
fn mean_rate(report: &BatchReport) -> f64 {
    report.rates.iter().map(|(_, r)| r).sum::<f64>() / report.rates.len().max(1) as f64
}
