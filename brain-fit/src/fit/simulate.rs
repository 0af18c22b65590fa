//! A simulator runs many parameter sets on one sweep, in pieces of time so that memory stays small.

use super::FitError;
use super::free_run::settled::settled;
use super::spike_times::SpikeTimes;
use super::sweep::FitSweep;
use super::traces::substeps;
use brain_core::device::on_host;
use brain_core::{Backend, CellPopulation, Model};
use candle_core::Tensor;
use std::ops::Range;

/// Number of steps between two looks at the recorded rows.
const PIECE: usize = 512;
/// The largest margin is looked for after this time, ms: before it, the start is not the cell's.
const SETTLED: f64 = 5.0;
/// The margin that stands for the one of a model without a threshold among its outputs, mV: below threshold while it
/// is silent, above it when it spikes.
const UNKNOWN_MARGIN: f64 = 1.0;
/// Name of the output that is the potential above a moving threshold.
const MARGIN: &str = "gap";

/// A model on a device.
#[derive(Clone, Debug)]
pub struct Simulator {
    /// The model.
    pub model: Model,
    /// The device and precision of its runs.
    pub backend: Backend,
    /// The same equations with the spikes given, where they were compiled: spikes before anything is injected, which no
    /// model can know of, are given to a free run too.
    pub given: Option<Model>,
    /// Whether a run starts with all but the potential in the steady state of the first potential, as gates are; else all
    /// but the potential starts at the model's defaults.
    pub settles: bool,
}

impl Simulator {
    /// Finds the output that is the potential above threshold, where the model has one.
    pub fn margin(&self) -> Option<usize> {
        self.model.cell().output(MARGIN)
    }

    /// Makes the population of `params` `[parameter, column]` at the start of a sweep: at the sweep's potential, with a
    /// threshold component that follows the potential, and gates that settle, in equilibrium with it.
    fn population(&self, sweep: &FitSweep, params: &[f64]) -> Result<CellPopulation, FitError> {
        let (model, cell) = (self.model, self.model.cell());
        let n = params.len() / cell.param.len();
        let start = |(s, default): (usize, f64)| if s == 0 { sweep.v0 } else { default };
        let defaults = cell.state.iter().map(|f| f.default).enumerate();
        let mut state: Vec<f64> = defaults.flat_map(|s| std::iter::repeat_n(start(s), n)).collect();
        let row = |name: &str| cell.parameter(name).map_or(&[][..], |r| &params[r * n..(r + 1) * n]);
        if self.settles {
            state = settled(cell, params, &vec![sweep.v0; n], &[]).map_err(candle_core::Error::wrap)?.state;
        }
        if let Some(u) = cell.output("u") {
            for (i, (c, e)) in row("c_u").iter().zip(row("E_L")).enumerate() {
                state[u * n + i] = c * (sweep.v0 - e);
            }
        }
        let params = self.backend.tensor(params, (cell.param.len(), n))?;
        let state = self.backend.tensor(&state, (cell.state.len(), 1, n))?;
        Ok(CellPopulation::of(model, params, state)?)
    }

    /// Runs `params` `[parameter, column]` over a sweep with `per_sample` steps a sample, and shows `see` the number of each
    /// step and its recorded rows `[row, column]`. A spike-forced model gets the recorded spikes, a free one those before
    /// anything is injected.
    pub fn run(
        &self,
        sweep: &FitSweep,
        params: &[f64],
        per_sample: usize,
        record: &[usize],
        mut see: impl FnMut(usize, &[f64]),
    ) -> Result<(), FitError> {
        let mut population = self.population(sweep, params)?;
        let forced = self.model.is_spike_forced();
        let steps = (sweep.current.len() - 1) * per_sample;
        let onset = ((sweep.quiet / sweep.dt) as usize * per_sample).min(steps);
        let stray = sweep.spikes.first().is_some_and(|&k| k * per_sample <= onset);
        let Some(given) = self.given.filter(|_| stray && !forced) else {
            return self.advance(&mut population, sweep, per_sample, 0..steps, record, &mut see);
        };
        let (params, state) = (population.params().clone(), population.state().clone());
        let mut before = CellPopulation::of(given, params.clone(), state)?;
        self.advance(&mut before, sweep, per_sample, 0..onset, record, &mut see)?;
        population = CellPopulation::of(self.model, params, before.state().clone())?;
        self.advance(&mut population, sweep, per_sample, onset..steps, record, &mut see)
    }

    /// Runs a population over some steps of a sweep.
    fn advance(
        &self,
        population: &mut CellPopulation,
        sweep: &FitSweep,
        per_sample: usize,
        over: Range<usize>,
        record: &[usize],
        see: &mut impl FnMut(usize, &[f64]),
    ) -> Result<(), FitError> {
        let (inputs, forced) = (population.model().input.len(), population.model().is_spike_forced());
        let (n, dt) = (population.neurons(), sweep.dt / per_sample as f64);
        let mut given = vec![false; if forced { over.end } else { 0 }];
        if forced {
            let steps = sweep.spikes.iter().map(|&k| k * per_sample - 1);
            steps.filter(|&step| step < over.end).for_each(|step| given[step] = true);
        }
        let mut drive = vec![0.0; PIECE * inputs];
        let shape = (PIECE.min(over.len()), record.len(), 1, n);
        let rows = Tensor::zeros(shape, self.backend.dtype(), self.backend.device())?;
        for from in over.clone().step_by(PIECE) {
            let piece = PIECE.min(over.end - from);
            for t in 0..piece {
                drive[t * inputs] = sweep.current[(from + t) / per_sample];
                if forced {
                    drive[t * inputs + inputs - 1] = f64::from(u8::from(given[from + t]));
                }
            }
            let drive = self.backend.tensor(&drive[..piece * inputs], (piece, inputs))?;
            let rows = rows.narrow(0, 0, piece)?;
            population.advance_into(dt, &drive, record, &rows)?;
            on_host(&rows, |rows| {
                rows.chunks(record.len() * n).enumerate().for_each(|(t, rows)| see(from + t, rows));
            })?;
        }
        Ok(())
    }

