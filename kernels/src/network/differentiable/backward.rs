//! A run backwards.

use super::{
    super::Invalid,
    Circuit, Episode, Failure, History, NotFinite, Record, Reduce,
    circuit::Place,
    episode::{Hoisted, Sheet, size},
    forward::Pass,
    gather::{Dense, TEAM},
    team::{Rest, Sums, Team},
};
use crate::{Precision, Spread, lined::Lined};
use rayon::prelude::*;
use std::sync::{Mutex, MutexGuard};

/// Where gradients go; empty where one is not wanted.
pub struct Gradients<'a, F> {
    /// As [`Episode::start`].
    pub start: &'a mut [F],
    /// As [`Episode::params`], summed over the batch.
    pub params: &'a mut [F],
    /// As [`Episode::weights`], summed over the batch.
    pub weights: &'a mut [F],
    /// As [`Episode::drive`], except that a drive [shared](Spread::Shared) by the batch gets one for each of it,
    /// `[T, driven input, B]`; sum them.
    pub drive: &'a mut [F],
}

impl<F: Precision> Gradients<'_, F> {
    /// Checks the sizes of what is wanted.
    pub(super) fn check(&self, circuit: &Circuit, episode: &Episode<F>) -> Result<(), Invalid> {
        let optional = |what, got, want| if got == 0 { Ok(()) } else { size("network", what, got, want) };
        optional("gradients by initial states", self.start.len(), episode.start.len())?;
        optional("gradients by parameters", self.params.len(), episode.params.len())?;
        optional("gradients by weights", self.weights.len(), episode.weights.len())?;
        optional("gradients by the drive", self.drive.len(), driven(circuit, episode))
    }
}

/// Parts that sums over the batch are made in, at most; a number of its own keeps results the same for any number of
/// threads.
const PARTS: usize = 8;

/// Gradients by everything, and how many spikes of cells and steps had one, given those `bars` by the recorded rows and the history of the same run.
///
/// Fails, naming both sizes, where numbers do not fit the circuit; and, going back, with the first step, group and state
/// variable whose gradient is not finite.
pub fn backward<F: Precision>(
    circuit: &Circuit,
    episode: &Episode<F>,
    history: &History<F>,
    bars: &[F],
    out: Gradients<F>,
) -> Result<usize, Failure> {
    episode.check(circuit)?;
    size("network", "gradients by recorded numbers", bars.len(), episode.rows(circuit))?;
    out.check(circuit, episode)?;
    size("network", "histories of batch elements", history.elements.len(), episode.batch)?;

    let (hoisted, weights) = (Hoisted::of(circuit, episode), circuit.lay(episode.weights));
    let (start, drive) = (Sheet::new(out.start), Sheet::new(out.drive));
    let dense = Dense::all(circuit, episode);
    let rest = Rest::of(circuit, episode, &dense);
    let taped = taped(circuit, episode, &out);
    // Whole teams, which go through weights once for all of their elements.
    let part = episode.batch.div_ceil(PARTS).max(1).next_multiple_of(TEAM);
    // Of teams that are done, for the memory that they have.
    let idle = Mutex::new(vec![]);
    let sums: Vec<Result<Sums<F>, NotFinite>> = (0..episode.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let params = vec![F::default(); if taped { 0 } else { circuit.lengths[2] }];
            let own = if out.weights.is_empty() { 0 } else { circuit.stored };
            let mut sums = Sums { weights: Lined::new(own), params, support: 0 };
            let before = idle.lock().ok().and_then(|mut idle: MutexGuard<Vec<Team<F>>>| idle.pop());
            let mut team = before.unwrap_or_else(|| Team::new(circuit, &dense, &rest, (history.segment, taped), bars));
            let elements: Vec<usize> = (k * part..((k + 1) * part).min(episode.batch)).collect();
            for elements in elements.chunks(TEAM) {
                let passes =
                    elements.iter().map(|&b| Pass { circuit, episode, hoisted: &hoisted, weights: &weights, b });
                team.of(passes.zip(elements.iter().map(|&b| &history.elements[b])).collect());
                team.backward(&mut sums, &start, &drive)?;
            }
            if let Ok(mut idle) = idle.lock() {
                idle.push(team)
            }
            Ok(sums)
        })
        .collect();
    if let Some(first) = sums.iter().filter_map(|s| s.as_ref().err()).max_by_key(|e| e.steps) {
        return Err(Failure::NotFinite(first.clone()));
    }
    if !out.weights.is_empty() {
        let parts: Vec<&[F]> = sums.iter().flatten().map(|s| &s.weights[..]).collect();
        circuit.sum(&parts, out.weights);
    }
    out.params.fill(F::default());
    for s in sums.iter().flatten() {
        let mut at = 0;
        for p in circuit.places.iter().take(if out.params.is_empty() { 0 } else { circuit.places.len() }) {
            for row in 0..p.fields[2] {
                let from = &s.params[p.params + row * p.stride..][..p.neurons];
                out.params[at..at + p.neurons].iter_mut().zip(from).for_each(|(to, &g)| *to += g);
                at += p.neurons;
            }
        }
    }
    out.finite(circuit)?;
    Ok(sums.iter().flatten().map(|s| s.support).sum())
}

