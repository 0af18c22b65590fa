//! [`Wiring`] joins a network, a task and a readout to the circuit that is trained.

use crate::TrainError;
use crate::config::ReadoutKind;
use crate::settings::TrainSettings;
use brain_core::config::{ConfigError, Origin};
use brain_core::{Backend, Seed};
use brain_net::WeightDistribution as Draw;
use brain_net::checkpoint::READOUT as PREFIX;
use brain_net::network::{AnatomicalNetwork, AnatomicalPopulation, Delays, Edges, Projection};
use brain_net::simulate::{InitialState, cell_of, neurons, unknown_parameter};
use kernels::equations::Field;
use kernels::network::bptt::Circuit;
use kernels::network::online::is_readout;
use kernels::network::{self as graph, PerNeuron};
use kernels::{Cell, Registry, Use};
use std::ops::Range;
use std::sync::Arc;

/// The readout has this name as a population.
pub const READOUT: &str = "readout";

/// These weights are learnt together.
#[derive(Clone, Debug)]
pub struct Learnt {
    /// The checkpoint has them under this name: `weight/<projection>` or `readout/<population>`.
    pub name: String,
    /// They have these indices among the circuit's weights; it is empty for a readout that is not part of it.
    pub range: Range<usize>,
    /// They have these initial values: magnitudes, or readout weights as they are.
    pub initial: Vec<f32>,
    /// Magnitudes have this sign in the circuit, and the factor of the receptor; it is `None` for readout weights,
    /// which have signs of their own.
    pub factor: Option<f64>,
    /// This is 1 where learning may change the weight, else 0; learning may change all where it is `None`.
    pub plastic: Option<Vec<f32>>,
}

/// These synapses bring the task's channels.
#[derive(Clone, Debug)]
pub struct InputProjection {
    /// They come to the population of this index.
    pub group: usize,
    /// They act on this input of that population.
    pub input: &'static str,
    /// They have these indices among the circuit's weights.
    pub range: Range<usize>,
    /// Each synapse is at `channel N + neuron`, where `N` is the number of neurons of that population.
    pub places: Vec<u32>,
}

/// A wiring has everything that a circuit needs to run but the weights, which are learnt.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The circuit has the populations of the network in their order, then a leaky readout where there is one.
    pub circuit: Arc<Circuit>,
    /// The neurons of these populations are tensors, on the processor in double precision: parameters, and the state in
    /// which a trial begins. It is `None` for those that replay spikes.
    pub populations: Vec<Option<brain_core::CellPopulation>>,
    /// The population of this index replays the task's spikes.
    pub input: usize,
    /// That population has these projections.
    pub input_projections: Vec<InputProjection>,
    /// These weights are learnt: those of the network's projections, then the readout's.
    pub learnt: Vec<Learnt>,
    /// The populations of these indices are read.
    pub read: Vec<usize>,
    /// The network goes in steps of this time, ms.
    pub dt_ms: f64,
}

/// Returns the cell of a population's neurons, compiled for training; `None` where they only replay spikes. Fails, in
/// words, where there is no such cell.
fn trainable(cells: &Registry, p: AnatomicalPopulation, receptors: &str) -> Result<Option<&'static Cell>, String> {
    if p.is_input() {
        return Ok(None);
    }
    let receptors = if receptors.is_empty() { "cond-exp" } else { receptors };
    let name = cell_of(cells, p.model(), receptors).map_or(p.model(), |c| c.name);
    let found = cells.find_for(name, Use::Train).ok_or_else(|| {
        let known: Vec<_> = cells.cells(Use::Train).filter(|c| !c.readout).map(|c| c.name).collect();
        let of = if p.model().is_empty() { "without a model" } else { name };
        format!(
            "population `{}` is {of}; networks can be trained of {}: give it one of them under `neurons` of the \
             network's config, or choose network.receptors",
            p.name(),
            known.join(", ")
        )
    });
    found.map(Some)
}

