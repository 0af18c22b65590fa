//! From a config to a network.

use super::check::{quantity, step, weights, within};
use super::rules::rules;
use super::table::probabilities;
use super::{BuildError, NetConfig, Source, neurons};
use crate::area::{AreaMatrix, AreaNetwork, Generator, Local, LongRange};
use crate::connectome::sonata::{Circuit, SonataOptions};
use crate::connectome::{EdgeList, EdgeOptions, NeuronTable, area_sizes};
use crate::network::Network;
use brain_core::Seed;
use brain_core::config::Config;
use std::path::PathBuf;

/// A network and what went into it.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// The network.
    pub network: Network,
    /// The areas it was made of, where there are any.
    pub areas: Option<AreaMatrix>,
    /// Files by role: `connectome`, `areas`, `mask`, `parent`.
    pub files: Vec<(&'static str, PathBuf)>,
    /// What a user should know.
    pub notes: Vec<String>,
}

/// Builds the network of a config; paths in it must be absolute or relative to the working folder.
pub fn assemble(config: &Config<NetConfig>) -> Result<Assembled, BuildError> {
    let c = &config.value;
    let seed = Seed::new(c.seed);
    let mut all = match c.source {
        Source::Marmoset => marmoset(config, seed)?,
        Source::Matrix => {
            let mut all = of_areas(config, c.matrix.read()?, seed)?;
            let more = [&c.matrix.distances, &c.matrix.coordinates].into_iter().flatten();
            all.files.extend([&c.matrix.fln].into_iter().chain(more).map(|f| ("connectome", f.clone())));
            all
        }
        Source::Edges => edges(config)?,
        Source::Sonata => {
            let circuit = Circuit::read(&c.sonata.config)?;
            let delay_ms = quantity(config, "sonata.delay", &c.sonata.delay, "ms")?;
            let options = SonataOptions { dt_ms: step(config)?, delay_ms, scale: c.sonata.scale };
            within(config, "sonata.scale", c.sonata.scale, 0.0, f64::MAX)?;
            let network = circuit.network(options)?;
            let files = circuit.files.into_iter().map(|f| ("connectome", f)).collect();
            Assembled { network, files, ..Assembled::default() }
        }
        Source::Probabilities => probabilities(config, seed)?,
        Source::Rules => {
            let files = c.projections.iter().filter_map(|p| p.mask.clone()).map(|f| ("mask", f)).collect();
            Assembled { network: rules(config, seed)?, files, ..Assembled::default() }
        }
    };
    for (k, name) in c.fixed.iter().enumerate() {
        let known: Vec<_> = all.network.projections.iter().map(|p| p.name.clone()).collect();
        let Some(p) = all.network.projections.iter_mut().find(|p| p.name == *name) else {
            return Err(config.unknown(&format!("fixed.{k}"), name, known).into());
        };
        p.plastic = Some(vec![false; p.synapses()]);
    }
    neurons::add(config, &mut all, seed)?;
    if let Some(ratio) = c.balance {
        let left = all.network.balance(ratio)?;
        if left > 0 {
            all.notes.push(format!("{left} neurons have no excitatory or no inhibitory input and are not balanced"));
        }
    }
    Ok(all)
}

fn marmoset(config: &Config<NetConfig>, seed: Seed) -> Result<Assembled, BuildError> {
    let m = &config.value.marmoset;
    for (key, x, low, high) in [
        ("marmoset.areas", m.areas as f64, 2.0, 10_000.0),
        ("marmoset.density", m.density, 0.0, 1.0),
        ("marmoset.lambda", m.lambda, 0.0, 100.0),
        ("marmoset.sigma", m.sigma, 0.0, 20.0),
        ("marmoset.reciprocity", m.reciprocity, 0.0, 1.0),
    ] {
        within(config, key, x, low, high)?;
    }
    let (areas, density, lambda, sigma, reciprocity) = (m.areas, m.density, m.lambda, m.sigma, m.reciprocity);
    let generator = Generator { areas, density, lambda, sigma, reciprocity, ..Generator::default() };
    of_areas(config, generator.generate(seed), seed)
}

