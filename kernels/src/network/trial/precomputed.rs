//! This module precomputes what is constant over all steps of a run.

use super::RunInputs;
use crate::{
    Precision,
    cell::Passes,
    memory::AlignedVec,
    network::circuit::{Circuit, PopulationLayout},
    step::invariants::Invariants,
};
use std::ops::Range;

/// The loop invariants of the steps of each group, computed once from its parameters, and the inputs that can be
/// non-zero.
pub(crate) struct Precomputed<F> {
    /// Invariants of forward steps, `[group]`.
    pub(crate) forward: Vec<AlignedVec<F>>,
    /// Invariants of backward steps from states and inputs, `[group]`.
    pub(crate) adjoint: Vec<AlignedVec<F>>,
    /// Invariants of steps that save residuals and of backward steps from these, `[group]`.
    pub(crate) saved: Vec<AlignedVec<F>>,
    /// Ranges of a row of inputs that synapses act on or that are driven.
    pub(crate) used_inputs: Vec<Range<usize>>,
}

impl<F: Precision> Precomputed<F> {
    pub(crate) fn new(circuit: &Circuit, run: &RunInputs<F>) -> Self {
        let used_inputs = used_inputs(circuit, run);
        let mut all = Precomputed { forward: vec![], adjoint: vec![], saved: vec![], used_inputs };
        let mut rest = run.params;
        for (g, p) in circuit.populations.iter().zip(&circuit.layouts) {
            let (own, others) = rest.split_at(p.fields.params * p.neurons);
            rest = others;
            let mut params = vec![F::default(); p.fields.params * p.stride];
            pad(p, own, 1, 0, &mut params);
            let computed = |kind: fn(&Passes<F>) -> &Invariants<F>| {
                let of = |cell| kind(F::compiled(cell).passes()).of(circuit.dt, p.stride, &params, run.level);
                g.cell().map_or(AlignedVec::new(0), of)
            };
            all.forward.push(computed(|passes| &passes.surrogate_invariants));
            all.adjoint.push(computed(|passes| &passes.adjoint_invariants));
            all.saved.push(computed(|passes| &passes.saved_invariants));
        }
        all
    }
}

fn used_inputs<F>(circuit: &Circuit, run: &RunInputs<F>) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = vec![];
    for (p, d) in circuit.layouts.iter().zip(run.drives) {
        for i in 0..p.fields.inputs {
            let row = p.inputs + i * p.stride..p.inputs + (i + 1) * p.stride;
            if !d.inputs.contains(&i) && !circuit.connectivity.projections.iter().any(|p| p.column == row.start) {
                continue;
            }
            match all.last_mut().filter(|last| last.end == row.start) {
                Some(last) => last.end = row.end,
                None => all.push(row),
            }
        }
    }
    all
}

/// Copies the rows of batch element `b` of one group from `from`, `[row, batch, neuron]`, to `to`, `[row, stride]`.
/// Each row is padded with its last number.
pub(crate) fn pad<F: Copy>(group: &PopulationLayout, from: &[F], batch: usize, b: usize, to: &mut [F]) {
    if group.neurons == 0 {
        return;
    }
    for (row, to) in to.chunks_mut(group.stride).enumerate() {
        let from = &from[(row * batch + b) * group.neurons..][..group.neurons];
        to[..group.neurons].copy_from_slice(from);
        to[group.neurons..].fill(from[group.neurons - 1]);
    }
}
