//! This module turns an [`AnatomicalNetwork`] and the config into a running simulation of [`kernels::network`].
//!
//! Populations become cells, which are neurons with their receptors; those of the model `input` become sources. Each
//! projection is assigned the receptors that it acts on. A weight is a magnitude: where the receptor is a conductance,
//! the reversal potential gives the sign; where it is a current, the sign of the projection does.

mod cells;
mod inputs;
mod memory;
mod observe;
mod potentials;
mod spikes;
mod state;
pub(crate) mod synapses;

pub use cells::{InitialState, cell_of, neurons, unknown_parameter};
pub use memory::check as check_memory;
pub use observe::Observer;
pub use potentials::Potentials;
pub use spikes::{LoggedPopulation, SpikeLog, read_spikes};
pub use state::CellPopulations;

use crate::config::{SimulationConfig, SimulationSettings};
use crate::error::BuildError;
use crate::network::AnatomicalNetwork;
use crate::source::ExternalInput;
use brain_core::config::{ConfigError, Origin};
use brain_core::{Backend, CellPopulation, Seed};
use kernels::network as graph;

/// A simulation has these durations and intervals, in steps and ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// The simulation goes in steps of this time, ms.
    pub dt_ms: f64,
    /// The whole simulation takes this many steps.
    pub steps: u64,
    /// Statistics leave out this time at the start, ms.
    pub transient_ms: f64,
    /// A state is saved each time after this many steps; only the last one is where it is 0.
    pub save_every: u64,
    /// Spikes are counted in bins of this width, ms.
    pub bin_ms: f64,
    /// The Fano factor is computed from windows of this width, ms.
    pub window_ms: f64,
    /// The figures show this time at the end, ms; no figures are drawn where it is 0.
    pub raster_ms: f64,
}

impl Times {
    /// Checks the times of a config for a network of step `dt_ms`.
    pub(crate) fn new(s: &SimulationConfig, dt_ms: f64, origin: &Origin) -> Result<Self, ConfigError> {
        let ms = |key: &str, q, least: f64| {
            let key = format!("simulation.{key}");
            let x = origin.quantity(&key, q, "ms")?;
            // Steps beyond this are not told apart in double precision.
            let most = 1e15 * dt_ms;
            match (least..most).contains(&x) {
                true => Ok(x),
                // The key has its default, so the step is what was chosen.
                false if x < least && !origin.is_given(&key) => {
                    let problem =
                        format!("a step of {dt_ms} ms is longer than {key}, {x} ms; make it shorter, or that longer");
                    Err(origin.error("dt", problem))
                }
                false => Err(origin.error(&key, format!("{x} ms must be at least {least} ms and less than {most} ms"))),
            }
        };
        let duration = ms("duration", &s.duration, dt_ms)?;
        let times = Self {
            dt_ms,
            steps: (duration / dt_ms).round() as u64,
            transient_ms: ms("transient", &s.transient, 0.0)?,
            save_every: (ms("save_every", &s.save_every, 0.0)? / dt_ms).round() as u64,
            bin_ms: ms("bin", &s.bin, dt_ms)?,
            window_ms: ms("window", &s.window, dt_ms)?,
            raster_ms: ms("raster", &s.raster, 0.0)?,
        };
        if times.transient_ms >= duration {
            let problem = format!("{} ms of {duration} ms leave nothing to measure", times.transient_ms);
            return Err(origin.error("simulation.transient", problem));
        }
        Ok(times)
    }

    /// Returns the duration of the whole simulation, ms.
    pub fn duration_ms(&self) -> f64 {
        self.steps as f64 * self.dt_ms
    }
}

/// Returns for each population whether its spikes are recorded. Fails where a name is unknown.
pub fn recorded(settings: &SimulationSettings, network: &AnatomicalNetwork) -> Result<Vec<bool>, ConfigError> {
    let Some(names) = &settings.record else {
        return Ok(network.populations().map(|p| !p.is_input()).collect());
    };
    let mut recorded = vec![false; network.anatomy.len()];
    for name in names {
        recorded[find(&settings.origin, "simulation.record", network, name)?] = true;
    }
    Ok(recorded)
}

/// A network is ready to be simulated.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The neurons are tensors of parameters and of the state in which they begin.
    pub cells: CellPopulations,
    /// The simulator takes the numbers of these tensors, with sources, inputs and synapses.
    pub network: graph::Network,
}

/// Prepares the network that is simulated, with the cells, inputs and synapses of the config and the `external` inputs
/// of the source of the connectivity. The tensors of its populations have the device and precision of `backend`.
pub fn prepare(
    settings: &SimulationSettings,
    network: AnatomicalNetwork,
    external: &[ExternalInput],
    backend: &Backend,
) -> Result<Simulated, BuildError> {
    let seed = Seed::new(settings.seed).child("simulation");
    let neurons = cells::populations(settings, &network, seed, backend)?;
    let described = |(p, neurons): (&graph::Population, &Option<CellPopulation>)| match neurons {
        Some(neurons) => neurons.to_network(&p.name),
        None => Ok(p.clone()),
    };
    let populations = network.graph.populations.iter().zip(&neurons).map(described);
    let mut populations = populations.collect::<candle_core::Result<Vec<_>>>()?;
    let mut stimuli = inputs::add(settings, &network, seed, &mut populations)?;
    stimuli.extend(inputs::external(settings, &network, external, seed, &mut populations)?);
    let dt = network.graph.dt;
    let projections = synapses::projections(settings, network)?;
    let names = populations.iter().map(|p| p.name.clone());
    let cells = CellPopulations(names.zip(neurons).filter_map(|(name, n)| Some((name, n?))).collect());
    Ok(Simulated { cells, network: graph::Network { dt, populations, projections, stimuli } })
}

fn find(origin: &Origin, key: &str, network: &AnatomicalNetwork, name: &str) -> Result<usize, ConfigError> {
    let known = || network.graph.populations.iter().map(|p| p.name.clone());
    network.population(name).ok_or_else(|| origin.unknown(key, name, known()))
}
