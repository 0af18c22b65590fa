//! Input from outside.

use super::spikes::read_spikes;
use super::{Times, cells, find, synapses};
use crate::config::{BuildError, External, InputConfig, InputKind, NetConfig};
use crate::network::{Network, Sign};
use brain_core::Seed;
use brain_core::config::Config;
use kernels::Cell;
use kernels::network::{self as graph, Kind, PerNeuron, Samples, Signal, Stimulus};
use std::ops::Range;

/// Adds the inputs of the config.
pub(super) fn add(
    config: &Config<NetConfig>,
    network: &Network,
    times: &Times,
    seed: Seed,
    populations: &mut [graph::Population],
    stimuli: &mut Vec<Stimulus>,
) -> Result<(), BuildError> {
    for (k, input) in config.value.simulation.inputs.iter().enumerate() {
        let key = format!("simulation.inputs.{k}");
        let population = find(config, &format!("{key}.to"), network, &input.to)?;
        let neurons = neurons(config, &key, network, population, input)?;
        let stream = seed.child("input").nth(k as u64);
        let replays = network.populations[population].is_input();
        let one = One { config, network, key, input, population, neurons };
        match (input.kind, replays) {
            (InputKind::Poisson, false) => stimuli.push(one.events(stream)?),
            (InputKind::Poisson, true) => {
                let rate = one.spread(one.rate()?, 0.0);
                populations[population].kind = Kind::Poisson { rate, key: stream.key() };
            }
            (InputKind::Spikes, true) => {
                let times = read_spikes(&input.file, &input.to, network.populations[population].size, times.dt_ms)?;
                populations[population].kind = Kind::Spikes { times };
            }
            (InputKind::Current, false) => one.current(times, populations, stimuli)?,
            (kind, _) => {
                let wanted = if kind == InputKind::Spikes { "only replay spikes" } else { "have a membrane" };
                let problem = format!(
                    "the neurons of `{}` must {wanted}: `model: input` in `neurons.{}` makes neurons that replay spikes",
                    input.to, input.to
                );
                return Err(config.error(&format!("{}.kind", one.key), problem).into());
            }
        }
    }
    Ok(())
}

/// Adds what the populations of a table of probabilities receive from outside.
pub(super) fn externals(
    config: &Config<NetConfig>,
    network: &Network,
    externals: &[External],
    seed: Seed,
    populations: &mut [graph::Population],
    stimuli: &mut Vec<Stimulus>,
) -> Result<(), BuildError> {
    for e in externals {
        let population = find(config, "probabilities", network, &e.population)?;
        let cell = cells::of(config, &network.populations[population])?;
        if e.rate_hz > 0.0 {
            let receptor = cell.fast_receptor(Sign::Excitatory).unwrap_or_default();
            let (input, _) = synapses::place(config, "probabilities", cell, receptor, Sign::Excitatory)?;
            let rate = PerNeuron::Same(e.rate_hz);
            let key = seed.child("external").child(&e.population).key();
            let signal = Signal::Poisson { rate, weight: e.weight, key };
            stimuli.push(Stimulus { name: format!("external to {}", e.population), population, input, signal });
        }
        add_drive(&mut populations[population], cell, e.current, 0..network.populations[population].size as usize);
    }
    Ok(())
}

fn neurons(
    config: &Config<NetConfig>,
    key: &str,
    network: &Network,
    population: usize,
    input: &InputConfig,
) -> Result<Range<usize>, BuildError> {
    let p = &network.populations[population];
    let Some(area) = &input.area else { return Ok(0..p.size as usize) };
    match p.segments.iter().find(|s| s.name == *area) {
        Some(s) => Ok(s.start as usize..s.end as usize),
        None => Err(config.unknown(&format!("{key}.area"), area, p.segments.iter().map(|s| s.name.clone())).into()),
    }
}

/// Adds a constant to the current of some neurons.
fn add_drive(population: &mut graph::Population, cell: &Cell, current: f64, neurons: Range<usize>) {
    let Kind::Cells { drive, .. } = &mut population.kind else { return };
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

/// One input and where it goes.
struct One<'a> {
    config: &'a Config<NetConfig>,
    network: &'a Network,
    key: String,
    input: &'a InputConfig,
    population: usize,
    neurons: Range<usize>,
}

