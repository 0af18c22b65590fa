//! `brain-fit predict`.

use super::declared::Declared;
use super::fit::{check_membrane, find_spike_level};
use crate::electrode::Electrode;
use crate::fit::config::ranges::repeated;
use crate::fit::{FitConfig, Registry, Resolved};
use crate::import::Origin;
use crate::predict;
use crate::recording::{Sweep, read};
use crate::report;
use crate::score::Role;
use anyhow::{Context, Result, bail};
use brain_core::checkpoint::CheckpointKind;
use brain_core::cli::{Machine, Usage, Where};
use brain_core::output::sha256_file;
use brain_core::{Checkpoint, Dtype, Output};
use std::path::PathBuf;

/// Options of `predict`.
#[derive(clap::Args)]
pub struct PredictArgs {
    /// A fitted or imported neuron: `model.safetensors` of `brain-fit run` or `import`.
    checkpoint: PathBuf,
    /// Recordings, or a CSV with `time_ms, current_pa` alone.
    #[arg(long, num_args = 1.., required = true)]
    data: Vec<PathBuf>,
    /// Sweeps; all by default.
    #[arg(long, value_delimiter = ',')]
    sweeps: Vec<String>,
    /// Output folder.
    #[arg(long, default_value = "out/predict")]
    out: PathBuf,
    /// Go on with sweeps that show what no membrane does, such as a negative resistance or runs of zeros.
    #[arg(long)]
    allow: bool,
    #[command(flatten)]
    declared: Declared,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    machine: Machine,
}

/// Simulates a fitted or imported neuron on sweeps, scores it where there is data, and writes traces and a figure.
pub fn predict(options: &PredictArgs, registry: &Registry) -> Result<()> {
    options.machine.start()?;
    let backend = options.place.backend(Dtype::F64)?;
    let mut checkpoint = Checkpoint::load(&options.checkpoint)?;
    checkpoint.expect(&[CheckpointKind::Neuron])?;
    let Some(info) = checkpoint.meta.models.first().cloned() else {
        bail!(Usage(format!("{}: holds no neuron", options.checkpoint.display())));
    };
    let model = registry.models.find(&info.model);
    let model = model.map_err(|error| Usage(format!("{}: {error}", options.checkpoint.display())))?;
    let mut params = Vec::new();
    for f in model.param {
        params.push(checkpoint.take_one::<f64>(&format!("param/{}/{}", info.population, f.name))?);
    }
    let mut fitted = options.declared.over(&options.checkpoint, &checkpoint.meta.config)?;
    let inputs = std::mem::take(&mut checkpoint.meta.lineage);
    let origin = Origin::of(&checkpoint);
    let electrode = checkpoint.meta.notes.get(Electrode::NOTE).cloned().map(serde_json::from_value::<Electrode>);
    let electrode = electrode.and_then(Result::ok).unwrap_or_default();
    checkpoint.finish()?;
    let Resolved { subject, mut settings, zoom, .. } = FitConfig::resolve(&mut fitted, registry, &backend)?;

    if let Some(id) = repeated(&options.sweeps) {
        bail!(Usage(format!("--sweeps: `{id}` is named twice; name it once")));
    }
    let mut recording = read(&options.data, &fitted.value.data.declared)?;
    recording.sweeps.iter_mut().for_each(|sweep| electrode.remove(sweep));
    if let Some(origin) = origin {
        settings.after_step = true;
        recording.sweeps.iter_mut().for_each(|sweep| *sweep = sweep.resampled(origin.dt_ms));
    }
    let all: Vec<&Sweep> = recording.sweeps.iter().collect();
    let mut notes = Vec::from_iter(find_spike_level(&mut fitted.value, &mut settings, &all));
    let c = &fitted.value;
    // A sweep is the fitted one if its name and its file are.
    let role = |sweep: &Sweep| -> Result<Role> {
        let named = c.data.fit_sweeps.contains(&sweep.id);
        let fitted = named && {
            let sha256 = sha256_file(&sweep.file)?;
            inputs.iter().any(|input| input.sha256 == sha256)
        };
        Ok(if fitted { Role::Fit } else { Role::Test })
    };
    if let Some(id) = options.sweeps.iter().find(|id| recording.sweep(id).is_none()) {
        let known = recording.sweeps.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ");
        bail!(Usage(format!("no sweep `{id}`; the files hold {known}")));
    }
    let chosen = |sweep: &&Sweep| options.sweeps.is_empty() || options.sweeps.contains(&sweep.id);
    let chosen: Vec<&Sweep> = recording.sweeps.iter().filter(chosen).collect();
    notes.extend(check_membrane(&chosen, &settings, c.data.allow || options.allow)?);
    let output = Output::create(&options.out)?;
    let mut predicted = Vec::new();
    for sweep in chosen {
        predicted.push((sweep, predict::predict(&subject, &settings, &params, sweep, role(sweep)?)?));
    }
    let scores: Vec<_> = predicted.iter().map(|(_, p)| p.score.clone()).collect();
    let pages = report::pages(&format!("{}: {}", c.name, info.model), zoom, &predicted)?;
    let files = report::files(predicted.iter().map(|(sweep, _)| *sweep), pages.len(), &[]);
    let json = serde_json::json!({ "model": info.model, "notes": notes, "sweeps": scores, "files": files });
    let inputs: Vec<PathBuf> = [&recording.files[..], std::slice::from_ref(&options.checkpoint)].concat();
    report::remove_leftovers(&output, false, &inputs)?;
    output.write(report::METRICS, serde_json::to_string_pretty(&json).context(report::METRICS)?)?;
    print!("{}", report::summary(&scores, &notes));
    report::tables(&output, &predicted)?;
    output.pages(report::FIGURE, &pages)?;
    println!("Look at {}.", output.path("fit.png").display());
    Ok(())
}