/// Makes the neurons of a population at rest; `None` where they only replay spikes.
fn at_rest(
    cells: &Registry,
    p: AnatomicalPopulation,
    origin: &Origin,
    receptors: &str,
) -> Result<Option<brain_core::CellPopulation>, TrainError> {
    let wrong = |problem: String| origin.error("network.file", problem);
    let Some(cell) = trainable(cells, p, receptors).map_err(wrong)? else { return Ok(None) };
    if let Some(name) = unknown_parameter(p.neurons, cell) {
        let known: Vec<_> = cell.param.iter().map(|f| &*f.name).collect();
        let problem = format!(
            "`{}` has the parameter `{name}`, which `{}` lacks; it has {}",
            p.name(),
            cell.name,
            known.join(", ")
        );
        return Err(wrong(problem).into());
    }
    Ok(Some(neurons(p.neurons, cell, InitialState::AtRest, &Backend::default())?))
}

/// Describes a population for the circuit: cells with the numbers of `neurons`, or sources where there are none.
fn described(
    name: &str,
    size: usize,
    neurons: Option<&brain_core::CellPopulation>,
) -> Result<graph::Population, TrainError> {
    match neurons {
        Some(neurons) => Ok(neurons.to_network(name)?),
        None => Ok(graph::Population::sources(name, size)),
    }
}

impl Wiring {
    /// Joins `network`, whose models are looked up in `cells`, to the channels and to a readout of the outputs that the task
    /// of the settings has. Neurons without receptors of their own get `receptors`.
    pub fn new(
        network: &AnatomicalNetwork,
        cells: &Registry,
        settings: &TrainSettings,
        receptors: &str,
    ) -> Result<Self, TrainError> {
        let (outputs, seed) = (settings.task.shape().outputs(), Seed::new(settings.schedule.seed));
        let (readout, origin) = (&settings.readout, &settings.origin);
        let wrong = |problem: &dyn std::fmt::Display| origin.error("network.file", problem);
        let input = input(network, settings)?;
        let own = network.populations().enumerate();
        let own = own.map(|(k, p)| if k == input { Ok(None) } else { at_rest(cells, p, origin, receptors) });
        let mut populations = own.collect::<Result<Vec<_>, _>>()?;
        let own = network.graph.populations.iter().zip(&populations);
        let own = own.map(|(p, neurons)| described(&p.name, p.neurons, neurons.as_ref()));
        let mut graph = own.collect::<Result<Vec<_>, _>>()?;
        let (mut projections, mut learnt, mut input_projections, mut at) = (vec![], vec![], vec![], 0);
        for p in network.graph.projections.iter().filter(|p| p.synapses() > 0) {
            let Some(cell) = graph[p.post].cell() else {
                let problem =
                    format!("projection `{}` goes to `{}`, which only replays spikes", p.name, graph[p.post].name);
                return Err(wrong(&problem).into());
            };
            let (to, factor) = p.input(cell).map_err(|e| wrong(&e))?;
            let n = p.synapses();
            if p.pre == input {
                let width = graph[p.post].neurons;
                let place = |c: usize| p.edges.targets[p.row(c)].iter().map(move |t| (c * width) as u32 + t);
                let places = (0..p.rows()).flat_map(place).collect();
                input_projections.push(InputProjection {
                    group: p.post,
                    input: &cell.input[to].name,
                    range: at..at + n,
                    places,
                });
            }
            learnt.push(Learnt {
                name: format!("weight/{}", p.name),
                range: at..at + n,
                initial: p.magnitudes().into_owned(),
                factor: Some(factor),
                plastic: p.plastic.as_ref().map(|all| all.iter().map(|&x| f32::from(u8::from(x))).collect()),
            });
            at += n;
            projections.push(p.clone());
        }
        let read = read(network, input, settings)?;
        let fan_in: u32 = read.iter().map(|&k| network.at(k).size()).sum();
        let draw = Draw::FanIn { scale: readout.scale, fan_in: Some(f64::from(fan_in)) };
        let leaky = cells.cells(Use::Train).find(|c| c.readout).filter(|_| readout.kind == ReadoutKind::Rate);
        for &k in &read {
            let p = network.at(k);
            let name = format!("{PREFIX}{}", p.name());
            let n = p.size() as usize * outputs;
            let seed = seed.child("readout").child(p.name());
            let mut sign = seed.child("sign").at(0);
            let magnitudes = draw.draw(&[0, n as u64], 0.0, seed);
            let initial = magnitudes.into_iter().map(|w| if sign.bernoulli(0.5) { w } else { -w }).collect();
            let range = if leaky.is_some() { at..at + n } else { at..at };
            at = range.end;
            learnt.push(Learnt { name, range, initial, factor: None, plastic: None });
            if leaky.is_some() {
                let edges = Edges::dense(p.size() as usize, outputs, Delays::Uniform(0));
                let name = format!("{READOUT}-{}", p.name());
                projections.push(Projection::new(name, k, network.anatomy.len(), 0, edges));
            }
        }
        if let Some(leaky) = leaky {
            let readout = readout_neurons(leaky, outputs, readout.tau_ms)?;
            graph.push(described(READOUT, outputs, Some(&readout))?);
            populations.push(Some(readout));
        }
        let circuit = graph::Network::new(network.graph.dt, graph, projections);
        let circuit = Arc::new(Circuit::new(circuit).map_err(|e| wrong(&e))?);
        Ok(Self { circuit, populations, input, input_projections, learnt, read, dt_ms: network.graph.dt })
    }

