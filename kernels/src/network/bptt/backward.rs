//! A run backwards.

use super::{
    History,
    batch_tile::{BatchSums, BatchTile, CsrProjections},
    forward::Trial,
};
use crate::network::{
    Invalid,
    circuit::{Circuit, GroupLayout},
    delivery::dense_transpose::{BATCH_TILE, DenseTranspose},
    trial::{
        Drive, Failure, NotFinite, Record, Reduce, RunInputs,
        inputs::{Precomputed, size},
    },
};
use crate::{
    Precision, Spread,
    memory::{AlignedVec, DisjointMut},
};
use rayon::prelude::*;
use std::sync::{Mutex, MutexGuard};

/// Where gradients go; empty where one is not wanted.
pub struct Gradients<'a, F> {
    /// As [`RunInputs::start`].
    pub start: &'a mut [F],
    /// As [`RunInputs::params`], summed over the batch.
    pub params: &'a mut [F],
    /// As [`RunInputs::weights`], summed over the batch.
    pub weights: &'a mut [F],
    /// As [`RunInputs::drive`], except that a drive [shared](Spread::Shared) by the batch gets one for each of it,
    /// `[T, driven input, B]`; sum them.
    pub drive: &'a mut [F],
}

impl<F: Precision> Gradients<'_, F> {
    /// Checks the sizes of what is wanted.
    pub(crate) fn check(&self, circuit: &Circuit, run: &RunInputs<F>) -> Result<(), Invalid> {
        let optional = |what, got, want| if got == 0 { Ok(()) } else { size("network", what, got, want) };
        optional("gradients by initial states", self.start.len(), run.start.len())?;
        optional("gradients by parameters", self.params.len(), run.params.len())?;
        optional("gradients by weights", self.weights.len(), run.weights.len())?;
        optional("gradients by the drive", self.drive.len(), driven(circuit, run))
    }
}

/// Parts that sums over the batch are made in, at most; a number of its own keeps results the same for any number of
/// threads.
const PARTS: usize = 8;

/// Gradients by everything, and how many spikes of cells and steps had one, given those `cotangents` by the recorded rows and the history of the same run.
///
/// Fails, naming both sizes, where numbers do not fit the circuit; and, going back, with the first step, group and state
/// variable whose gradient is not finite.
pub fn backward<F: Precision>(
    circuit: &Circuit,
    run: &RunInputs<F>,
    history: &History<F>,
    cotangents: &[F],
    out: Gradients<F>,
) -> Result<usize, Failure> {
    run.check(circuit)?;
    size("network", "gradients by recorded numbers", cotangents.len(), run.rows(circuit))?;
    out.check(circuit, run)?;
    size("network", "histories of batch elements", history.elements.len(), run.batch)?;

    let (precomputed, weights) = (Precomputed::of(circuit, run), circuit.pack(run.weights));
    let from_saved = from_saved(circuit, run, &out);
    let (start, drive) = (DisjointMut::new(out.start), DisjointMut::new(out.drive));
    let dense = DenseTranspose::all(circuit, run);
    let csr = CsrProjections::of(circuit, run, &dense);
    // Whole batch tiles, which go through weights once for all of their elements.
    let part = run.batch.div_ceil(PARTS).max(1).next_multiple_of(BATCH_TILE);
    // Of tiles that are done, for the memory that they have.
    let idle = Mutex::new(vec![]);
    let sums: Vec<Result<BatchSums<F>, NotFinite>> = (0..run.batch.div_ceil(part))
        .into_par_iter()
        .map(|k| {
            let params = vec![F::default(); if from_saved { 0 } else { circuit.lengths[2] }];
            let own = if out.weights.is_empty() { 0 } else { circuit.packed_weights };
            let mut sums = BatchSums { weights: AlignedVec::new(own), params, support: 0 };
            let before = idle.lock().ok().and_then(|mut idle: MutexGuard<Vec<BatchTile<F>>>| idle.pop());
            let mut tile = before
                .unwrap_or_else(|| BatchTile::new(circuit, &dense, &csr, (history.segment, from_saved), cotangents));
            let elements: Vec<usize> = (k * part..((k + 1) * part).min(run.batch)).collect();
            for elements in elements.chunks(BATCH_TILE) {
                let trials =
                    elements.iter().map(|&b| Trial { circuit, run, precomputed: &precomputed, weights: &weights, b });
                tile.begin(trials.zip(elements.iter().map(|&b| &history.elements[b])).collect());
                tile.backward(&mut sums, &start, &drive)?;
            }
            if let Ok(mut idle) = idle.lock() {
                idle.push(tile)
            }
            Ok(sums)
        })
        .collect();
    if let Some(first) = sums.iter().filter_map(|s| s.as_ref().err()).max_by_key(|e| e.steps) {
        return Err(Failure::NotFinite(first.clone()));
    }
    if !out.weights.is_empty() {
        let parts: Vec<&[F]> = sums.iter().flatten().map(|s| &s.weights[..]).collect();
        circuit.unpack_sum(&parts, out.weights);
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
fn from_saved<F: Precision>(circuit: &Circuit, run: &RunInputs<F>, out: &Gradients<F>) -> bool {
    let squares =
        |(p, r): (&GroupLayout, &Vec<Record>)| r.iter().any(|r| r.reduce == Reduce::Squares && r.output != p.fields[0]);
    out.params.is_empty() && !circuit.places.iter().zip(run.record).any(squares)
}

/// Numbers of the gradient by the drive.
fn driven<F: Precision>(circuit: &Circuit, run: &RunInputs<F>) -> usize {
    circuit.places.iter().zip(run.drives).map(|(p, d)| driven_by(p, run, d)).sum()
}

fn driven_by<F: Precision>(p: &GroupLayout, run: &RunInputs<F>, d: &Drive) -> usize {
    let spread = if d.spread() == Spread::Neuron { Spread::Neuron } else { Spread::Batch };
    d.count(run.steps, run.batch, p.neurons, spread)
}

impl<F: Precision> Trial<'_, F> {
    pub(crate) fn drive_gradient(&self, t: usize, by: &[F], drive: &DisjointMut<F>) {
        let (batch, b) = (self.run.batch, self.b);
        let mut base = 0;
        for (p, d) in self.circuit.places.iter().zip(self.run.drives) {
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
            base += driven_by(p, self.run, d);
        }
    }

    pub(crate) fn start_gradient(&self, cotangent: &[F], start: &DisjointMut<F>) {
        if start.is_empty() {
            return;
        }
        let mut base = 0;
        for p in &self.circuit.places {
            for row in 0..p.fields[0] {
                let at = base + (row * self.run.batch + self.b) * p.neurons;
                // SAFETY: the places of this batch element.
                let to = unsafe { start.part(at, p.neurons) };
                to.copy_from_slice(&cotangent[p.states + row * p.stride..][..p.neurons]);
            }
            base += p.fields[0] * self.run.batch * p.neurons;
        }
    }
}
