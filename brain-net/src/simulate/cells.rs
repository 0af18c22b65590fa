//! This module gives populations their cell models, and makes tensors of their parameters and initial states.

use crate::config::SimulationSettings;
use crate::error::BuildError;
use crate::network::{AnatomicalNetwork, AnatomicalPopulation, INPUT};
use brain_core::config::ConfigError;
use brain_core::{Backend, Seed};
use kernels::equations::Field;
use kernels::network::{PerNeuron, Population, PopulationKind};
use kernels::{Cell, Registry, Use};

/// Populations without a model have this neuron model.
const NEURON: &str = "lif";

/// The time constants of rise and decay differ by at least this much, relative to the decay; nearer ones cancel in
/// single precision.
const APART: f64 = 1e-3;

/// Returns the cell of a model: the model itself where it has receptors, else its combination with `receptors`.
pub fn cell_of(cells: &Registry, model: &str, receptors: &str) -> Option<&'static Cell> {
    let neuron = if model.is_empty() { NEURON } else { model };
    // A neuron without receptors has one input, the current.
    let whole = cells.find_for(neuron, Use::Network).filter(|c| c.input.len() > 1);
    whole.or_else(|| cells.find_for(&format!("{neuron}-{receptors}"), Use::Network))
}

pub(super) fn of(settings: &SimulationSettings, p: AnatomicalPopulation) -> Result<&'static Cell, ConfigError> {
    let SimulationSettings { cells, receptors, origin, .. } = settings;
    cell_of(cells, p.model(), receptors).ok_or_else(|| {
        let neuron = if p.model().is_empty() { NEURON } else { p.model() };
        let prefix = format!("{neuron}-");
        let known: Vec<_> = cells.cells(Use::Network).map(|c| c.name).filter(|n| n.starts_with(&prefix)).collect();
        match known.is_empty() {
            true => {
                let known = cells.cells(Use::Network).filter(|c| c.input.len() > 1).map(|c| c.name).chain([INPUT]);
                origin.unknown(&format!("neurons.{}.model", p.name()), p.model(), known)
            }
            false => {
                let known = known.into_iter().map(|n| n[prefix.len()..].to_owned());
                origin.unknown("simulation.receptors", receptors, known)
            }
        }
    })
}

/// Makes the neurons of each population; sources, which only replay spikes, have `None`. Fails on unknown models and
/// parameters.
pub(super) fn populations(
    settings: &SimulationSettings,
    network: &AnatomicalNetwork,
    seed: Seed,
    backend: &Backend,
) -> Result<Vec<Option<brain_core::CellPopulation>>, BuildError> {
    let one = |p: AnatomicalPopulation| {
        if p.is_input() {
            return Ok(None);
        }
        let cell = of(settings, p)?;
        check(settings, p.neurons, cell)?;
        let start = match settings.scattered_start {
            true => InitialState::Scattered(seed.child("start").child(p.name())),
            false => InitialState::AtRest,
        };
        Ok(Some(neurons(p.neurons, cell, start, backend)?))
    };
    network.populations().map(one).collect()
}

/// The neurons begin in this state. Everything but the potential is at its default.
#[derive(Clone, Copy, Debug)]
pub enum InitialState {
    /// Potentials are their neurons' own resting potentials, where the model has such a parameter.
    AtRest,
    /// Potentials are uniform between rest and threshold, drawn by the seed, where the model has both. A network whose
    /// neurons all start in the same state begins with a synchronous volley.
    Scattered(Seed),
}

/// Makes the neurons of a population as cells of `cell`: tensors of their parameters and of the state in which they
/// begin, for a batch of one.
///
/// # Errors
/// It fails if a parameter has neither one value nor one for each neuron.
pub fn neurons(
    p: &Population,
    cell: &'static Cell,
    start: InitialState,
    backend: &Backend,
) -> candle_core::Result<brain_core::CellPopulation> {
    let params: Vec<PerNeuron> = cell.param.iter().map(|f| values(p, f)).collect();
    let start = match start {
        InitialState::AtRest => at_rest(p, cell),
        InitialState::Scattered(seed) => scattered(p, cell, seed),
    };
    brain_core::CellPopulation::from_rows(cell.into(), p.neurons, &params, &start, backend)
}

/// Returns the name of a parameter of a population that the cell lacks, if there is one.
pub fn unknown_parameter<'a>(p: &'a Population, cell: &Cell) -> Option<&'a str> {
    let PopulationKind::Named { params, .. } = &p.kind else { return None };
    params.keys().map(String::as_str).find(|name| cell.parameter(name).is_none())
}

/// Returns the values of one parameter of a population.
fn values(p: &Population, field: &Field) -> PerNeuron {
    let given = if let PopulationKind::Named { params, .. } = &p.kind { params.get(&*field.name) } else { None };
    given.cloned().unwrap_or(PerNeuron::Same(field.default))
}

/// Returns the resting and the threshold potentials of the neurons; `None` where the model lacks these parameters.
fn ends(p: &Population, cell: &Cell) -> Option<(PerNeuron, PerNeuron)> {
    let of = |name| cell.parameter(name).map(|k| values(p, &cell.param[k]));
    of("E_L").zip(of("V_th"))
}

/// Returns the state of neurons at rest; see [`InitialState::AtRest`].
fn at_rest(p: &Population, cell: &Cell) -> Vec<PerNeuron> {
    let mut start: Vec<PerNeuron> = cell.state.iter().map(|f| PerNeuron::Same(f.default)).collect();
    if let Some((rest, _)) = ends(p, cell) {
        start[0] = rest;
    }
    start
}

/// Returns a state of drawn potentials; see [`InitialState::Scattered`].
fn scattered(p: &Population, cell: &Cell, seed: Seed) -> Vec<PerNeuron> {
    let mut start = at_rest(p, cell);
    let ends = match ends(p, cell) {
        None => cell.rest_and_threshold.map(|(low, high)| (PerNeuron::Same(low), PerNeuron::Same(high))),
        ends => ends,
    };
    if let Some((low, high)) = ends {
        let potential = |n: usize| low.of(n) + seed.at(n as u64).uniform() * (high.of(n) - low.of(n));
        start[0] = PerNeuron::Each((0..p.neurons).map(potential).collect());
    }
    start
}

/// Fails on parameters that the cell lacks, and on time constants of rise and decay that are almost equal.
fn check(settings: &SimulationSettings, p: &Population, cell: &Cell) -> Result<(), ConfigError> {
    let key = format!("neurons.{}", p.name);
    if let Some(name) = unknown_parameter(p, cell) {
        return Err(settings.origin.unknown(&key, name, cell.param.iter().map(|f| f.name.to_string())));
    }
    for rise in cell.param {
        let Some(receptor) = rise.name.strip_suffix("_tau_rise") else { continue };
        let Some(decay) = cell.parameter(&format!("{receptor}_tau")) else { continue };
        let (rise, decay) = (values(p, rise), values(p, &cell.param[decay]));
        // The response has a factor 1 / (tau - tau_rise).
        let alike = |n: &usize| (rise.of(*n) - decay.of(*n)).abs() < APART * decay.of(*n).abs();
        if let Some(n) = (0..p.neurons).find(alike) {
            let (key, a, b) = (format!("{key}.params.{receptor}_tau_rise"), rise.of(n), decay.of(n));
            let problem = format!(
                "{a} ms and {receptor}_tau of {b} ms are alike (neuron {n}); set them apart, or use an alpha receptor"
            );
            return Err(settings.origin.error(&key, problem));
        }
    }
    Ok(())
}
