//! This module stores a network as a checkpoint: one safetensors file that the next stage reads. `N` is the number of
//! neurons of a population, `S` the number of synapses of a projection.
//!
//! | tensor | type, shape |
//! |---|---|
//! | `param/<population>/<field>` | F64, `[1]` or `[N]` |
//! | `position/<population>` | F32, `[N, 3]`, mm |
//! | `weight/<projection>` | F32, `[S]`, magnitudes |
//! | `edge/<projection>/{pre,post}` | U32, `[S]`, sorted by both |
//! | `edge/<projection>/delay` | U32, `[1]` or `[S]`, steps |
//! | `edge/<projection>/plastic` | U32, `[S]`, 1 where the magnitude may be learnt; absent where all may |
//! | `readout/<population>` | F32, `[N, output]`, of a trained network |
//!
//! Names, sizes, signs, models, areas and labels are in the note `network` of the metadata; the files that the network
//! was read from are in its lineage.

use crate::network::{
    AnatomicalNetwork, AnatomicalPopulation, Anatomy, Delays, Edges, INPUT, NetworkError, Population, Projection,
    Segment, Sign,
};
use brain_core::Checkpoint;
use brain_core::checkpoint::{Array, ArrayData, CheckpointError, CheckpointKind, FieldInfo, Meta, ModelInfo};
use brain_core::cli::{Fault, Faulty};
use kernels::network::{PopulationKind, Weights};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A training adds tensors with this prefix to the network: the weights of the readout of each population, `[neuron,
/// output]`.
pub const READOUT: &str = "readout/";

/// This note of the metadata describes the network.
const NOTE: &str = "network";

#[derive(Serialize, Deserialize)]
struct Note {
    dt_ms: f64,
    populations: Vec<PopulationNote>,
    projections: Vec<ProjectionNote>,
}

#[derive(Serialize, Deserialize)]
struct PopulationNote {
    name: String,
    size: u32,
    sign: Sign,
    model: String,
    areas: Vec<Segment>,
    labels: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ProjectionNote {
    name: String,
    source: String,
    target: String,
}

/// A network cannot be stored in a checkpoint or read from one for one of these reasons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The checkpoint cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint holds no network, or its tensors do not fit each other.
    #[error("{file}: {problem}")]
    Content {
        /// The checkpoint is this file.
        file: String,
        /// This says what is wrong.
        problem: String,
    },
    /// The network is inconsistent.
    #[error("{file}: {cause}")]
    Network {
        /// The checkpoint is this file.
        file: String,
        /// This error says what is inconsistent.
        cause: NetworkError,
    },
}

impl Faulty for LoadError {
    fn fault(&self) -> Fault {
        match self {
            Self::Checkpoint(error) => error.fault(),
            Self::Content { .. } | Self::Network { .. } => Fault::Input,
        }
    }
}

impl AnatomicalNetwork {
    /// Returns what the metadata of a checkpoint say of the models of the populations, as far as `cells` has them.
    pub fn models(&self, cells: &kernels::Registry) -> Vec<ModelInfo> {
        self.populations().filter_map(|p| model(p, cells)).collect()
    }

