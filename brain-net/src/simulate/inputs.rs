//! This module turns inputs from outside into stimuli of the simulator.

use super::{cells, find, synapses};
use crate::config::{InputSettings, SimulationSettings};
use crate::error::BuildError;
use crate::input::{InputDrive, InputTarget};
use crate::network::{AnatomicalNetwork, Sign};
use crate::source::ExternalInput;
use brain_core::Seed;
use brain_core::config::ConfigError;
use kernels::network::{PerNeuron, Population, PopulationKind, Stimulus, StimulusKind};
use std::ops::Range;

/// Adds the inputs of the config to the populations. Inputs that act on a receptor or change in time are returned as
/// stimuli.
pub(super) fn add(
    settings: &SimulationSettings,
    network: &AnatomicalNetwork,
    seed: Seed,
    populations: &mut [Population],
) -> Result<Vec<Stimulus>, BuildError> {
    let (origin, mut stimuli) = (&settings.origin, vec![]);
    for (k, given) in settings.inputs.iter().enumerate() {
        let k_population = find(origin, &format!("{}.to", given.at), network, &given.to)?;
        let population = network.at(k_population);
        let cell = if population.is_input() { None } else { Some(cells::of(settings, population)?) };
        let neurons = neurons(settings, network, k_population, given)?;
        let (dt_ms, steps) = (settings.times.dt_ms, settings.times.steps);
        let target = InputTarget { origin, at: &given.at, population, neurons, cell, dt_ms, steps };
        let seed = seed.child("input").nth(k as u64);
        let stimulus = |input, signal| Stimulus { name: given.at.clone(), population: k_population, input, signal };
        match given.input.drive(&target, seed)? {
            InputDrive::Events { input, rate_hz, weight } => {
                let signal = StimulusKind::Poisson { rate: rate_hz, weight, key: seed.key() };
                stimuli.push(stimulus(input, signal));
            }
            InputDrive::Constant { current } => add_current(&mut populations[k_population], current, target.neurons),
            InputDrive::Series { input, samples, every } => {
                stimuli.push(stimulus(input, StimulusKind::Series { samples, every: every as usize }));
            }
            InputDrive::Rates { rate_hz } => {
                populations[k_population].kind = PopulationKind::Poisson { rate: rate_hz, key: seed.key() };
            }
            InputDrive::Spikes { times } => populations[k_population].kind = PopulationKind::Spikes { times },
        }
    }
    Ok(stimuli)
}

/// Adds the external inputs that the source of the connectivity defines. Poisson events are returned as stimuli.
pub(super) fn external(
    settings: &SimulationSettings,
    network: &AnatomicalNetwork,
    external: &[ExternalInput],
    seed: Seed,
    populations: &mut [Population],
) -> Result<Vec<Stimulus>, BuildError> {
    let mut stimuli = vec![];
    for e in external {
        let population = find(&settings.origin, "source", network, &e.population)?;
        let cell = cells::of(settings, network.at(population))?;
        if e.rate_hz > 0.0 {
            let receptor = cell.fast_receptor(Sign::Excitatory).unwrap_or_default();
            let (input, _) = synapses::place(&settings.origin, "source", cell, receptor, Sign::Excitatory)?;
            let rate = PerNeuron::Same(e.rate_hz);
            let key = seed.child("external").child(&e.population).key();
            let signal = StimulusKind::Poisson { rate, weight: e.weight, key };
            stimuli.push(Stimulus { name: format!("external to {}", e.population), population, input, signal });
        }
        add_current(&mut populations[population], e.current, 0..network.at(population).size() as usize);
    }
    Ok(stimuli)
}

/// Returns the neurons of a population that an input reaches. Fails where the population lacks the area of the input.
fn neurons(
    settings: &SimulationSettings,
    network: &AnatomicalNetwork,
    population: usize,
    input: &InputSettings,
) -> Result<Range<usize>, ConfigError> {
    let p = network.at(population);
    let Some(area) = &input.area else { return Ok(0..p.size() as usize) };
    match p.anatomy.segments.iter().find(|s| s.name == *area) {
        Some(s) => Ok(s.start as usize..s.end as usize),
        None => {
            let known = p.anatomy.segments.iter().map(|s| s.name.clone());
            Err(settings.origin.unknown(&format!("{}.area", input.at), area, known))
        }
    }
}

/// Adds a constant to the current of some neurons.
fn add_current(population: &mut Population, current: f64, neurons: Range<usize>) {
    let PopulationKind::Cells { cell, drive, .. } = &mut population.kind else { return };
    let (drive, n) = (&mut drive[cell.input("i").unwrap_or(0)], population.neurons);
    match drive {
        PerNeuron::Same(x) if neurons.len() == n => *x += current,
        PerNeuron::Same(x) => {
            let at = |k: usize| if neurons.contains(&k) { *x + current } else { *x };
            *drive = PerNeuron::Each((0..n).map(at).collect());
        }
        PerNeuron::Each(x) => x[neurons].iter_mut().for_each(|x| *x += current),
    }
}
