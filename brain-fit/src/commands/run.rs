//! `brain-fit run`.

use crate::fit::state::{FILE, FitSession, Stop};
use crate::fit::{FitConfig, FitError, FitTask, Registry, Resolved};
use crate::predict::predict;
use crate::recording::{Recording, Sweep, read};
use crate::report::{self, Metrics};
use crate::score::Role;
use anyhow::{Context, Result, bail};
use brain_core::checkpoint::Checkpoint;
use brain_core::cli::{Common, Usage, Where};
use brain_core::config::{self, Config};
use brain_core::{Dtype, Output};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Options of `run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// Config; every key has a default.
    config: PathBuf,
    /// Recordings, instead of those of the config.
    #[arg(long, num_args = 1..)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    place: Where,
    /// Go on with an interrupted run.
    #[arg(long)]
    resume: bool,
    /// Sweeps to fit.
    #[arg(long, value_delimiter = ',')]
    fit_sweeps: Vec<String>,
    /// Sweeps to predict only.
    #[arg(long, value_delimiter = ',')]
    test_sweeps: Vec<String>,
}

/// The config with the options of the command line applied.
fn merged(run: &RunArgs) -> Result<Config<FitConfig>> {
    let mut config = config::load::<FitConfig>(&run.config, &run.common.shared.sets)?;
    let base = run.config.parent().unwrap_or(Path::new("")).to_owned();
    let c = &mut config.value;
    match run.data.is_empty() {
        true => c.data.files.iter_mut().for_each(|f| *f = base.join(&*f)),
        false => c.data.files = run.data.clone(),
    }
    // Absolute: the config that is written out can be run from where it lies.
    for f in &mut c.data.files {
        *f = std::path::absolute(&*f).with_context(|| format!("{}: no such path", f.display()))?;
    }
    if !run.fit_sweeps.is_empty() {
        c.data.fit_sweeps = run.fit_sweeps.clone();
    }
    if !run.test_sweeps.is_empty() || !run.fit_sweeps.is_empty() {
        c.data.test_sweeps = run.test_sweeps.clone();
    }
    run.common.apply(&c.name, &mut c.seed, &mut c.out);
    Ok(config)
}

fn find<'a>(recording: &'a Recording, ids: &[String]) -> Result<Vec<&'a Sweep>> {
    let known = || recording.sweeps.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ");
    let one =
        |id: &String| recording.sweep(id).ok_or_else(|| Usage(format!("no sweep `{id}`; the files hold {}", known())));
    Ok(ids.iter().map(one).collect::<Result<_, _>>()?)
}

/// Fits a model to sweeps, predicts others, and writes parameters, scores, traces and a figure. The fit ends early, and can
/// be resumed, after the step for which `stop` holds.
pub fn run(options: &RunArgs, registry: &Registry, stop: Stop) -> Result<()> {
    let backend = options.place.backend(Dtype::F64)?;
    options.common.shared.machine.start()?;
    let mut config = merged(options)?;
    let Resolved { subject, strategy, settings, zoom } = FitConfig::resolve(&mut config, registry, &backend)?;
    let c = &config.value;
    let yaml = config::to_yaml(c)?;
    if options.common.print_config {
        print!("{yaml}");
        return Ok(());
    }
    let started = Instant::now();
    let recording = read(&c.data.files, &c.data.declared)?;
    let (fitted, tested) = (find(&recording, &c.data.fit_sweeps)?, find(&recording, &c.data.test_sweeps)?);
    if let Some(both) = fitted.iter().find(|f| tested.iter().any(|t| t.id == f.id)) {
        bail!(Usage(format!("sweep {} is both fitted and kept for the test; choose one", both.id)));
    }
    if fitted.is_empty() {
        return Err(FitError::NoSweeps.into());
    }
    let sweeps = fitted.iter().map(|s| settings.to_fit(s)).collect::<Result<Vec<_>, _>>()?;
    strategy.check(&sweeps)?;

    let output = Output::create(&c.out)?;
    let mut template = Checkpoint::default();
    template.meta.config = yaml.clone();
    template.meta.seed = c.seed;
    for file in &recording.files {
        template.meta.add_input("data", file)?;
    }
    let saved = Checkpoint::of_interrupted(&output.path(FILE), &template.meta, options.resume, FitConfig::rewritten)?;
    let mut session = FitSession::new(output.clone(), template.clone(), saved, options.common.quiet, stop)?;
    // Only now: a config that does not fit the saved state must not take the place of the one that does.
    output.write("config.yaml", &yaml)?;
    let task = FitTask { subject: &subject, settings: &settings, sweeps: &sweeps };
    let outcome = strategy.fit(&task, &mut session)?;
    template.meta.step = session.step;
    report::checkpoint(subject.model().cell(), &template.meta, &outcome).save(&output.path(report::CHECKPOINT))?;

    let all = fitted.iter().map(|s| (*s, Role::Fit)).chain(tested.iter().map(|s| (*s, Role::Test)));
    let mut predicted = Vec::new();
    for (sweep, role) in all {
        predicted.push((sweep, predict(&subject, &settings, &outcome.values(), sweep, role)?));
    }
    report::traces(&output, &format!("{}: {}", c.name, c.model), zoom, &predicted)?;
    let metrics = Metrics {
        model: c.model.clone(),
        strategy: strategy.name().into(),
        device: options.place.device.clone(),
        dtype: backend.dtype().as_str().into(),
        seed: c.seed,
        seconds: started.elapsed().as_secs_f64(),
        loss: outcome.loss,
        loss_unit: outcome.loss_unit.into(),
        evaluations: outcome.evaluations,
        gradient_evaluations: session.gradient_evaluations,
        params: report::params(&outcome.params),
        correlated: outcome.correlated.clone(),
        notes: outcome.notes.clone(),
        sweeps: predicted.iter().map(|(_, p)| p.score.clone()).collect(),
    };
    let json = serde_json::to_string_pretty(&metrics)?;
    output.write("metrics.json", &json)?;
    if options.common.shared.json {
        println!("{json}");
    } else if !options.common.quiet {
        print!("{}", report::summary(&metrics.sweeps, &metrics.notes));
        println!(
            "Look at {}; all numbers are in {}.",
            output.path("fit.png").display(),
            output.path("metrics.json").display()
        );
    }
    Ok(())
}
