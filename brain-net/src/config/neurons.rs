//! This module reads the key `neurons` of the config, which gives populations their models and parameters.

use crate::error::BuildError;
use crate::network::INPUT;
use crate::source::BuiltNetwork;
use brain_core::checkpoint::CheckpointKind;
use brain_core::config::{ConfigError, Origin, Quantity};
use brain_core::output::OutputError;
use brain_core::{Checkpoint, Seed};
use kernels::Registry;
use kernels::equations::Field;
use kernels::network::{PerNeuron, Population, PopulationKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A population that is named in `neurons` without a model or cells has this model.
const DEFAULT: &str = "lif-cond-exp";

/// The neurons of a population have this model and these parameters.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NeuronConfig {
    /// The neurons have this model: a neuron model, with receptors or without, or `input` for neurons that replay spikes.
    /// It is that of the first of `cells` where it is empty.
    pub model: String,
    /// Parameters have these values, by their names; a value holds for all neurons.
    pub params: BTreeMap<String, Quantity>,
    /// Parameters are drawn uniformly between these bounds for each neuron, by their names.
    pub uniform: BTreeMap<String, [Quantity; 2]>,
    /// Every neuron takes the parameters of one of these fitted cells, drawn at random: checkpoints, or folders of them.
    pub cells: Vec<PathBuf>,
}

/// These are the values of a [`NeuronConfig`] after its checks.
#[derive(Debug)]
pub(super) struct NeuronSettings {
    population: String,
    cells: Vec<PathBuf>,
    model: ModelSettings,
}

/// A population has neurons of one of these kinds.
#[derive(Debug)]
enum ModelSettings {
    /// The neurons replay spikes.
    Input,
    /// The model is known, and so are its fields.
    Named { model: String, given: Given },
    /// The neurons have the model of the first cell. Its units and bounds are known only when its file is read, so that
    /// the config is checked then.
    OfCells(NeuronConfig),
}

/// A config gives these parameters, in the units of the model.
#[derive(Debug)]
struct Given {
    params: Vec<(String, f64)>,
    uniform: Vec<(String, (f64, f64))>,
}

impl NeuronSettings {
    pub fn new(
        origin: &Origin,
        registry: &Registry,
        population: &str,
        config: &NeuronConfig,
    ) -> Result<Self, ConfigError> {
        let at = format!("neurons.{population}");
        let model = match &*config.model {
            INPUT => ModelSettings::Input,
            "" if !config.cells.is_empty() => ModelSettings::OfCells(config.clone()),
            name => {
                let model = if name.is_empty() { DEFAULT } else { name }.to_owned();
                let given = Given::new(origin, &at, config, known_fields(origin, registry, &at, &model)?)?;
                ModelSettings::Named { model, given }
            }
        };
        Ok(Self { population: population.into(), cells: config.cells.clone(), model })
    }

    /// Gives a population its model and parameters.
    pub fn add(
        &self,
        origin: &Origin,
        registry: &Registry,
        built: &mut BuiltNetwork,
        seed: Seed,
    ) -> Result<(), BuildError> {
        let at = format!("neurons.{}", self.population);
        let Some(k) = built.network.population(&self.population) else {
            let known = built.network.graph.populations.iter().map(|p| p.name.clone());
            return Err(origin.unknown(&at, &self.population, known).into());
        };
        let mut cells = vec![];
        for file in files(origin, &at, &self.cells)? {
            let neuron = Checkpoint::load(&file)
                .and_then(|checkpoint| checkpoint.expect(&[CheckpointKind::Neuron]).map(|()| checkpoint));
            let checkpoint = neuron.map_err(|e| origin.error(&format!("{at}.cells"), e))?;
            let Some(info) = checkpoint.meta.models.first().cloned() else {
                return Err(origin.error(&at, format!("{} holds no neuron", file.display())).into());
            };
            cells.push(Cell { file, population: info.population, model: info.model, checkpoint });
        }
        built.files.extend(cells.iter().map(|c| ("parent", c.file.clone())));
        let population = &mut built.network.graph.populations[k];
        let own;
        let (model, given) = match &self.model {
            ModelSettings::Input => {
                *population = Population::sources(&self.population, population.neurons);
                return Ok(());
            }
            ModelSettings::Named { model, given } => (model, given),
            ModelSettings::OfCells(config) => {
                let model = cells[0].model.clone();
                let given = Given::new(origin, &at, config, known_fields(origin, registry, &at, &model)?)?;
                own = (model, given);
                (&own.0, &own.1)
            }
        };
        if let Some(c) = cells.iter().find(|c| c.model != *model && !extends(registry, model, &c.model)) {
            let (file, other) = (c.file.display(), &c.model);
            let problem = format!("{file} is a `{other}`, not a `{model}`; a population has one model");
            return Err(origin.error(&at, problem).into());
        }
        let fields = known_fields(origin, registry, &at, model)?;
        let neurons = population.neurons as u64;
        let mut params = sample(registry, neurons, fields, &mut cells, seed.child("cells").child(&self.population))?;
        params.extend(given.params.iter().map(|(name, x)| (name.clone(), PerNeuron::Same(*x))));
        for (param, (low, high)) in &given.uniform {
            let stream = seed.child("uniform").child(&self.population).child(param);
            let each = (0..neurons).map(|i| stream.at(i).within(*low, *high)).collect();
            params.insert(param.clone(), PerNeuron::Each(each));
        }
        population.kind = PopulationKind::Named { model: model.clone(), params };
        Ok(())
    }
}

