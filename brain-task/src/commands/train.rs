//! `brain-task train`.

use crate::check::check;
use crate::config::TrainConfig;
use crate::session::{BEFORE, FILE, Session, Standing};
use crate::{Report, TrainError, Trainer, report, setup};
use anyhow::{Context, Result};
use brain_core::checkpoint::Meta;
use brain_core::cli::Common;
use brain_core::config::{self, Config};
use brain_core::interrupt::{self, Interrupted};
use brain_core::{Output, Progress};
use candle_core::DType;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Options of `train`.
#[derive(clap::Args)]
pub struct Train {
    /// Config; every key has a default.
    config: PathBuf,
    #[command(flatten)]
    common: Common,
    /// Go on with an interrupted run.
    #[arg(long)]
    resume: bool,
    /// Compare the gradient of the first batch with what it must equal or come close to, tensor by tensor, and stop.
    #[arg(long)]
    check_gradient: bool,
}

/// Reads the config with the options applied.
fn resolve(options: &Train) -> Result<Config<TrainConfig>> {
    let mut config = config::load::<TrainConfig>(&options.config, &options.common.shared.sets)?;
    let base = options.config.parent().unwrap_or(Path::new("")).to_owned();
    let c = &mut config.value;
    // Absolute: the config that is written out can be run from where it lies.
    let file = &mut c.network.file;
    if !file.as_os_str().is_empty() {
        *file = std::path::absolute(base.join(&*file)).with_context(|| format!("{}: no such path", file.display()))?;
    }
    options.common.apply(&c.name, &mut c.seed, &mut c.out);
    Ok(config)
}

/// Learns from one batch and validates where that is due; the share of right answers then.
fn advance(
    c: &TrainConfig,
    trainer: &mut Trainer,
    standing: &mut Standing,
) -> Result<(Report, Option<f64>), TrainError> {
    let begin = Instant::now();
    let report = trainer.step()?;
    standing.seconds += begin.elapsed().as_secs_f64();
    let step = trainer.batches();
    let every = c.evaluate.every;
    if every == 0 || !(step.is_multiple_of(every) || step == c.batches) {
        return Ok((report, None));
    }
    let found = trainer.validate(c.evaluate.trials)?;
    Ok((report, Some(standing.validation.add(step, &found, &trainer.weights)?.accuracy)))
}

/// Trains, writes, prints.
pub fn train(options: &Train) -> Result<()> {
    options.common.shared.machine.start()?;
    let config = resolve(options)?;
    let c = &config.value;
    let yaml = config::to_yaml(c)?;
    if options.common.print_config {
        print!("{yaml}");
        return Ok(());
    }
    if options.check_gradient {
        let checked = check(&config)?;
        match options.common.shared.json {
            true => println!("{}", serde_json::to_string_pretty(&checked)?),
            false => print!("{checked}"),
        }
        return Ok(checked.passed()?);
    }
    let (mut trainer, source) = setup(&config, DType::F32)?;
    let output = Output::create(&c.out)?;
    output.write("config.yaml", &yaml)?;
    let mut template = Meta { config: yaml, seed: c.seed, ..Meta::default() };
    for (role, file) in &source.files {
        template.add_input(role, file)?;
    }
    interrupt::listen()?;
    let (mut session, mut standing) = Session::open(output.clone(), template.clone(), options.resume, &mut trainer)?;
    let quiet = options.common.quiet || options.common.shared.json;
    let mut progress = Progress::new(&c.name, c.batches, quiet);
    let mut recent = vec![];
    while trainer.batches() < c.batches {
        let step = trainer.batches() + 1;
        let rate = trainer.learning_rate();
        let (report, validated) = match advance(c, &mut trainer, &mut standing) {
            Ok(found) => found,
            Err(TrainError::Diverged { batch, what, .. }) => {
                session.save(&trainer, &standing, BEFORE)?;
                return Err(TrainError::Diverged { batch, what, saved: output.path(BEFORE) }.into());
            }
            Err(error) => return Err(error.into()),
        };
        recent.push(report.accuracy);
        let hz = report.rates.iter().map(|(_, r)| r).sum::<f64>() / report.rates.len().max(1) as f64;
        let row =
            [standing.seconds, report.loss, report.accuracy, validated.unwrap_or(f64::NAN), report.norm, rate, hz];
        session.row(step, &row)?;
        progress.at(step, || {
            let last = &recent[recent.len().saturating_sub(10)..];
            let mean = brain_core::stats::mean(last);
            let best = standing.validation.best().map(|b| format!(", best {:.3} (batch {})", b.accuracy, b.batch));
            format!("loss {:.3}, right {mean:.2}{}, {hz:.1} Hz", report.loss, best.unwrap_or_default())
        });
        let stopped = interrupt::requested();
        let reached = validated.zip(c.stop.accuracy).is_some_and(|(found, wanted)| found >= wanted);
        let stale = c.stop.patience.is_some_and(|most| standing.validation.since() >= most);
        if stopped || reached || stale || step == c.batches || step.is_multiple_of(c.save_every.max(1)) {
            session.save(&trainer, &standing, FILE)?;
        }
        if stopped && step < c.batches {
            return Err(Interrupted { after: format!("batch {step}"), dir: output.dir().into() }.into());
        }
        if reached || stale {
            progress.note(&format!(
                "stopping after batch {step}: {}",
                if reached { "accurate enough" } else { "no longer better" }
            ));
            break;
        }
    }
    standing.validation.recall(&trainer.weights)?;
    let evaluation = trainer.evaluate(c.evaluate.final_trials)?;
    progress.finish(&format!("{:.3} of {} fresh trials right", evaluation.accuracy, evaluation.trials));
    let metrics = report::write(&output, c, &trainer, source.network, template, &standing, &evaluation)?;
    match options.common.shared.json {
        true => println!("{}", serde_json::to_string_pretty(&metrics)?),
        false if !options.common.quiet => print!("{}", report::summary(&metrics, &output)),
        false => {}
    }
    Ok(())
}
