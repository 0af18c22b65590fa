//! `brain-fit run`.

use super::compare::compare;
use crate::electrode::Electrode;
use crate::features::SpikeDetector;
use crate::fit::state::{FILE, FitSession, Stop};
use crate::fit::{FitConfig, FitError, FitSettings, FitTask, Registry, Resolved};
use crate::plausible::{NoMembrane, doubts};
use crate::predict::predict;
use crate::recording::{Recording, Sweep, read};
use crate::report::{self, ElectrodeMetrics, Failure, Metrics, Status};
use crate::score::Role;
use crate::spike_level::SpikeLevel;
use anyhow::{Context, Result, bail};
use brain_core::checkpoint::Checkpoint;
use brain_core::cli::{Common, Usage, Where};
use brain_core::config::{self, Config};
use brain_core::{Backend, Dtype, Output};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Options of `run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// Config; every key has a default.
    pub(super) config: PathBuf,
    /// Recordings, instead of those of the config.
    #[arg(long, num_args = 1..)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    place: Where,
    /// Go on with an interrupted run.
    #[arg(long)]
    pub(super) resume: bool,
    /// Model to fit, instead of that of the config; several, separated by commas, or `auto`, are compared.
    #[arg(long)]
    model: Option<String>,
    /// Sweeps to fit.
    #[arg(long, value_delimiter = ',')]
    fit_sweeps: Vec<String>,
    /// Sweeps to predict only.
    #[arg(long, value_delimiter = ',')]
    test_sweeps: Vec<String>,
    /// Also make profile likelihoods of all fitted parameters.
    #[arg(long)]
    profile: bool,
    /// Go on with sweeps that show what no membrane does, such as a negative resistance or runs of zeros.
    #[arg(long)]
    allow: bool,
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
    if let Some(model) = &run.model {
        c.model = model.clone();
    }
    if !run.fit_sweeps.is_empty() {
        c.data.fit_sweeps = run.fit_sweeps.clone();
    }
    if !run.test_sweeps.is_empty() || !run.fit_sweeps.is_empty() {
        c.data.test_sweeps = run.test_sweeps.clone();
    }
    c.data.allow |= run.allow;
    c.profile |= run.profile;
    run.common.apply(&config.origin, &c.name, &mut c.seed, &mut c.out)?;
    Ok(config)
}

fn find<'a>(recording: &'a Recording, ids: &[String]) -> Result<Vec<&'a Sweep>> {
    let known = || recording.sweeps.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ");
    let one =
        |id: &String| recording.sweep(id).ok_or_else(|| Usage(format!("no sweep `{id}`; the files hold {}", known())));
    Ok(ids.iter().map(one).collect::<Result<_, _>>()?)
}

/// Finds the level of spikes where the config gives none, and writes it there; says which, where it is not the usual one.
pub(super) fn find_spike_level(c: &mut FitConfig, settings: &mut FitSettings, sweeps: &[&Sweep]) -> Option<String> {
    if c.spike_level.is_some() {
        return None;
    }
    let found = SpikeLevel::of(sweeps.iter().copied());
    settings.spike_level = found.level_mv;
    c.spike_level = Some(format!("{} mV", found.level_mv).as_str().into());
    found.note()
}

/// Refuses sweeps that are no membrane, or where they are allowed, says what is doubtful in them.
pub(super) fn check_membrane(
    sweeps: &[&Sweep],
    settings: &FitSettings,
    allow: bool,
) -> Result<Vec<String>, NoMembrane> {
    let spikes = SpikeDetector::at(settings.spike_level);
    let found: Vec<_> = sweeps.iter().flat_map(|sweep| doubts(sweep, &spikes)).collect();
    match found.is_empty() || allow {
        true => Ok(found.iter().map(|doubt| format!("Allowed, {doubt}.")).collect()),
        false => Err(NoMembrane(found)),
    }
}

/// A fit that found no parameters at all has no traces and no scores, but says so in its metrics too.
fn without_model(output: &Output, c: &FitConfig, error: &FitError) -> Result<Failure> {
    let advice = "Check the units of the recording, widen `bounds`, or try another --seed";
    let failure = Failure { reason: error.to_string(), advice: advice.into() };
    let files = ["config.yaml", "log.csv", FILE, report::METRICS];
    let (model, reason) = (&c.model, &failure.reason);
    let json = serde_json::json!({ "model": model, "status": Status::Failed, "reason": reason, "advice": advice, "files": files });
    output.write(report::METRICS, serde_json::to_string_pretty(&json)?)?;
    Ok(failure)
}

/// Fits a model, or several to compare them, to sweeps, predicts others, and writes parameters, scores, traces and a
/// figure. A fit ends early, and can be resumed, after the step for which `stop` holds.
///
/// # Errors
/// It fails with [`Failure`] where the fit gave no model that can be used; everything is written all the same.
pub fn run(options: &RunArgs, registry: &Registry, stop: Stop) -> Result<()> {
    let backend = options.place.backend(Dtype::F64)?;
    options.common.shared.machine.start()?;
    let mut config = merged(options)?;
    let (models, out) = (registry.asked_for(&config)?, config.value.out.clone());
    let fitting = Fitting { options, registry, backend: &backend };
    if options.common.print_config {
        let asked = config.value.model.clone();
        for model in models {
            config.value.model = model;
            FitConfig::resolve(&mut config, registry, &backend)?;
        }
        config.value.model = asked;
        print!("{}", config.value.docs(registry).commented(&config.value)?);
        return Ok(());
    }
    let metrics = match &models[..] {
        [model] => {
            config.value.model.clone_from(model);
            fit(&fitting, config, &out, stop)?
        }
        several => compare(&fitting, &config, several, stop)?,
    };
    if options.common.shared.json {
        println!("{}", serde_json::to_string_pretty(&metrics)?);
    } else if !options.common.quiet {
        print!("{}", report::comparison::text(&metrics.comparison));
        print!("{}", report::summary(&metrics.sweeps, &metrics.notes));
        let (figure, numbers) = (out.join("fit.png"), out.join(report::METRICS));
        println!("Look at {}; all numbers are in {}.", figure.display(), numbers.display());
    }
    metrics.failure().map_or(Ok(()), |failure| Err(failure.into()))
}

/// The note of a saved state that says its precision.
const DTYPE: &str = "dtype";

/// Opens the backend of a fit, which goes on in the precision of the state in `file` where it resumes one.
fn backend_of_state(fitting: &Fitting, file: &Path) -> Result<Backend> {
    let (options, usual) = (fitting.options, || Ok(fitting.backend.clone()));
    if !options.resume || !file.exists() {
        return usual();
    }
    let state = Checkpoint::load(file)?;
    // Earlier versions did not write it.
    let Some(saved) = state.meta.notes.get(DTYPE).and_then(|name| Dtype::deserialize(name).ok()) else {
        return usual();
    };
    let dtype = options.place.dtype_of_state(saved, file)?;
    Where { dtype: Some(dtype), ..options.place.clone() }.backend(dtype)
}

/// What the fits of a command line share.
pub(super) struct Fitting<'a> {
    pub options: &'a RunArgs,
    pub registry: &'a Registry,
    pub backend: &'a Backend,
}

/// Fits the model of a config, and writes everything to a folder.
pub(super) fn fit(fitting: &Fitting, mut config: Config<FitConfig>, folder: &Path, stop: Stop) -> Result<Metrics> {
    let Fitting { options, registry, .. } = *fitting;
    let backend = &backend_of_state(fitting, &folder.join(FILE))?;
    let Resolved { subject, strategy, mut settings, electrode, zoom } =
        FitConfig::resolve(&mut config, registry, backend)?;
    let c = &mut config.value;
    let started = Instant::now();
    let mut recording = read(&c.data.files, &c.data.declared)?;
    recording.sweeps.iter_mut().for_each(|sweep| electrode.remove(sweep));
    let (fitted, tested) = (find(&recording, &c.data.fit_sweeps)?, find(&recording, &c.data.test_sweeps)?);
    if let Some(both) = fitted.iter().find(|f| tested.iter().any(|t| t.id == f.id)) {
        bail!(Usage(format!("sweep {} is both fitted and kept for the test; choose one", both.id)));
    }
    if fitted.is_empty() {
        return Err(FitError::NoSweeps.into());
    }
    let all = [&fitted[..], &tested].concat();
    let mut notes = Vec::from_iter(find_spike_level(c, &mut settings, &all));
    let sweeps = fitted.iter().map(|s| settings.to_fit(s)).collect::<Result<Vec<_>, _>>()?;
    strategy.check(&sweeps)?;
    notes.extend(check_membrane(&all, &settings, c.data.allow)?);

    let yaml = config::to_yaml(c)?;
    let output = Output::create(folder)?;
    let mut template = Checkpoint::default();
    template.meta.config = c.to_stored()?;
    template.meta.seed = c.seed;
    for file in &recording.files {
        template.meta.add_input("data", file)?;
    }
    let saved = Checkpoint::of_interrupted(&output.path(FILE), &template.meta, options.resume, FitConfig::rewritten)?;
    // Only now: a config that does not fit the saved state must not take the place of the one that does.
    if saved.is_none() {
        let read = [&recording.files[..], std::slice::from_ref(&options.config)].concat();
        report::remove_leftovers(&output, true, &read)?;
    }
    let mut of_state = template.clone();
    of_state.meta.notes.insert(DTYPE.into(), backend.dtype().as_str().into());
    let mut session =
        FitSession::new(output.clone(), of_state, saved, options.common.quiet, stop)?.with_optimiser(&settings);
    output.write("config.yaml", &yaml)?;
    let task = FitTask { subject: &subject, settings: &settings, sweeps: &sweeps };
    let outcome = match strategy.fit(&task, &mut session) {
        Err(error @ FitError::NoFit { .. }) => return Err(without_model(&output, c, &error)?.into()),
        outcome => outcome?,
    };
    let found = outcome.electrode.map_or(Electrode::default(), |found| found.electrode);
    let electrode = electrode.and(found);
    if !electrode.is_none() {
        template.meta.notes.insert(Electrode::NOTE.into(), serde_json::to_value(electrode)?);
    }
    template.meta.step = session.step;
    report::checkpoint(subject.model().cell(), &template.meta, &outcome).save(&output.path(report::CHECKPOINT))?;

    let all = fitted.iter().map(|s| (*s, Role::Fit)).chain(tested.iter().map(|s| (*s, Role::Test)));
    let without = |(sweep, role): (&Sweep, Role)| {
        let mut sweep = sweep.clone();
        found.remove(&mut sweep);
        (sweep, role)
    };
    let all: Vec<(Sweep, Role)> = all.map(without).collect();
    let mut predicted = Vec::new();
    for (sweep, role) in all.iter().map(|(sweep, role)| (sweep, *role)) {
        predicted.push((sweep, predict(&subject, &settings, &outcome.values(), sweep, role)?));
    }
    let scores: Vec<_> = predicted.iter().map(|(_, p)| p.score.clone()).collect();
    let failure = Failure::of(&outcome, &settings.held, &scores);
    notes.extend(outcome.notes.iter().cloned());
    notes.extend(report::bound_notes(&outcome, &settings.held));
    let pages = report::pages(&format!("{}: {}", c.name, c.model), zoom, &predicted)?;
    let also =
        ["config.yaml", "log.csv", FILE, report::CHECKPOINT].into_iter().chain(c.profile.then_some(report::PROFILES));
    let also: Vec<&str> = also.collect();
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
        spike_level_mv: settings.spike_level,
        params: report::params(&outcome.params),
        correlated: outcome.correlated.clone(),
        noise: report::noise(&outcome.errors),
        profiles: report::profiles(&outcome.errors),
        eigenvalues: outcome.errors.spectra.iter().cloned().collect(),
        notes,
        status: if failure.is_some() { Status::Failed } else { Status::Ok },
        reason: failure.as_ref().map(|failure| failure.reason.clone()),
        advice: failure.as_ref().map(|failure| failure.advice.clone()),
        sweeps: scores,
        electrode: ElectrodeMetrics::of(electrode, outcome.electrode.as_ref()),
        bic: outcome.bic,
        comparison: Vec::new(),
        files: report::files(predicted.iter().map(|(sweep, _)| *sweep), pages.len(), &also),
    };
    // The numbers first: nothing that a figure or a full disk does may lose them.
    output.write(report::METRICS, serde_json::to_string_pretty(&metrics)?)?;
    report::tables(&output, &predicted)?;
    if c.profile {
        report::profile_table(&output, &outcome.errors)?;
    }
    output.pages(report::FIGURE, &pages)?;
    Ok(metrics)
}
