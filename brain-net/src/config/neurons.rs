//! Models and parameters of the populations.

use super::{Assembled, BuildError, NetConfig};
use crate::network::Population;
use brain_core::config::Config;
use brain_core::{Checkpoint, Seed};

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
        let mut cells = Vec::with_capacity(neuron.cells.len());
        for file in &neuron.cells {
            let checkpoint = Checkpoint::load(file)?;
            let Some(info) = checkpoint.meta.models.first().cloned() else {
                return Err(config.error(&key, format!("{} holds no neuron", file.display())).into());
            };
            if model.is_empty() {
                model = info.model.clone();
            }
            if info.model != model {
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
        let Some(kernel) = kernels::find(&model) else {
            let known = kernels::KERNELS.iter().map(|k| k.name).chain([Population::INPUT]);
            return Err(config.unknown(&format!("{key}.model"), &model, known).into());
        };
        let stream = seed.child("cells").child(name);
        let chosen: Vec<u64> = match cells.len() as u64 {
            0 => vec![],
            n => (0..size).map(|i| stream.at(i.into()).below(n)).collect(),
        };
        for field in kernel.param {
            let mut values = Vec::with_capacity(cells.len());
            for (checkpoint, cell) in &mut cells {
                values.push(checkpoint.take_one::<f64>(&format!("param/{cell}/{}", field.name))?);
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
            let Some(field) = kernel.param.iter().find(|f| f.name == param.as_str()) else {
                return Err(config.unknown(&key, param, kernel.param.iter().map(|f| f.name.to_string())).into());
            };
            let x = config.quantity(&key, value, field.unit)?;
            if !(field.bounds.0..=field.bounds.1).contains(&x) {
                let (low, high) = field.bounds;
                return Err(config.error(&key, format!("{x} is not within {low} to {high} {}", field.unit)).into());
            }
            population.params.insert(param.clone(), vec![x]);
        }
    }
    Ok(())
}
