//! One fit: from a config to the files of its folder.

use super::arguments::RunArgs;
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
use anyhow::{Result, bail};
use brain_core::checkpoint::Checkpoint;
use brain_core::cli::{Usage, Where};
use brain_core::config::{self, Config};
use brain_core::{Backend, Dtype, Output};
use serde::Deserialize;
use std::path::Path;
use std::time::Instant;

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
