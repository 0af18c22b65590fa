//! Models and parameters of the populations.

use super::{Assembled, BuildError, NetConfig};
use crate::network::Population;
use brain_core::config::Config;
use brain_core::output::OutputError;
use brain_core::{Checkpoint, Seed};
use kernels::equations::Field;
use std::path::PathBuf;

/// Gives the populations their models.
pub(super) fn add(config: &Config<NetConfig>, all: &mut Assembled, seed: Seed) -> Result<(), BuildError> {
    for (name, neuron) in &config.value.neurons {
        let key = format!("neurons.{name}");
        let Some(k) = all.network.population(name) else {
            let known = all.network.populations.iter().map(|p| p.name.clone());
            return Err(config.unknown(&key, name, known).into());
        };
        let size = all.network.populations[k].size;
        let mut model = neuron.model.clone();
        let files = files(config, &key, &neuron.cells)?;
        let mut cells = Vec::with_capacity(files.len());
        for file in &files {
            let checkpoint = Checkpoint::load(file)?;
            let Some(info) = checkpoint.meta.models.first().cloned() else {
                return Err(config.error(&key, format!("{} holds no neuron", file.display())).into());
            };
            if model.is_empty() {
                model = info.model.clone();
            }
            if info.model != model && !extends(&model, &info.model) {
                let message =
                    format!("{} is a `{}`, not a `{model}`; a population has one model", file.display(), info.model);
                return Err(config.error(&key, message).into());
            }
            cells.push((checkpoint, info.population));
            all.files.push(("parent", file.clone()));
        }
        let population = &mut all.network.populations[k];
        population.model = model.clone();
        if model == Population::INPUT {
            continue;
        }
        let default = if model.is_empty() { "lif-cond-exp" } else { &model };
        let Some(fields) = fields(default) else {
            let known = kernels::CELLS.iter().map(|c| c.name).chain([Population::INPUT]);
            return Err(config.unknown(&format!("{key}.model"), &model, known).into());
        };
        population.model = default.into();
        let stream = seed.child("cells").child(name);
        let chosen: Vec<u64> = match cells.len() as u64 {
            0 => vec![],
            n => (0..size).map(|i| stream.at(i.into()).below(n)).collect(),
        };
        for field in fields {
            let mut values = Vec::with_capacity(cells.len());
            for (checkpoint, cell) in &mut cells {
                let name = format!("param/{cell}/{}", field.name);
                // Receptors are not part of a fitted neuron.
                let fitted = fields_of_file(checkpoint).iter().any(|f| *f == field.name);
                values.push(if fitted { checkpoint.take_one::<f64>(&name)? } else { field.default });
            }
            let values = match values.len() {
                0 => vec![field.default],
                1 => values,
                _ => chosen.iter().map(|&c| values[c as usize]).collect(),
            };
            population.params.insert(field.name.to_string(), values);
        }
        for (param, value) in &neuron.params {
            let key = format!("{key}.params.{param}");
            let Some(field) = fields.iter().find(|f| f.name == param.as_str()) else {
                return Err(config.unknown(&key, param, fields.iter().map(|f| f.name.to_string())).into());
            };
            let x = config.quantity(&key, value, field.unit)?;
            if !(field.bounds.0..=field.bounds.1).contains(&x) {
                let (low, high) = field.bounds;
                return Err(config.error(&key, format!("{x} is not within {low} to {high} {}", field.unit)).into());
            }
            population.params.insert(param.clone(), vec![x]);
        }
        for (param, ends) in &neuron.uniform {
            let key = format!("{key}.uniform.{param}");
            let Some(field) = fields.iter().find(|f| f.name == param.as_str()) else {
                return Err(config.unknown(&key, param, fields.iter().map(|f| f.name.to_string())).into());
            };
            let [low, high] = [0, 1].map(|k| config.quantity(&key, &ends[k], field.unit));
            let (low, high) = (low?, high?);
            if !(field.bounds.0 <= low && low <= high && high <= field.bounds.1) {
                let (least, most) = field.bounds;
                let problem = format!("{low} to {high} is no range within {least} to {most} {}", field.unit);
                return Err(config.error(&key, problem).into());
            }
            let stream = seed.child("uniform").child(name).child(param);
            let each = (0..size).map(|i| stream.at(i.into()).within(low, high)).collect();
            population.params.insert(param.clone(), each);
        }
    }
    Ok(())
}

/// Parameters of a model, with or without receptors.
fn fields(model: &str) -> Option<&'static [Field]> {
    kernels::find(model).map(|c| c.param)
}

/// Whether `model` is the neuron `neuron` with receptors.
fn extends(model: &str, neuron: &str) -> bool {
    let (Some(all), Some(own)) = (fields(model), fields(neuron)) else { return false };
    model.starts_with(&format!("{neuron}-")) && own.iter().all(|f| all.iter().any(|a| a.name == f.name))
}

/// Names of the parameters that a fitted neuron's model has.
fn fields_of_file(checkpoint: &Checkpoint) -> Vec<String> {
    let model = checkpoint.meta.models.first().and_then(|m| fields(&m.model));
    model.map_or(vec![], |fields| fields.iter().map(|f| f.name.to_string()).collect())
}

/// Checkpoints; of a folder all that are in it, or in a folder in it, in the order of their names.
fn files(config: &Config<NetConfig>, key: &str, given: &[PathBuf]) -> Result<Vec<PathBuf>, BuildError> {
    let mut all = vec![];
    for path in given {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let list = |dir: &PathBuf| -> Result<Vec<PathBuf>, BuildError> {
            let read = std::fs::read_dir(dir).and_then(|d| d.map(|e| e.map(|e| e.path())).collect());
            let mut found: Vec<PathBuf> = read.map_err(|cause| OutputError::Read { file: dir.clone(), cause })?;
            found.sort();
            Ok(found)
        };
        let mut found = vec![];
        for entry in list(path)? {
            found.extend(if entry.is_dir() { list(&entry)? } else { vec![entry] });
        }
        let hidden = |f: &PathBuf| f.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let state = |f: &PathBuf| f.file_name().is_some_and(|n| n == "resume.safetensors");
        found.retain(|f| f.extension().is_some_and(|e| e == "safetensors") && !hidden(f) && !state(f));
        if found.is_empty() {
            let problem = format!("{} holds no fitted neurons (*.safetensors)", path.display());
            return Err(config.error(&format!("{key}.cells"), problem).into());
        }
        all.extend(found);
    }
    Ok(all)
}
