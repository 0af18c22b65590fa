//! This module watches what a trained network does in held-out trials.

use anyhow::{Result, bail};
use brain_core::Seed;
use brain_net::analysis::SpikeTrains;
use brain_task::Trainer;
use brain_task::analysis::{Decoded, Decoder, WindowFeatures, decode};
use brain_task::run::Observation;
use brain_task::task::{Batch, Target};
use serde::Serialize;
use std::collections::BTreeMap;

/// Slow states that may carry the evidence, by name; the first that all populations have is decoded.
const SLOW: [&str; 2] = ["a", "w"];

/// Held-out trials and what was seen in them.
pub struct Watched {
    /// The first batch.
    pub batch: Batch,
    /// Spikes, potentials and readout in the first batch.
    pub first: Vec<Observation>,
    /// Slow state that was watched.
    pub slow: Option<&'static str>,
    /// Spikes as (trial, step, neuron) of each population.
    pub spikes: Vec<Vec<(usize, usize, usize)>>,
    /// Means of the slow state in bins of ten steps, all neurons of all populations.
    pub means: Option<WindowFeatures>,
    /// Whether each trial is of class 1.
    pub classes: Vec<bool>,
    /// Whether each was answered right.
    pub right: Vec<bool>,
}

/// Number of steps over which the slow state is averaged.
const BIN: usize = 10;

/// Watches held-out trials, batch by batch; memory grows with spikes, not with time.
pub fn watch(trainer: &Trainer, trials: usize) -> Result<Watched> {
    let shape = trainer.task.shape();
    let groups = trainer.wiring.circuit.populations();
    let readout = trainer.wiring.readout();
    let cells: Vec<_> = groups.iter().enumerate().filter(|(k, g)| g.cell().is_some() && Some(*k) != readout).collect();
    let has = |name: &str| cells.iter().all(|(_, g)| g.cell().is_some_and(|c| c.state(name).is_some()));
    let potential = cells.first().and_then(|(_, g)| Some(&*g.cell()?.state[0].name)).unwrap_or("v");
    let slow = SLOW.into_iter().find(|name| has(name));
    let outputs: Vec<&str> = ["spike", potential].into_iter().chain(slow).collect();
    let neurons: usize = cells.iter().map(|(_, g)| g.neurons).sum();
    let mut watched: Option<Watched> = None;
    for done in (0..trials).step_by(trainer.batch_size()) {
        let batch = trainer.held_out(done as u64..trials.min(done + trainer.batch_size()) as u64);
        let seen = trainer.observe(&batch, &outputs)?;
        let size = batch.size();
        let all = watched.get_or_insert_with(|| Watched {
            batch: batch.clone(),
            first: seen.clone(),
            slow,
            spikes: vec![vec![]; cells.len()],
            means: slow.map(|_| WindowFeatures::new(shape.steps, BIN, trials, neurons)),
            classes: vec![],
            right: vec![],
        });
        let mut before = 0;
        for (k, s) in seen.iter().filter(|s| s.rows.len() == outputs.len()).enumerate().take(cells.len()) {
            let width = size * s.neurons;
            let at = |i: usize| (done + i % width / s.neurons, i / width, i % s.neurons);
            all.spikes[k].extend(s.rows[0].iter().enumerate().filter(|(_, z)| **z > 0.0).map(|(i, _)| at(i)));
            if let (Some(means), Some(rows)) = (&mut all.means, s.rows.get(2)) {
                for (i, a) in rows.iter().enumerate() {
                    let (trial, step, neuron) = at(i);
                    means.add(step, trial, before + neuron, f64::from(*a) / BIN as f64);
                }
            }
            before += s.neurons;
        }
        let answers = answers(trainer, &batch, &seen)?;
        for (trial, right) in batch.trials.iter().zip(answers) {
            all.classes.push(trial.target == Target::Class(1));
            all.right.push(right);
        }
    }
    match watched {
        Some(watched) => Ok(watched),
        None => bail!("no trials to watch"),
    }
}

/// Returns the leaky readout at every step, `[time, batch, output]`.
pub fn readout<'a>(trainer: &Trainer, seen: &'a [Observation]) -> Option<&'a Observation> {
    trainer.wiring.readout().and(seen.last())
}

fn answers(trainer: &Trainer, batch: &Batch, seen: &[Observation]) -> Result<Vec<bool>> {
    let shape = trainer.task.shape();
    let Some(readout) = readout(trainer, seen) else {
        bail!("a network with a leaky readout is needed: readout.kind rate")
    };
    let (n, size) = (readout.neurons, batch.size());
    let one = |(b, trial)| {
        let rows = shape.window.clone().flat_map(|t| &readout.rows[0][(t * size + b) * n..][..n]);
        let given = trainer.task.answer(trial, &rows.copied().collect::<Vec<_>>());
        trainer.task.correct(trial, given)
    };
    Ok(batch.trials.iter().enumerate().map(one).collect())
}

/// Rate and variability of a population in a part of the trials.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PhaseActivity {
    /// Number of spikes divided by neurons, trials and time, Hz.
    pub rate_hz: f64,
    /// Mean coefficient of variation of intervals between spikes of a neuron in one trial.
    pub isi_cv: Option<f64>,
}