impl One<'_> {
    /// A number for the neurons that get the input, another for the others.
    fn spread(&self, x: f64, none: f64) -> PerNeuron {
        let n = self.network.populations[self.population].size as usize;
        match self.neurons.len() == n {
            true => PerNeuron::Same(x),
            false => PerNeuron::Each((0..n).map(|k| if self.neurons.contains(&k) { x } else { none }).collect()),
        }
    }

    fn at_least_0(&self, name: &str, x: f64, unit: &str) -> Result<f64, BuildError> {
        match x.is_finite() && x >= 0.0 {
            true => Ok(x),
            false => {
                Err(self.config.error(&format!("{}.{name}", self.key), format!("{x}{unit} must be 0 or more")).into())
            }
        }
    }

    /// Of all sources of a neuron, Hz.
    fn rate(&self) -> Result<f64, BuildError> {
        let rate = self.config.quantity(&format!("{}.rate", self.key), &self.input.rate, "Hz")?;
        Ok(self.at_least_0("rate", rate, " Hz")? * self.at_least_0("sources", self.input.sources, "")?)
    }

    fn events(&self, seed: Seed) -> Result<Stimulus, BuildError> {
        let (population, rate) = (self.population, self.rate()?);
        let cell = cells::of(self.config, &self.network.populations[population])?;
        let receptor = self.input.receptor.as_deref().or(cell.fast_receptor(Sign::Excitatory)).unwrap_or_default();
        let key = format!("{}.receptor", self.key);
        let sign =
            if cell.fast_receptor(Sign::Inhibitory) == Some(receptor) { Sign::Inhibitory } else { Sign::Excitatory };
        let (input, sign) = synapses::place(self.config, &key, cell, receptor, sign)?;
        let weight = sign * self.at_least_0("weight", self.input.weight, "")?;
        let signal = Signal::Poisson { rate: self.spread(rate, 0.0), weight, key: seed.key() };
        Ok(Stimulus { name: self.key.clone(), population, input, signal })
    }

    fn current(
        &self,
        times: &Times,
        populations: &mut [graph::Population],
        stimuli: &mut Vec<Stimulus>,
    ) -> Result<(), BuildError> {
        let (config, key, population) = (self.config, &self.key, self.population);
        let cell = cells::of(config, &self.network.populations[population])?;
        let input = cell.input("i").unwrap_or(0);
        let amplitude = config.quantity(&format!("{key}.amplitude"), &self.input.amplitude, cell.input[input].unit)?;
        if !amplitude.is_finite() {
            return Err(config.error(&format!("{key}.amplitude"), format!("{amplitude} is not a number")).into());
        }
        let steps = |name: &str, q| -> Result<u64, BuildError> {
            let ms = config.quantity(&format!("{key}.{name}"), q, "ms")?;
            Ok((self.at_least_0(name, ms, " ms")? / times.dt_ms).round() as u64)
        };
        let start = steps("start", &self.input.start)?;
        let end = self.input.end.as_ref().map(|q| steps("end", q)).transpose()?;
        if start == 0 && end.is_none() {
            add_drive(&mut populations[population], cell, amplitude, self.neurons.clone());
            return Ok(());
        }
        let end = end.unwrap_or(u64::MAX).min(times.steps.max(start));
        if end < start {
            return Err(config.error(&format!("{key}.end"), "the current ends before it starts").into());
        }
        // The longest samples that meet both ends.
        let every = gcd(start, end).max(1);
        let n = self.network.populations[population].size as usize;
        let samples = (0..end / every).map(|s| s * every >= start);
        let current = |on: bool| if on { amplitude } else { 0.0 };
        let samples = match self.neurons.len() == n {
            true => Samples::Same(samples.map(current).collect()),
            false => {
                let at = |on: bool, k: usize| current(on && self.neurons.contains(&k));
                Samples::Each(samples.flat_map(|on| (0..n).map(move |k| at(on, k))).collect())
            }
        };
        let signal = Signal::Series { samples, every: every as usize };
        stimuli.push(Stimulus { name: key.clone(), population, input, signal });
        Ok(())
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