/// A fitted cell lends its parameters to neurons.
struct Cell {
    file: PathBuf,
    /// The checkpoint has the neuron under this name.
    population: String,
    model: String,
    checkpoint: Checkpoint,
}

/// Returns parameters of which every one of `neurons` neurons has those of one of the cells, drawn at random. Fields
/// that a cell does not have keep their defaults.
fn sample(
    registry: &Registry,
    neurons: u64,
    fields: &[Field],
    cells: &mut [Cell],
    seed: Seed,
) -> Result<BTreeMap<String, PerNeuron>, BuildError> {
    let chosen: Vec<u64> = match cells.len() as u64 {
        0 => vec![],
        n => (0..neurons).map(|i| seed.at(i).below(n)).collect(),
    };
    let mut params = BTreeMap::new();
    for field in fields {
        let mut values = Vec::with_capacity(cells.len());
        for cell in cells.iter_mut() {
            let name = format!("param/{}/{}", cell.population, field.name);
            // A cell is fitted without receptors; only the fields of its own model come from its checkpoint.
            let fitted =
                self::fields(registry, &cell.model).is_some_and(|own| own.iter().any(|f| f.name == field.name));
            values.push(if fitted { cell.checkpoint.take_one::<f64>(&name)? } else { field.default });
        }
        let values = match values[..] {
            [] => PerNeuron::Same(field.default),
            [one] => PerNeuron::Same(one),
            _ => PerNeuron::Each(chosen.iter().map(|&c| values[c as usize]).collect()),
        };
        params.insert(field.name.to_string(), values);
    }
    Ok(params)
}

impl Given {
    /// Checks names and bounds against the fields of the model, and converts the values to its units.
    fn new(origin: &Origin, at: &str, config: &NeuronConfig, fields: &[Field]) -> Result<Self, ConfigError> {
        let field = |key: &str, param: &str| {
            let known = || fields.iter().map(|f| f.name.to_string());
            fields.iter().find(|f| f.name == param).ok_or_else(|| origin.unknown(key, param, known()))
        };
        let mut given = Self { params: vec![], uniform: vec![] };
        for (param, value) in &config.params {
            let key = format!("{at}.params.{param}");
            let field = field(&key, param)?;
            let (x, (low, high)) = (origin.quantity(&key, value, field.unit)?, field.bounds);
            if !(low..=high).contains(&x) {
                return Err(origin.error(&key, format!("{x} is not within {low} to {high} {}", field.unit)));
            }
            given.params.push((param.clone(), x));
        }
        for (param, [low, high]) in &config.uniform {
            let key = format!("{at}.uniform.{param}");
            let field = field(&key, param)?;
            let (low, high) = (origin.quantity(&key, low, field.unit)?, origin.quantity(&key, high, field.unit)?);
            let (least, most) = field.bounds;
            if !(least <= low && low <= high && high <= most) {
                let problem = format!("{low} to {high} is no range within {least} to {most} {}", field.unit);
                return Err(origin.error(&key, problem));
            }
            given.uniform.push((param.clone(), (low, high)));
        }
        Ok(given)
    }
}

/// Returns the parameters of a model, or an error at the key of the population.
fn known_fields(origin: &Origin, registry: &Registry, at: &str, model: &str) -> Result<&'static [Field], ConfigError> {
    fields(registry, model).ok_or_else(|| {
        let known = registry.iter().map(|c| c.name).chain([INPUT]);
        origin.unknown(&format!("{at}.model"), model, known)
    })
}

/// Returns the parameters of a model, with or without receptors; `None` where there is no such model.
fn fields(registry: &Registry, model: &str) -> Option<&'static [Field]> {
    registry.find(model).map(|c| c.param)
}

/// Returns whether `model` is the neuron model `neuron` with receptors.
fn extends(registry: &Registry, model: &str, neuron: &str) -> bool {
    let (Some(all), Some(own)) = (fields(registry, model), fields(registry, neuron)) else { return false };
    model.starts_with(&format!("{neuron}-")) && own.iter().all(|f| all.iter().any(|a| a.name == f.name))
}

/// Lists the checkpoints of fitted cells. A folder stands for all checkpoints in it and in its subfolders, in the order
/// of their names. Fails where there is none.
fn files(origin: &Origin, key: &str, given: &[PathBuf]) -> Result<Vec<PathBuf>, BuildError> {
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
            return Err(origin.error(&format!("{key}.cells"), problem).into());
        }
        all.extend(found);
    }
    Ok(all)
}