    /// Returns the index of the leaky readout's group.
    pub fn readout(&self) -> Option<usize> {
        self.circuit.populations().iter().position(is_readout)
    }
}

fn input(network: &AnatomicalNetwork, settings: &TrainSettings) -> Result<usize, ConfigError> {
    let (origin, channels) = (&settings.origin, settings.task.shape().channels());
    let names = || network.populations().map(|p| format!("`{}`", p.name())).collect::<Vec<_>>().join(", ");
    let name = settings.network.input.as_deref();
    let found = match name {
        None => network.populations().position(|p| p.is_input()),
        Some(name) => network.population(name),
    };
    let found = found.ok_or_else(|| {
        let what = name.map_or("no population of the model `input`".into(), |name| format!("no population `{name}`"));
        let problem = format!("the network has {what} to bring the task's spikes; it has {}. Name one here", names());
        origin.error("network.input", problem)
    })?;
    let p = network.at(found);
    match p.size() as usize == channels {
        true => Ok(found),
        false => {
            let problem = format!(
                "the task has {channels} channels and `{}` of the network has {} neurons; make them equal: `size` of the \
                 population in the network's config, or the channels of the task",
                p.name(),
                p.size()
            );
            Err(origin.error("task", problem))
        }
    }
}

/// Makes leaky readouts with a time constant of `tau_ms`, which is the config's to check.
fn readout_neurons(
    leaky: &'static Cell,
    outputs: usize,
    tau_ms: f64,
) -> candle_core::Result<brain_core::CellPopulation> {
    let same = |fields: &[Field]| fields.iter().map(|f| PerNeuron::Same(f.default)).collect::<Vec<_>>();
    let mut params = same(leaky.param);
    if let Some(tau) = leaky.parameter("tau") {
        params[tau] = PerNeuron::Same(tau_ms);
    }
    brain_core::CellPopulation::from_rows(leaky.into(), outputs, &params, &same(leaky.state), &Backend::default())
}

/// Finds the populations that are read, by index.
fn read(network: &AnatomicalNetwork, input: usize, settings: &TrainSettings) -> Result<Vec<usize>, ConfigError> {
    let names = &settings.readout.from;
    if names.is_empty() {
        return Ok((0..network.anatomy.len()).filter(|&k| k != input && !network.at(k).is_input()).collect());
    }
    let one = |(at, name): (usize, &String)| {
        let found = network.population(name).filter(|&k| !network.at(k).is_input() && k != input);
        found.ok_or_else(|| {
            let known = network.populations().filter(|p| !p.is_input()).map(|p| p.name());
            settings.origin.unknown(&format!("readout.from.{at}"), name, known)
        })
    };
    names.iter().enumerate().map(one).collect()
}