/// Whether what steps keep is enough for the way back: not for gradients by parameters, nor where squares of states are
/// recorded.
fn taped<F: Precision>(circuit: &Circuit, episode: &Episode<F>, out: &Gradients<F>) -> bool {
    let squares =
        |(p, r): (&Place, &Vec<Record>)| r.iter().any(|r| r.reduce == Reduce::Squares && r.output != p.fields[0]);
    out.params.is_empty() && !circuit.places.iter().zip(episode.record).any(squares)
}

/// Numbers of the gradient by the drive.
fn driven<F: Precision>(circuit: &Circuit, episode: &Episode<F>) -> usize {
    circuit.places.iter().zip(episode.drives).map(|(p, d)| driven_by(p, episode, d)).sum()
}

fn driven_by<F: Precision>(p: &Place, episode: &Episode<F>, d: &super::Drive) -> usize {
    let spread = if d.spread() == Spread::Neuron { Spread::Neuron } else { Spread::Batch };
    d.count(episode.steps, episode.batch, p.neurons, spread)
}

impl<F: Precision> Pass<'_, F> {
    pub(super) fn drive_gradient(&self, t: usize, by: &[F], drive: &Sheet<F>) {
        let (batch, b) = (self.episode.batch, self.b);
        let mut base = 0;
        for (p, d) in self.circuit.places.iter().zip(self.episode.drives) {
            for (k, &i) in d.inputs.iter().enumerate() {
                let from = &by[p.inputs + i * p.stride..][..p.neurons];
                let at = (t * d.inputs.len() + k) * batch + b;
                // SAFETY: the places of this batch element.
                unsafe {
                    match d.spread() {
                        Spread::Neuron => drive.part(base + at * p.neurons, p.neurons).copy_from_slice(from),
                        _ => drive.part(base + at, 1)[0] = F::of(from.iter().map(|x| x.to()).sum()),
                    }
                }
            }
            base += driven_by(p, self.episode, d);
        }
    }

    pub(super) fn start_gradient(&self, bar: &[F], start: &Sheet<F>) {
        if start.is_empty() {
            return;
        }
        let mut base = 0;
        for p in &self.circuit.places {
            for row in 0..p.fields[0] {
                let at = base + (row * self.episode.batch + self.b) * p.neurons;
                // SAFETY: the places of this batch element.
                let to = unsafe { start.part(at, p.neurons) };
                to.copy_from_slice(&bar[p.states + row * p.stride..][..p.neurons]);
            }
            base += p.fields[0] * self.episode.batch * p.neurons;
        }
    }
}
