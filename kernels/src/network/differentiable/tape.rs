//! A segment of a run, computed again for the way back.

use super::{
    Circuit,
    forward::{Element, Pass},
    synapses::Spikes,
};
use crate::{
    Precision,
    cpu::{recurrent::Again, taped::Keep},
    lined::Lined,
};

/// What the way back of some elements holds of a segment, one element after the other.
pub(super) struct Tape<F> {
    /// `[step + 1, state]`; of the last step alone where there is [`Tape::kept`].
    pub(super) states: Lined<F>,
    /// `[step, kept]`, see [`Keep::kept`].
    pub(super) kept: Lined<F>,
    pub(super) taped: bool,
    /// `[step, input]`; of one element after the other in the same place where there is [`Tape::kept`].
    pub(super) inputs: Lined<F>,
    /// Surrogate derivatives of the spikes, `[step, neuron]`.
    pub(super) slopes: Lined<F>,
    /// Lengths of each of one element.
    pub(super) lengths: [usize; 4],
}

/// [`Tape`] of one element.
pub(super) struct Part<'a, F> {
    pub(super) states: &'a mut [F],
    kept: Option<&'a mut [F]>,
    inputs: &'a mut [F],
    slopes: &'a mut [F],
}

impl<F: Precision> Tape<F> {
    /// Of states.
    pub(super) fn new(circuit: &Circuit, segment: usize, elements: usize) -> Self {
        Self::of(circuit, segment, elements, [(segment + 1) * circuit.lengths[0], 0], false)
    }

    /// Of what steps keep.
    pub(super) fn keeping(circuit: &Circuit, segment: usize, elements: usize) -> Self {
        Self::of(circuit, segment, elements, [circuit.lengths[0], segment * circuit.kept.1], true)
    }

    fn of(circuit: &Circuit, segment: usize, elements: usize, [states, kept]: [usize; 2], taped: bool) -> Self {
        let lengths = [states, kept, segment * circuit.lengths[1], segment * circuit.row];
        let all = [elements, elements, if taped { 1 } else { elements }, elements];
        let [states, kept, inputs, slopes] = std::array::from_fn(|k| Lined::new(all[k] * lengths[k]));
        Tape { states, kept, taped, inputs, slopes, lengths }
    }

    /// Of the element in place `e`.
    pub(super) fn part(&mut self, e: usize) -> Part<'_, F> {
        let [states, kept, inputs, slopes] = self.lengths;
        Part {
            states: &mut self.states[e * states..][..states],
            kept: self.taped.then_some(&mut self.kept[e * kept..][..kept]),
            inputs: &mut self.inputs[if self.taped { 0 } else { e * inputs }..][..inputs],
            slopes: &mut self.slopes[e * slopes..][..slopes],
        }
    }
}

impl<F: Precision> Pass<'_, F> {
    /// Computes a segment again; gives how many spikes have a gradient.
    pub(super) fn fill(&self, to: Part<F>, from: usize, count: usize, element: &Element<F>, start: &[F]) -> usize {
        let Pass { circuit, episode, hoisted, .. } = *self;
        let [states, inputs, _] = circuit.lengths;
        for row in to.inputs.chunks_mut(inputs.max(1)) {
            hoisted.fed.iter().for_each(|fed| row[fed.clone()].fill(F::default()));
        }
        // What is driven, before the spikes of its step, as on the way there.
        let driven = episode.drives.iter().any(|d| !d.inputs.is_empty());
        let mut t = from.saturating_sub(circuit.longest);
        while t < from + count {
            if driven && t >= from {
                self.drive(t, &mut to.inputs[(t - from) * inputs..][..inputs]);
            }
            let (steps, now) = (t..if driven { t + 1 } else { from + count }, t as isize - from as isize);
            t = steps.end;
            self.deliver(Spikes { element, steps, groups: 0..circuit.groups.len(), now }, to.inputs, false);
        }
        to.states[..states].copy_from_slice(&start[..states]);
        let mut support = 0;
        if let Some(kept) = to.kept {
            for (g, (group, p)) in circuit.groups.iter().zip(&circuit.places).enumerate() {
                let Some(cell) = group.cell else { continue };
                let mut work = Keep {
                    neurons: p.neurons,
                    stride: p.stride,
                    steps: count,
                    states: &mut to.states[p.states..],
                    input: &to.inputs[p.inputs..],
                    hoisted: &hoisted.taped[g],
                    kept: &mut kept[circuit.kept.0[g]..],
                    slopes: &mut to.slopes[p.row..],
                    pitch: [inputs, circuit.kept.1, circuit.row],
                    support: &mut support,
                };
                (F::passes(cell).keep)(&mut work, episode.level);
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
                hoisted: &hoisted.sloped[g],
                after: &mut after[p.states..],
                slopes: &mut to.slopes[p.row..],
                pitch: [states, inputs, circuit.row],
                support: &mut support,
            };
            (F::passes(cell).again)(&mut work, episode.level);
        }
        support
    }
}