fn of_areas(config: &Config<NetConfig>, areas: AreaMatrix, seed: Seed) -> Result<Assembled, BuildError> {
    let a = &config.value.areas;
    within(config, "areas.excitatory", a.excitatory, 0.0, 1.0)?;
    let (l, r) = (&a.local, &a.long_range);
    let plan = AreaNetwork {
        neurons: sizes(config, &areas)?,
        excitatory: a.excitatory,
        dt_ms: step(config)?,
        local: Local {
            excitatory: l.excitatory,
            inhibitory: l.inhibitory,
            excitatory_weights: weights(config, "areas.local.excitatory_weight", &l.excitatory_weight)?,
            inhibitory_weights: weights(config, "areas.local.inhibitory_weight", &l.inhibitory_weight)?,
            delay_ms: quantity(config, "areas.local.delay", &l.delay, "ms")?,
        },
        long_range: LongRange {
            to_excitatory: r.to_excitatory,
            to_inhibitory: r.to_inhibitory,
            weights: weights(config, "areas.long_range.weight", &r.weight)?,
            delay_ms: quantity(config, "areas.long_range.delay", &r.delay, "ms")?,
            velocity: quantity(config, "areas.long_range.velocity", &r.velocity, "mm/ms")?,
        },
    };
    let network = plan.build(&areas, seed)?;
    let files = a.sizes_file.iter().map(|f| ("areas", f.clone())).collect();
    let mut notes = vec![];
    if areas.distance_mm.is_empty() {
        notes.push("no distances or coordinates: long-range delays do not depend on distance".into());
    }
    Ok(Assembled { network, areas: Some(areas), files, notes })
}

/// Neurons of each area.
fn sizes(config: &Config<NetConfig>, areas: &AreaMatrix) -> Result<Vec<u32>, BuildError> {
    let (a, n) = (&config.value.areas, areas.areas());
    match (&a.sizes_file, &a.sizes[..]) {
        (Some(_), [_, ..]) => Err(config.error("areas.sizes", "there is `sizes_file` too; drop one of them").into()),
        (Some(file), []) => Ok(area_sizes(file, &areas.names)?),
        (None, []) => Ok(vec![a.neurons_per_area; n]),
        (None, sizes) if sizes.len() != n => {
            let problem = format!("{} sizes for {n} areas; give one an area, in the order of the matrix", sizes.len());
            Err(config.error("areas.sizes", problem).into())
        }
        (None, sizes) => match sizes.iter().position(|size| *size == 0) {
            Some(k) => Err(config.error(&format!("areas.sizes.{k}"), "an area has at least 1 neuron").into()),
            None => Ok(sizes.to_vec()),
        },
    }
}

fn edges(config: &Config<NetConfig>) -> Result<Assembled, BuildError> {
    let e = &config.value.edges;
    let table = e.neurons.as_ref().map(|f| NeuronTable::read(f, e.id.as_deref(), e.sign.as_deref())).transpose()?;
    let list = EdgeList::read(&e.file, &e.columns, table.as_ref())?;
    within(config, "edges.scale", e.scale, 0.0, f64::MAX)?;
    let options = EdgeOptions {
        dt_ms: step(config)?,
        kinds: e.types.clone(),
        inhibitory: e.inhibitory.clone(),
        scale: e.scale,
        delay_ms: quantity(config, "edges.delay", &e.delay, "ms")?,
    };
    let network = list.network(&options)?;
    let mut notes = vec![];
    let left_out = list.edges.len() as u64 - network.synapses();
    if left_out > 0 {
        notes.push(format!("{left_out} of {} edges are of other types and are left out", list.edges.len()));
    }
    let files = [Some(&e.file), e.neurons.as_ref()].into_iter().flatten().map(|f| ("connectome", f.clone())).collect();
    Ok(Assembled { network, files, notes, ..Assembled::default() })
}
