//! A segment of a run, computed again for the way back.

use super::forward::{Trial, TrialHistory};
use crate::network::{circuit::Circuit, delivery::dense::SpikeWindow};
use crate::{
    Precision,
    cpu::{recurrent::Again, taped::Keep},
    memory::AlignedVec,
};

/// What the way back of some elements holds of a segment, one element after the other.
pub(crate) struct Residuals<F> {
    /// `[step + 1, state]`; of the last step alone where there is [`Residuals::saved`].
    pub(crate) states: AlignedVec<F>,
    /// `[step, kept]`, see [`Keep::kept`].
    pub(crate) saved: AlignedVec<F>,
    pub(crate) from_saved: bool,
    /// `[step, input]`; of one element after the other in the same place where there is [`Residuals::saved`].
    pub(crate) inputs: AlignedVec<F>,
    /// Surrogate derivatives of the spikes, `[step, neuron]`.
    pub(crate) slopes: AlignedVec<F>,
    /// Lengths of each of one element.
    pub(crate) lengths: [usize; 4],
}

/// [`Residuals`] of one element.
pub(crate) struct ElementResiduals<'a, F> {
    pub(crate) states: &'a mut [F],
    saved: Option<&'a mut [F]>,
    inputs: &'a mut [F],
    slopes: &'a mut [F],
}

impl<F: Precision> Residuals<F> {
    /// Of states.
    pub(crate) fn of_states(circuit: &Circuit, segment: usize, elements: usize) -> Self {
        Self::of(circuit, segment, elements, [(segment + 1) * circuit.lengths[0], 0], false)
    }

    /// Of what steps keep.
    pub(crate) fn of_saved(circuit: &Circuit, segment: usize, elements: usize) -> Self {
        Self::of(circuit, segment, elements, [circuit.lengths[0], segment * circuit.residuals.1], true)
    }

    fn of(circuit: &Circuit, segment: usize, elements: usize, [states, saved]: [usize; 2], from_saved: bool) -> Self {
        let lengths = [states, saved, segment * circuit.lengths[1], segment * circuit.row];
        let all = [elements, elements, if from_saved { 1 } else { elements }, elements];
        let [states, saved, inputs, slopes] = std::array::from_fn(|k| AlignedVec::new(all[k] * lengths[k]));
        Residuals { states, saved, from_saved, inputs, slopes, lengths }
    }

    /// Of the element in place `e`.
    pub(crate) fn element(&mut self, e: usize) -> ElementResiduals<'_, F> {
        let [states, saved, inputs, slopes] = self.lengths;
        ElementResiduals {
            states: &mut self.states[e * states..][..states],
            saved: self.from_saved.then_some(&mut self.saved[e * saved..][..saved]),
            inputs: &mut self.inputs[if self.from_saved { 0 } else { e * inputs }..][..inputs],
            slopes: &mut self.slopes[e * slopes..][..slopes],
        }
    }
}

impl<F: Precision> Trial<'_, F> {
    /// Computes a segment again; gives how many spikes have a gradient.
    pub(crate) fn recompute(
        &self,
        to: ElementResiduals<F>,
        from: usize,
        count: usize,
        element: &TrialHistory<F>,
        start: &[F],
    ) -> usize {
        let Trial { circuit, run, precomputed, .. } = *self;
        let [states, inputs, _] = circuit.lengths;
        for row in to.inputs.chunks_mut(inputs.max(1)) {
            precomputed.used_inputs.iter().for_each(|used| row[used.clone()].fill(F::default()));
        }
        // What is driven, before the spikes of its step, as on the way there.
        let driven = run.drives.iter().any(|d| !d.inputs.is_empty());
        let mut t = from.saturating_sub(circuit.longest);
        while t < from + count {
            if driven && t >= from {
                self.drive(t, &mut to.inputs[(t - from) * inputs..][..inputs]);
            }
            let (steps, now) = (t..if driven { t + 1 } else { from + count }, t as isize - from as isize);
            t = steps.end;
            self.deliver(
                SpikeWindow { history: element, steps, groups: 0..circuit.groups.len(), now },
                to.inputs,
                false,
            );
        }
        to.states[..states].copy_from_slice(&start[..states]);
        let mut support = 0;
        if let Some(saved) = to.saved {
            for (g, (group, p)) in circuit.groups.iter().zip(&circuit.places).enumerate() {
                let Some(cell) = group.cell else { continue };
                let mut work = Keep {
                    neurons: p.neurons,
                    stride: p.stride,
                    steps: count,
                    states: &mut to.states[p.states..],
                    input: &to.inputs[p.inputs..],
                    hoisted: &precomputed.saved[g],
                    kept: &mut saved[circuit.residuals.0[g]..],
                    slopes: &mut to.slopes[p.row..],
                    pitch: [inputs, circuit.residuals.1, circuit.row],
                    support: &mut support,
                };
                (F::compiled(cell).passes().keep)(&mut work, run.level);
            }
            return support;
        }
        let (before, after) = to.states.split_at_mut(states);
        for (g, (group, p)) in circuit.groups.iter().zip(&circuit.places).enumerate() {
            let Some(cell) = group.cell else { continue };
            let mut work = Again {
                neurons: p.neurons,
                stride: p.stride,
                steps: count,
                before: &before[p.states..],
                input: &to.inputs[p.inputs..],
                hoisted: &precomputed.forward[g],
                after: &mut after[p.states..],
                slopes: &mut to.slopes[p.row..],
                pitch: [states, inputs, circuit.row],
                support: &mut support,
            };
            (F::compiled(cell).passes().again)(&mut work, run.level);
        }
        support
    }
}
