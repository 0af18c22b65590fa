//! This module drives the backward run.

use super::{
    backward_pass::BackwardPass,
    batch_tile::{BatchSums, BatchTile},
    gradients::Gradients,
    history::History,
};
use crate::{
    Precision,
    memory::AlignedVec,
    memory::DisjointMut,
    network::{
        circuit::{Circuit, PopulationLayout},
        delivery::batch_tile::BATCH_TILE,
        trial::{Failure, NotFinite, Record, Reduce, RunInputs, inputs::size},
    },
};
use rayon::prelude::*;
use std::sync::Mutex;

/// Largest number of parts in which sums over the batch are made. It does not depend on the number of threads, so that
/// results do not either.
const PARTS: usize = 8;

/// Propagates gradients back through a run and writes those that `out` asks for. `history` is that of the forward run,
/// and `cotangents` are the gradients w.r.t. its recorded values. Returns the number of pairs of cell and step, summed
/// over the batch, whose surrogate derivative was not zero.
///
/// Fails, with both sizes, where arrays do not fit the circuit. Fails with the last step, and its group and state
/// variable, w.r.t. which a gradient is not finite.
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

    let packed = circuit.connectivity.pack(run.weights);
    let pass = BackwardPass::new(circuit, run, history, cotangents, &packed, residuals_suffice(circuit, run, &out));
    let (start, drive) = (DisjointMut::new(out.start), DisjointMut::new(out.drive));
    let sums = pass.all(&start, &drive, !out.weights.is_empty())?;

    if !out.weights.is_empty() {
        let parts: Vec<&[F]> = sums.iter().map(|s| &s.weights[..]).collect();
        circuit.connectivity.unpack_sum(&parts, out.weights);
    }
    sum_params(circuit, &sums, out.params);
    let support = sums.iter().map(|s| s.support).sum();
    Gradients { start: &mut [], params: out.params, weights: out.weights, drive: &mut [] }.check_finite(circuit)?;
    Ok(support)
}

/// Returns whether the backward run can be computed from residuals. It cannot where gradients w.r.t. parameters are
/// wanted or squares of states are recorded, which need the states themselves.
fn residuals_suffice<F: Precision>(circuit: &Circuit, run: &RunInputs<F>, out: &Gradients<F>) -> bool {
    let squares = |(p, r): (&PopulationLayout, &Vec<Record>)| {
        r.iter().any(|r| r.reduce == Reduce::Squares && r.output != p.fields.states)
    };
    out.params.is_empty() && !circuit.layouts.iter().zip(run.record).any(squares)
}

/// Sums the gradients w.r.t. parameters of all parts into `to`, without the padding.
fn sum_params<F: Precision>(circuit: &Circuit, sums: &[BatchSums<F>], to: &mut [F]) {
    to.fill(F::default());
    if to.is_empty() {
        return;
    }
    for s in sums {
        let mut at = 0;
        for p in &circuit.layouts {
            for row in 0..p.fields.params {
                let from = &s.params[p.params + row * p.stride..][..p.neurons];
                to[at..at + p.neurons].iter_mut().zip(from).for_each(|(to, &g)| *to += g);
                at += p.neurons;
            }
        }
    }
}

impl<F: Precision> BackwardPass<'_, F> {
    /// Propagates the gradients of all batch elements back, and returns the sums of each part of the batch.
    fn all(
        &self,
        start: &DisjointMut<F>,
        drive: &DisjointMut<F>,
        weights_wanted: bool,
    ) -> Result<Vec<BatchSums<F>>, NotFinite> {
        let (circuit, batch) = (self.circuit, self.run.batch);
        // A part consists of whole batch tiles, so that as few tiles as possible are incomplete.
        let part = batch.div_ceil(PARTS).max(1).next_multiple_of(BATCH_TILE);
        // Tiles of finished parts are reused for their memory.
        let idle: Mutex<Vec<BatchTile<F>>> = Mutex::new(vec![]);
        let parts = (0..batch.div_ceil(part)).into_par_iter().map(|k| {
            let params = vec![F::default(); if self.from_saved { 0 } else { circuit.rows.params }];
            let weights = AlignedVec::new(if weights_wanted { circuit.connectivity.layout.len } else { 0 });
            let mut sums = BatchSums { weights, params, support: 0 };
            let before = idle.lock().ok().and_then(|mut idle| idle.pop());
            let mut tile = before.unwrap_or_else(|| BatchTile::new(self));
            let elements: Vec<usize> = (k * part..((k + 1) * part).min(batch)).collect();
            for elements in elements.chunks(BATCH_TILE) {
                tile.begin(elements.iter().map(|&b| self.trial(b)).collect());
                tile.backward(&mut sums, start, drive)?;
            }
            if let Ok(mut idle) = idle.lock() {
                idle.push(tile)
            }
            Ok(sums)
        });
        let parts: Vec<Result<BatchSums<F>, NotFinite>> = parts.collect();
        match parts.iter().filter_map(|s| s.as_ref().err()).max_by_key(|e| e.steps) {
            Some(first) => Err(first.clone()),
            None => Ok(parts.into_iter().flatten().collect()),
        }
    }
}
