//! This module propagates the gradients of a batch tile back through one step.

use super::{
    backward_pass::BackwardPass,
    batch_tile::{BatchSums, BatchTile},
};
use crate::{
    Cell, Precision,
    memory::{Strided, StridedMut},
    network::{
        delivery::{
            batch_tile::{InputCotangents, PerElement, PerElementMut},
            csr_transpose::CsrTranspose,
        },
        trial::{RecordedRow, Reduce, recorded},
    },
    step::{backward::BackwardStep, saved::BackwardFromSaved},
};
use std::ops::Range;

impl<F: Precision> BatchTile<'_, F> {
    /// Propagates the gradients back through step `t`, which is step `k` of the segment. Groups are taken in reverse
    /// order, since a later one may have received spikes of an earlier one in the same step. With `active_rows`, only
    /// the rows of neurons with a non-zero surrogate derivative are read of dense projections.
    pub(super) fn step_back(&mut self, t: usize, k: usize, active_rows: bool, sums: &mut BatchSums<F>) {
        let circuit = self.pass.circuit;
        self.add_recorded_states(t, k);
        for (g, p) in circuit.layouts.iter().enumerate().rev() {
            let Some(cell) = circuit.populations[g].cell() else { continue };
            self.spikes.chunks_exact_mut(self.lengths.spikes).for_each(|own| own[..p.stride].fill(F::default()));
            self.add_recorded_spikes(t, g);
            self.along_sparse(k, g);
            self.along_dense(k, g, active_rows);
            match self.residuals.from_saved {
                true => self.through_saved(k, g, cell),
                false => self.through_states(k, g, cell, sums),
            }
            self.interleave(p.inputs..p.inputs + p.fields.inputs * p.stride, k);
        }
    }

    /// Adds the gradients w.r.t. the states that are recorded of step `t`.
    fn add_recorded_states(&mut self, t: usize, k: usize) {
        let BackwardPass { circuit, run, cotangents, .. } = self.pass;
        let states = circuit.rows.states;
        for r in recorded(circuit, run, t, 0) {
            let p = &circuit.layouts[r.group];
            if r.record.output == p.fields.states {
                continue;
            }
            let column = p.states + r.record.output * p.stride;
            for (e, trial) in self.trials.iter().enumerate() {
                let from = &cotangents[r.first + trial.b * p.neurons..][..p.neurons];
                let to = &mut self.states[e * states + column..][..p.neurons];
                match r.record.reduce {
                    Reduce::Squares => {
                        let x = &self.residuals.states[e * self.residuals.lengths.states + (k + 1) * states + column..];
                        let each = to.iter_mut().zip(x).zip(from);
                        each.for_each(|((to, &x), &cotangent)| *to += F::of(2.0) * x * cotangent)
                    }
                    _ => to.iter_mut().zip(from).for_each(|(to, &cotangent)| *to += cotangent),
                }
            }
        }
    }

    /// Adds the gradients w.r.t. the spikes of group `g` that are recorded of step `t`.
    fn add_recorded_spikes(&mut self, t: usize, g: usize) {
        let BackwardPass { circuit, run, cotangents, ref spikes_recorded, .. } = *self.pass;
        if !spikes_recorded[g] {
            return;
        }
        let p = &circuit.layouts[g];
        let own = |r: &RecordedRow| r.group == g && r.record.output == p.fields.states;
        for r in recorded(circuit, run, t, 0).filter(own) {
            for (trial, to) in self.trials.iter().zip(self.spikes.chunks_exact_mut(self.lengths.spikes)) {
                let from = &cotangents[r.first + trial.b * p.neurons..][..p.neurons];
                to.iter_mut().zip(from).for_each(|(to, &cotangent)| *to += cotangent);
            }
        }
    }

    /// Adds the gradients w.r.t. the spikes of group `g` along sparse projections.
    fn along_sparse(&mut self, k: usize, g: usize) {
        let pass = self.pass;
        if pass.sparse[g].is_empty() {
            return;
        }
        let p = &pass.circuit.layouts[g];
        let step = CsrTranspose {
            connectivity: &pass.circuit.connectivity,
            projections: &pass.sparse[g],
            weights: &pass.feedback,
            interleaved: &self.interleaved,
            now: k,
            slopes: self.residuals.slopes(k * pass.circuit.rows.neurons + p.row),
            neurons: p.neurons,
            elements: self.trials.len(),
        };
        step.multiply(PerElementMut { values: &mut self.spikes, pitch: self.lengths.spikes }, pass.run.level);
    }

    /// Adds the gradients w.r.t. the spikes of group `g` along dense projections.
    fn along_dense(&mut self, k: usize, g: usize, active_rows: bool) {
        let BackwardPass { circuit, run, ref dense, .. } = *self.pass;
        let (p, elements) = (&circuit.layouts[g], self.trials.len());
        for weights in dense.iter().filter(|d| d.pre == g) {
            let rows = PerElement { values: &self.inputs[..], pitch: self.lengths.inputs };
            let inputs = InputCotangents { rows, row_length: circuit.rows.inputs, now: k };
            let spikes = PerElementMut { values: &mut self.spikes[..], pitch: self.lengths.spikes };
            if active_rows {
                let slopes = self.residuals.slopes(k * circuit.rows.neurons + p.row);
                weights.multiply_active_rows(elements, inputs, slopes, spikes, &mut self.packed, run.level);
            } else {
                weights.multiply(elements, inputs, spikes, run.level);
            }
        }
    }

    /// Propagates the gradients of group `g` back through the cells' step, computed from saved residuals.
    fn through_saved(&mut self, k: usize, g: usize, cell: &Cell) {
        let BackwardPass { circuit, run, ref precomputed, .. } = *self.pass;
        let (p, rows, lengths) = (&circuit.layouts[g], circuit.rows, self.residuals.lengths);
        let mut work = BackwardFromSaved {
            neurons: p.neurons,
            stride: p.stride,
            elements: self.trials.len(),
            saved: Strided { rows: &self.residuals.saved[k * rows.residuals + p.residuals..], pitch: lengths.saved },
            surrogates: Strided { rows: &self.residuals.slopes[k * rows.neurons + p.row..], pitch: lengths.slopes },
            invariants: &precomputed.saved[g],
            states: StridedMut { rows: &mut self.states[p.states..], pitch: rows.states },
            spike: Strided { rows: &self.spikes, pitch: self.lengths.spikes },
            by_input: StridedMut { rows: &mut self.inputs[k * rows.inputs + p.inputs..], pitch: self.lengths.inputs },
        };
        (F::compiled(cell).passes().backward_from_saved)(&mut work, run.level);
    }

    /// Propagates the gradients of group `g` back through the cells' step, computed from its states and inputs.
    fn through_states(&mut self, k: usize, g: usize, cell: &Cell, sums: &mut BatchSums<F>) {
        let BackwardPass { circuit, run, ref precomputed, .. } = *self.pass;
        let (p, rows, lengths) = (&circuit.layouts[g], circuit.rows, self.residuals.lengths);
        let mut work = BackwardStep {
            neurons: p.neurons,
            stride: p.stride,
            elements: self.trials.len(),
            before: Strided { rows: &self.residuals.states[k * rows.states + p.states..], pitch: lengths.states },
            input: Strided { rows: &self.residuals.inputs[k * rows.inputs + p.inputs..], pitch: lengths.inputs },
            invariants: &precomputed.adjoint[g],
            states: StridedMut { rows: &mut self.states[p.states..], pitch: rows.states },
            spike: Strided { rows: &self.spikes, pitch: self.lengths.spikes },
            by_input: StridedMut { rows: &mut self.inputs[k * rows.inputs + p.inputs..], pitch: self.lengths.inputs },
            params: &mut sums.params[p.params..p.params + p.fields.params * p.stride],
        };
        (F::compiled(cell).passes().backward)(&mut work, run.level);
    }

    /// Copies the gradients w.r.t. some inputs of row `k` to `interleaved`, from which products along sparse
    /// projections read them.
    pub(super) fn interleave(&mut self, columns: Range<usize>, k: usize) {
        if self.interleaved.is_empty() {
            return;
        }
        let base = k * self.pass.circuit.rows.inputs;
        let at = base + columns.start..base + columns.end;
        for (e, from) in self.inputs.chunks_exact(self.lengths.inputs).enumerate() {
            let to = self.interleaved[at.clone()].iter_mut();
            to.zip(&from[at.clone()]).for_each(|(to, &x)| to[e] = x);
        }
    }
}