    /// Turns the network into a checkpoint with the given metadata, [`AnatomicalNetwork::models`] among them. Arrays
    /// are moved rather than copied where their types allow it. Fails where the note cannot be serialised or a tensor
    /// has not the shape of its data.
    pub fn into_checkpoint(self, meta: Meta) -> Result<Checkpoint, LoadError> {
        let mut checkpoint = Checkpoint::default();
        checkpoint.meta = meta;
        let name = |k: usize| self.graph.populations.get(k).map_or(String::new(), |p| p.name.clone());
        let projection =
            |p: &Projection| ProjectionNote { name: p.name.clone(), source: name(p.pre), target: name(p.post) };
        let population = |p: AnatomicalPopulation| PopulationNote {
            name: p.name().into(),
            size: p.size(),
            sign: p.sign(),
            model: p.model().into(),
            areas: p.anatomy.segments.clone(),
            labels: p.anatomy.labels.clone(),
        };
        let note = Note {
            dt_ms: self.graph.dt,
            populations: self.populations().map(population).collect(),
            projections: self.graph.projections.iter().map(projection).collect(),
        };
        let note = serde_json::to_value(note)
            .map_err(|e| LoadError::Content { file: "checkpoint".into(), problem: e.to_string() })?;
        checkpoint.meta.notes.insert(NOTE.into(), note);
        let mut add = |name: String, shape: Vec<usize>, data: ArrayData| -> Result<(), CheckpointError> {
            checkpoint.insert(name, Array::new(shape, data)?);
            Ok(())
        };
        for (p, Anatomy { positions, .. }) in self.graph.populations.into_iter().zip(self.anatomy) {
            if let PopulationKind::Named { params, .. } = p.kind {
                for (field, values) in params {
                    let values = values.into_vec();
                    add(format!("param/{}/{field}", p.name), vec![values.len()], values.into())?;
                }
            }
            if !positions.is_empty() {
                let flat: Vec<f32> = positions.iter().flatten().copied().collect();
                add(format!("position/{}", p.name), vec![positions.len(), 3], flat.into())?;
            }
        }
        for p in self.graph.projections {
            let n = p.synapses();
            let mut pre: Vec<u32> = Vec::with_capacity(n);
            (0..p.rows()).for_each(|i| pre.extend(p.row(i).map(|_| i as u32)));
            let delays = match p.edges.delays {
                Delays::Uniform(d) => vec![u32::from(d)],
                Delays::Each(d) => d.into_iter().map(u32::from).collect(),
            };
            add(format!("edge/{}/pre", p.name), vec![n], pre.into())?;
            add(format!("edge/{}/post", p.name), vec![n], p.edges.targets.into())?;
            add(format!("edge/{}/delay", p.name), vec![delays.len()], delays.into())?;
            add(format!("weight/{}", p.name), vec![n], p.edges.weights.into_vec(n).into())?;
            if let Some(plastic) = p.plastic {
                let flags: Vec<u32> = plastic.into_iter().map(u32::from).collect();
                add(format!("edge/{}/plastic", p.name), vec![n], flags.into())?;
            }
        }
        Ok(checkpoint)
    }

    /// Takes the network out of a checkpoint. Tensors that are not part of the network stay in the checkpoint. Fails
    /// where there is no network, where tensors are missing or of another shape, and where [`AnatomicalNetwork::check`]
    /// does.
    pub fn from_checkpoint(checkpoint: &mut Checkpoint) -> Result<Self, LoadError> {
        let file = checkpoint.file().display().to_string();
        let wrong = |problem: String| LoadError::Content { file: file.clone(), problem };
        let note = checkpoint.meta.notes.get(NOTE).cloned();
        checkpoint.expect(&[CheckpointKind::Network, CheckpointKind::TrainedNetwork])?;
        let note = note.ok_or_else(|| wrong("holds no network".into()))?;
        let note: Note = serde_json::from_value(note).map_err(|e| wrong(format!("the note `network`: {e}")))?;
        let mut network = AnatomicalNetwork::new(note.dt_ms);
        for p in note.populations {
            let mut anatomy = Anatomy { segments: p.areas, labels: p.labels, ..Anatomy::of(p.sign) };
            let mut params = BTreeMap::new();
            let prefix = format!("param/{}/", p.name);
            let fields: Vec<String> =
                checkpoint.names().filter(|n| n.starts_with(&prefix)).map(str::to_owned).collect();
            for name in fields {
                let len = checkpoint.get(&name).map_or(0, |a| a.shape().iter().product());
                params.insert(name[prefix.len()..].to_owned(), checkpoint.take::<f64>(&name, &[len])?.into());
            }
            let name = format!("position/{}", p.name);
            if checkpoint.get(&name).is_some() {
                let flat = checkpoint.take::<f32>(&name, &[p.size as usize, 3])?;
                anatomy.positions = flat.as_chunks::<3>().0.to_vec();
            }
            let mut population = Population::sources(p.name, p.size as usize);
            if p.model != INPUT {
                population.kind = PopulationKind::Named { model: p.model, params };
            }
            network.add(population, anatomy);
        }
        for p in note.projections {
            let find = |name: &str| {
                network
                    .population(name)
                    .ok_or_else(|| wrong(format!("projection `{}`: no population `{name}`", p.name)))
            };
            let (source, target) = (find(&p.source)?, find(&p.target)?);
            let projection = take(checkpoint, &network, p.name, (source, target), &file)?;
            network.graph.projections.push(projection);
        }
        network.check().map_err(|cause| LoadError::Network { file, cause })?;
        Ok(network)
    }
}

