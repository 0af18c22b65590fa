//! This module records the potentials of a few neurons over time.

use super::cells;
use crate::config::SimulationSettings;
use crate::error::BuildError;
use crate::network::AnatomicalNetwork;
use brain_core::output::{Log, OutputError};
use brain_plot::{Axis, Figure, Legend, Panel, PanelRow};
use kernels::Precision;
use kernels::network::Trace;
use std::path::PathBuf;

/// A panel has at most this many curves.
const CURVES: usize = 4;

/// Potentials of some neurons are logged at every step, and the last part of them is kept for a figure.
pub struct Potentials {
    traced: Vec<TracedPopulation>,
    dt_ms: f64,
    from_ms: f64,
    until_ms: f64,
    time_ms: Vec<f64>,
    log: Option<Log>,
}

struct TracedPopulation {
    name: String,
    unit: &'static str,
    trace: Trace,
    colour: brain_plot::Colour,
    /// The figure shows these potentials, `[neuron, time]`.
    shown: Vec<Vec<f64>>,
}

impl Potentials {
    /// Selects the neurons that `simulation.voltage` asks for. Fails on unknown populations and on `input` populations.
    pub fn new(settings: &SimulationSettings, network: &AnatomicalNetwork) -> Result<Self, BuildError> {
        let (times, origin) = (&settings.times, &settings.origin);
        let mut traced = vec![];
        for (name, &n) in &settings.voltage {
            let key = format!("simulation.voltage.{name}");
            let known = || network.populations().filter(|p| !p.is_input()).map(|p| p.name().to_owned());
            let found = network.population(name).filter(|k| !network.at(*k).is_input());
            let population = found.ok_or_else(|| origin.unknown(&key, name, known()))?;
            let p = network.at(population);
            if n > p.size() {
                return Err(origin.error(&key, format!("{n} neurons of the {} there are", p.size())).into());
            }
            let at = |k: u32| (u64::from(k) * u64::from(p.size()) / u64::from(n.max(1))) as u32;
            let trace = Trace { population, row: 0, neurons: (0..n).map(at).collect() };
            let unit = cells::of(settings, p)?.state[0].unit;
            let colour = crate::figures::colour(p.sign());
            traced.push(TracedPopulation { name: name.clone(), unit, trace, colour, shown: vec![vec![]; n as usize] });
        }
        traced.retain(|p| !p.trace.neurons.is_empty());
        let until_ms = times.duration_ms();
        let from_ms = (until_ms - times.raster_ms).max(0.0);
        Ok(Self { traced, dt_ms: times.dt_ms, from_ms, until_ms, time_ms: vec![], log: None })
    }

    /// Returns the traces that the simulation must record.
    pub fn traces(&self) -> Vec<Trace> {
        self.traced.iter().map(|p| p.trace.clone()).collect()
    }

    /// Opens the log and keeps the first `steps` steps that it holds; 0 starts a new file. The columns are `time_ms`
    /// and, for each neuron, `<population> <neuron>`. Nothing is written where no potentials are asked for.
    pub fn open(&mut self, file: PathBuf, steps: u64) -> Result<(), OutputError> {
        if self.traced.is_empty() {
            return Ok(());
        }
        let of_neurons = self.traced.iter().flat_map(|p| p.trace.neurons.iter().map(|n| format!("{} {n}", p.name)));
        let columns: Vec<String> = std::iter::once("time_ms".to_owned()).chain(of_neurons).collect();
        let mut seen: Vec<Vec<f64>> = vec![];
        let log = Log::open(file, &columns, steps > 0, |row| {
            let row: Result<Vec<f64>, _> = row.iter().map(str::parse).collect();
            let kept = row.ok().filter(|_| (seen.len() as u64) < steps);
            kept.map(|row| seen.push(row)).is_some()
        })?;
        seen.iter().filter_map(|row| row.split_first()).for_each(|(ms, values)| self.show(*ms, values.iter().copied()));
        self.log = Some(log);
        Ok(())
    }

    /// Appends the steps from `first` on; each of `traces` is `[time, neuron]`.
    pub fn append<F: Precision + Into<f64>>(&mut self, first: u64, traces: &[Vec<F>]) -> Result<(), OutputError> {
        let Some(mut log) = self.log.take() else { return Ok(()) };
        let widths: Vec<usize> = self.traced.iter().map(|p| p.trace.neurons.len()).collect();
        let steps = traces.first().map_or(0, |t| t.len() / widths[0]);
        for step in 0..steps {
            let ms = (first + step as u64 + 1) as f64 * self.dt_ms;
            let rows = traces.iter().zip(&widths).flat_map(|(t, n)| &t[step * n..(step + 1) * n]);
            let row: Vec<f64> = rows.map(|&x| x.into()).collect();
            log.append(std::iter::once(&ms).chain(&row).map(|x| format!("{x:.4}")))?;
            self.show(ms, row.into_iter());
        }
        log.flush()?;
        self.log = Some(log);
        Ok(())
    }

    fn show(&mut self, ms: f64, mut values: impl Iterator<Item = f64>) {
        if ms > self.from_ms {
            self.time_ms.push(ms);
            self.traced.iter_mut().flat_map(|p| &mut p.shown).for_each(|s| s.extend(values.next()));
        }
    }

    /// Draws the last part of the run with a row for each population and a curve for each of a few neurons.
    pub fn figure(&self, title: &str) -> Option<Figure> {
        let mut figure = Figure::new(title).width_mm(150.0).legend(Legend::Panels);
        for (k, p) in self.traced.iter().enumerate() {
            let last = k + 1 == self.traced.len();
            let axis = Axis::new(if last { "Time" } else { "" }, if last { "ms" } else { "" });
            let unit = if p.unit == "1" { "" } else { p.unit };
            let mut panel =
                Panel::new(&p.name).x(axis.limits(self.from_ms, self.until_ms)).y(Axis::new("Potential", unit));
            for (shade, (neuron, values)) in p.trace.neurons.iter().zip(&p.shown).take(CURVES).enumerate() {
                let tint = p.colour.tint([1.0, 0.7, 0.5, 0.35][shade]);
                panel = panel.line(&format!("neuron {neuron}"), &self.time_ms, values, tint.width(0.6));
            }
            figure = figure.row(PanelRow::new(32.0).panel(panel));
        }
        (!self.traced.is_empty()).then_some(figure)
    }
}
