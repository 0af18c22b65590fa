//! This module defines what all batch elements of a backward run share.

use super::history::History;
use crate::{
    Precision,
    network::{
        circuit::Circuit,
        delivery::dense_transpose::DenseTranspose,
        trial::{Precomputed, RunInputs, Trial},
    },
};

/// The values that all batch elements of a backward run share.
pub(super) struct BackwardPass<'a, F> {
    pub(super) circuit: &'a Circuit,
    pub(super) run: &'a RunInputs<'a, F>,
    pub(super) history: &'a History<F>,
    /// Gradients w.r.t. the recorded values.
    pub(super) cotangents: &'a [F],
    /// Packed weights of the forward run.
    weights: &'a [F],
    pub(super) precomputed: Precomputed<F>,
    /// Feedback weights of each projection; `None` where no gradient is propagated back.
    pub(super) feedback: Vec<Option<&'a [F]>>,
    /// Packed dense projections, grouped by their presynaptic neurons.
    pub(super) dense: Vec<DenseTranspose<F>>,
    /// Indices of the sparse projections along which gradients are propagated back, by presynaptic group.
    pub(super) sparse: Vec<Vec<usize>>,
    /// Whether the spikes of a group are recorded, `[group]`.
    pub(super) spikes_recorded: Vec<bool>,
    /// Whether backward steps are computed from saved residuals rather than from states.
    pub(super) from_saved: bool,
}

impl<'a, F: Precision> BackwardPass<'a, F> {
    /// Prepares what batch elements share; `weights` are the packed weights of the forward run.
    pub(super) fn new(
        circuit: &'a Circuit,
        run: &'a RunInputs<'a, F>,
        history: &'a History<F>,
        cotangents: &'a [F],
        weights: &'a [F],
        from_saved: bool,
    ) -> Self {
        let feedback = run.feedback_weights(circuit);
        let dense = DenseTranspose::all(&circuit.connectivity, &feedback);
        let other = |&k: &usize| feedback[k].is_some() && !dense.iter().any(|d| d.has(k));
        let sparse = circuit.connectivity.from.iter().map(|from| from.iter().copied().filter(other).collect());
        let records = circuit.layouts.iter().zip(run.record);
        BackwardPass {
            circuit,
            run,
            history,
            cotangents,
            weights,
            precomputed: Precomputed::new(circuit, run),
            sparse: sparse.collect(),
            spikes_recorded: records.map(|(p, r)| r.iter().any(|r| r.output == p.fields.states)).collect(),
            dense,
            feedback,
            from_saved,
        }
    }

    /// Returns batch element `b` of the run.
    pub(super) fn trial(&self, b: usize) -> Trial<'_, F> {
        let BackwardPass { circuit, run, weights, precomputed, .. } = self;
        Trial { circuit, run, precomputed, weights, b }
    }
}