fn take(
    checkpoint: &mut Checkpoint,
    network: &AnatomicalNetwork,
    name: String,
    (source, target): (usize, usize),
    file: &str,
) -> Result<Projection, LoadError> {
    let size = |c: &Checkpoint, tensor: &str| c.get(tensor).map_or(0, |a| a.shape().iter().product());
    let weight = format!("weight/{name}");
    let n: usize = size(checkpoint, &weight);
    let weights = checkpoint.take::<f32>(&weight, &[n])?;
    let pre = checkpoint.take::<u32>(&format!("edge/{name}/pre"), &[n])?;
    let targets = checkpoint.take::<u32>(&format!("edge/{name}/post"), &[n])?;
    let delay = format!("edge/{name}/delay");
    let len = if size(checkpoint, &delay) == 1 { 1 } else { n };
    let steps = checkpoint.take::<u32>(&delay, &[len])?;
    let wrong = |problem: String| LoadError::Content { file: file.into(), problem: format!("edge/{name}: {problem}") };
    let short =
        |d: u32| u16::try_from(d).map_err(|_| wrong(format!("a delay of {d} steps; the longest is {}", u16::MAX)));
    let steps = steps.into_iter().map(short).collect::<Result<Vec<_>, _>>()?;
    // A single synapse may have been written in either form; they mean the same.
    let delays = if steps.len() == 1 { Delays::Uniform(steps[0]) } else { Delays::Each(steps) };
    let plastic = format!("edge/{name}/plastic");
    let plastic = match checkpoint.get(&plastic) {
        Some(_) => Some(checkpoint.take::<u32>(&plastic, &[n])?.into_iter().map(|p| p != 0).collect()),
        None => None,
    };
    let population = network.at(source);
    let rows = population.size() as usize;
    if let Some(k) = (0..n).find(|&k| pre[k] as usize >= rows || k > 0 && pre[k - 1] > pre[k]) {
        return Err(wrong(format!(
            "synapse {k} is of neuron {}; they are sorted by presynaptic neuron, of {rows}",
            pre[k]
        )));
    }
    let mut offsets = vec![0u64; rows + 1];
    pre.iter().for_each(|&i| offsets[i as usize + 1] += 1);
    (0..rows).for_each(|i| offsets[i + 1] += offsets[i]);
    let edges = Edges { starts: offsets, targets, weights: Weights::Each(weights), delays };
    Ok(Projection { name, pre: source, post: target, sign: population.sign(), edges, plastic, ..Projection::default() })
}

fn model(p: AnatomicalPopulation, cells: &kernels::Registry) -> Option<ModelInfo> {
    let cell = cells.find(p.model())?;
    Some(ModelInfo {
        population: p.name().into(),
        model: cell.name.into(),
        doi: cell.source.into(),
        params: cell.param.iter().map(FieldInfo::from).collect(),
        states: cell.state.iter().map(FieldInfo::from).collect(),
    })
}
