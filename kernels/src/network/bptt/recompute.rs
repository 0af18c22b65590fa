//! This module recomputes a segment of a run from the states at its start and the spikes of the run.

use super::{
    history::TrialHistory,
    residuals::{ElementResiduals, Residuals},
};
use crate::{
    Precision,
    memory::{Strided, StridedMut},
    network::{
        delivery::{input_rows::InputRows, spike_lists::SpikeSpan},
        trial::{NotFinite, Trial},
    },
    step::{recompute::Recompute, saved::SavingSteps},
};
use std::ops::Range;

/// Recomputes `steps` into `to`. The first of them must be the start of a segment, and they must not exceed it. Returns
/// the number of pairs of cell and step with a non-zero surrogate derivative.
pub(super) fn recompute<F: Precision>(
    trial: &Trial<F>,
    history: &TrialHistory<F>,
    segment: usize,
    steps: Range<usize>,
    to: ElementResiduals<F>,
) -> usize {
    let states = trial.circuit.rows.states;
    deliver(trial, history, steps.clone(), to.inputs);
    to.states[..states].copy_from_slice(&history.checkpoints[steps.start / segment * states..][..states]);
    match to.saved {
        Some(saved) => save(trial, steps.len(), to.states, to.inputs, saved, to.slopes),
        None => keep_states(trial, steps.len(), to.states, to.inputs, to.slopes),
    }
}

/// Computes the inputs of `steps`, `[step, input]`.
fn deliver<F: Precision>(trial: &Trial<F>, history: &TrialHistory<F>, steps: Range<usize>, inputs: &mut [F]) {
    let Trial { circuit, run, precomputed, .. } = *trial;
    let row_length = circuit.rows.inputs;
    for row in inputs.chunks_mut(row_length.max(1)) {
        precomputed.used_inputs.iter().for_each(|used| row[used.clone()].fill(F::default()));
    }
    // External input is added before the spikes of its step, as in the forward run, so that the sums are the same bit
    // for bit.
    let driven = run.drives.iter().any(|d| !d.inputs.is_empty());
    let mut t = steps.start.saturating_sub(circuit.longest_delay());
    while t < steps.end {
        if driven && t >= steps.start {
            trial.drive(t, &mut inputs[(t - steps.start) * row_length..][..row_length]);
        }
        let next = if driven { t + 1 } else { steps.end };
        let first_row = t as isize - steps.start as isize;
        let spikes =
            SpikeSpan { lists: &history.spikes, steps: t..next, groups: 0..circuit.populations.len(), first_row };
        trial.delivery().deliver(&spikes, InputRows { values: inputs, row_length, ring: false });
        t = next;
    }
}

/// Steps cells whose inputs are known, and saves the residuals of each step.
fn save<F: Precision>(
    trial: &Trial<F>,
    steps: usize,
    states: &mut [F],
    inputs: &[F],
    saved: &mut [F],
    slopes: &mut [F],
) -> usize {
    let Trial { circuit, run, precomputed, .. } = *trial;
    let (rows, mut support) = (circuit.rows, 0);
    for (g, (group, p)) in circuit.populations.iter().zip(&circuit.layouts).enumerate() {
        let Some(cell) = group.cell() else { continue };
        let mut work = SavingSteps {
            neurons: p.neurons,
            stride: p.stride,
            steps,
            states: &mut states[p.states..],
            input: Strided { rows: &inputs[p.inputs..], pitch: rows.inputs },
            invariants: &precomputed.saved[g],
            saved: StridedMut { rows: &mut saved[p.residuals..], pitch: rows.residuals },
            surrogates: StridedMut { rows: &mut slopes[p.row..], pitch: rows.neurons },
            support: &mut support,
        };
        (F::compiled(cell).passes().forward_saving)(&mut work, run.level);
    }
    support
}

/// Steps cells whose inputs are known, and saves the states after each step.
fn keep_states<F: Precision>(
    trial: &Trial<F>,
    steps: usize,
    states: &mut [F],
    inputs: &[F],
    slopes: &mut [F],
) -> usize {
    let Trial { circuit, run, precomputed, .. } = *trial;
    let (rows, mut support) = (circuit.rows, 0);
    let (before, after) = states.split_at_mut(rows.states);
    for (g, (group, p)) in circuit.populations.iter().zip(&circuit.layouts).enumerate() {
        let Some(cell) = group.cell() else { continue };
        let mut work = Recompute {
            neurons: p.neurons,
            stride: p.stride,
            steps,
            before: &before[p.states..],
            input: Strided { rows: &inputs[p.inputs..], pitch: rows.inputs },
            invariants: &precomputed.forward[g],
            after: StridedMut { rows: &mut after[p.states..], pitch: rows.states },
            surrogates: StridedMut { rows: &mut slopes[p.row..], pitch: rows.neurons },
            support: &mut support,
        };
        (F::compiled(cell).passes().recompute)(&mut work, run.level);
    }
    support
}

/// Finds the first state that is not finite in `steps`, the first of which starts a segment.
pub(super) fn first_not_finite<F: Precision>(
    trial: &Trial<F>,
    history: &TrialHistory<F>,
    segment: usize,
    steps: Range<usize>,
) -> Option<NotFinite> {
    let mut residuals = Residuals::new(trial.circuit, segment, 1, false);
    recompute(trial, history, segment, steps.clone(), residuals.element(0));
    let rows = residuals.states.chunks(trial.circuit.rows.states).zip(steps.start..=steps.end);
    rows.into_iter().find_map(|(row, after)| trial.not_finite("state", after, row))
}