/// How well the answer is decoded from activity, over time.
#[derive(Clone, Debug, Serialize)]
pub struct Decoding {
    /// What it is decoded from.
    pub of: String,
    /// Middle of each window, ms.
    pub ms: Vec<f64>,
    /// Result of each window.
    pub windows: Vec<Decoded>,
}

/// The numbers that describe the activity.
#[derive(Clone, Debug, Serialize)]
pub struct ActivityMetrics {
    /// Number of held-out trials.
    pub trials: usize,
    /// Share of trials that are answered right.
    pub accuracy: f64,
    /// Activity by population and phase; the phase `trial` is the whole trial.
    pub phases: BTreeMap<String, BTreeMap<String, PhaseActivity>>,
    /// Decoding of the right answer, window by window, from counts of spikes and from the slow state.
    pub decoding: Vec<Decoding>,
    /// Bounds of the phases, ms.
    pub phases_ms: Vec<(String, [f64; 2])>,
}

impl ActivityMetrics {
    /// Computes the numbers of what was watched; the answer is decoded in windows of `width` steps.
    pub fn of(trainer: &Trainer, watched: &Watched, width: usize, decoder: Decoder, seed: Seed) -> Result<Self> {
        let shape = trainer.task.shape();
        let trials = watched.classes.len();
        let sizes: Vec<(String, usize)> =
            watched.first.iter().take(watched.spikes.len()).map(|s| (s.population.clone(), s.neurons)).collect();
        let neurons = sizes.iter().map(|(_, n)| n).sum();
        let mut counts = WindowFeatures::new(shape.steps, width, trials, neurons);
        let mut phases = BTreeMap::new();
        let mut before = 0;
        for ((name, n), spikes) in sizes.iter().zip(&watched.spikes) {
            spikes.iter().for_each(|&(trial, step, neuron)| counts.add(step, trial, before + neuron, 1.0));
            before += n;
            let whole = [("trial", 0..shape.steps)];
            let parts = shape.phases.iter().map(|p| (p.name, p.steps.clone())).chain(whole);
            let one = |(phase, steps): (&str, std::ops::Range<usize>)| {
                // Each trial has neurons of its own, so that no interval spans two trials.
                let mut trains = SpikeTrains::new(n * trials);
                let inside = spikes.iter().filter(|(_, step, _)| steps.contains(step));
                inside.for_each(|&(trial, step, neuron)| trains.spike(trial * n + neuron, step as f64 * shape.dt_ms));
                let seconds = steps.len() as f64 * shape.dt_ms * 1e-3 * (n * trials).max(1) as f64;
                let rate_hz = trains.spikes() as f64 / seconds;
                (phase.to_owned(), PhaseActivity { rate_hz, isi_cv: trains.cv() })
            };
            phases.insert(name.clone(), parts.map(one).collect());
        }
        let mut decoding = vec![];
        let sources = [Some(("spikes", &counts)), watched.slow.zip(watched.means.as_ref())];
        for (k, (of, features)) in sources.into_iter().flatten().enumerate() {
            let coarse = coarser(features, width / features.width);
            let windows = decode(&coarse, &watched.classes, decoder, seed.nth(k as u64))?;
            let ms = (0..windows.len()).map(|w| (w as f64 + 0.5) * coarse.width as f64 * shape.dt_ms);
            decoding.push(Decoding { of: of.into(), ms: ms.collect(), windows });
        }
        let ms = |t: usize| t as f64 * shape.dt_ms;
        Ok(Self {
            trials,
            accuracy: watched.right.iter().filter(|r| **r).count() as f64 / trials.max(1) as f64,
            phases,
            decoding,
            phases_ms: shape.phases.iter().map(|p| (p.name.into(), [ms(p.steps.start), ms(p.steps.end)])).collect(),
        })
    }
}

/// Joins windows, `by` at a time, and adds their numbers.
fn coarser(features: &WindowFeatures, by: usize) -> WindowFeatures {
    let WindowFeatures { windows, trials, neurons, .. } = *features;
    if by <= 1 {
        return features.clone();
    }
    let mut joined = WindowFeatures::new(windows / by * by * features.width, features.width * by, trials, neurons);
    for w in 0..joined.windows * by {
        for (i, x) in features.window(w).iter().enumerate() {
            joined.add(w * features.width, i / neurons, i % neurons, *x);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_joined() {
        let mut fine = WindowFeatures::new(50, 10, 2, 3);
        (0..5).for_each(|w| fine.add(10 * w, w % 2, 1, 1.0 + w as f64));
        let joined = coarser(&fine, 2);
        assert_eq!((joined.windows, joined.trials, joined.neurons, joined.width), (2, 2, 3, 20));
        assert_eq!(joined.window(0), [0.0, 1.0, 0.0, 0.0, 2.0, 0.0]);
        assert_eq!(joined.window(1), [0.0, 3.0, 0.0, 0.0, 4.0, 0.0]);
        assert_eq!(coarser(&fine, 1), fine);
    }
}