    /// Finds the times of the spikes of every column in its free run, with steps of at most `step` ms.
    pub fn spike_times(&self, sweep: &FitSweep, params: &[f64], step: f64) -> Result<Vec<SpikeTimes>, FitError> {
        let n = params.len() / self.model.param.len();
        let spike = self.model.output("spike")?;
        let (per_sample, margin) = (substeps(sweep.dt, step), self.margin());
        let dt = sweep.dt / per_sample as f64;
        let record: Vec<usize> = [spike].into_iter().chain(margin).collect();
        let known = if margin.is_some() { f64::NEG_INFINITY } else { -UNKNOWN_MARGIN };
        let mut found = vec![SpikeTimes { times: Vec::new(), largest_margin: known }; n];
        if margin.is_none() {
            self.run(sweep, params, per_sample, &record, |t, z| {
                for (found, _) in found.iter_mut().zip(z).filter(|(_, z)| **z > 0.5) {
                    found.times.push((t + 1) as f64 * dt);
                    found.largest_margin = UNKNOWN_MARGIN;
                }
            })?;
            return Ok(found);
        }
        let mut last = vec![0.0; n];
        self.run(sweep, params, per_sample, &record, |t, rows| {
            let (z, margins) = rows.split_at(n);
            let settled = t as f64 * dt > SETTLED;
            for (((found, last), &z), &now) in found.iter_mut().zip(&mut last).zip(z).zip(margins) {
                if z > 0.5 {
                    let part = if *last < 0.0 && now >= 0.0 { *last / (*last - now) } else { 1.0 };
                    found.times.push((t as f64 + part) * dt);
                }
                if settled && now > found.largest_margin {
                    found.largest_margin = now;
                }
                *last = now;
            }
        })?;
        Ok(found)
    }

    /// Gives the potential above threshold at every recorded spike but those before anything is injected, `[spike, column]`,
    /// mV, from the run whose spikes are given; it is empty for a model without a threshold among its outputs.
    pub fn margins(&self, sweep: &FitSweep, params: &[f64]) -> Result<Vec<f64>, FitError> {
        let Some(margin) = self.margin() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut next = 0;
        self.run(sweep, params, 1, &[margin], |t, rows| {
            if sweep.answers().get(next).is_some_and(|&k| k == t + 1) {
                found.extend_from_slice(rows);
                next += 1;
            }
        })?;
        Ok(found)
    }

    /// Gives the potential of one parameter set at every sample, starting with the first, mV.
    pub fn potential(&self, sweep: &FitSweep, params: &[f64], step: f64) -> Result<Vec<f64>, FitError> {
        let per_sample = substeps(sweep.dt, step);
        let mut v = vec![sweep.v0];
        self.run(sweep, params, per_sample, &[0], |t, rows| {
            if (t + 1) % per_sample == 0 {
                v.push(rows[0]);
            }
        })?;
        Ok(v)
    }

    /// Tells whether the spikes of the model show in its potential: whether it rises above `level`, mV, under a current that
    /// grows to the largest sensible one. A model that is reset at its threshold stays below.
    pub fn shows_spikes(&self, level: f64) -> Result<bool, FitError> {
        let cell = self.model.cell();
        let params: Vec<f64> = cell.param.iter().map(|f| f.default).collect();
        let most = cell.input.first().map_or(0.0, |f| f.bounds.1);
        let current = (0..RAMP).map(|k| most * k as f64 / RAMP as f64).collect();
        let rest = cell.state.first().map_or(0.0, |f| f.default);
        let sweep = FitSweep::of_current(current, RAMP_STEP, rest);
        let mut highest = f64::NEG_INFINITY;
        self.run(&sweep, &params, 1, &[0], |_, v| highest = highest.max(v[0]))?;
        Ok(highest > level)
    }
}

/// Steps of the growing current.
const RAMP: usize = 20_000;
/// Length of one of them, ms.
const RAMP_STEP: f64 = 0.025;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_spikes_show_tells_the_kinds_of_models_apart() {
        for model in brain_core::Models::default().iter().filter(|m| !m.follows_recording()) {
            let simulator = Simulator { model, backend: Backend::default(), given: None, settles: false };
            let peaked = |f: &kernels::equations::Field| ["g_Na", "v_peak"].contains(&&*f.name);
            let shows = model.param.iter().any(peaked) || model.name == "izhikevich-2003";
            assert_eq!(simulator.shows_spikes(-10.0).unwrap(), shows, "{}", model.cell().name);
        }
    }
}
