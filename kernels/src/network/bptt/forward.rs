//! This module runs a circuit forward over all steps.

use super::{
    history::{History, TrialHistory},
    recompute::first_not_finite,
};
use crate::{
    Precision,
    memory::{AlignedVec, DisjointMut, StridedMut},
    network::{
        circuit::Circuit,
        delivery::{
            batch_tile::BATCH_TILE,
            input_rows::InputRows,
            spike_lists::{SpikeLists, SpikeSpan},
        },
        trial::{
            Failure, NotFinite, Precomputed, Reduce, RunInputs, Trial, element::all_finite, inputs::size, recorded,
        },
    },
    step::forward::ForwardStep,
};
use rayon::prelude::*;

/// Runs `circuit` and writes the recorded values to `rows`, whose length is [`RunInputs::rows`]. Returns what a
/// [`backward`](super::backward()) run needs.
///
/// Fails, with both sizes, where arrays do not fit the circuit. Fails with the first step, group and state variable
/// that is not finite.
pub fn forward<F: Precision>(circuit: &Circuit, run: &RunInputs<F>, rows: &mut [F]) -> Result<History<F>, Failure> {
    run.check(circuit)?;
    size("network", "recorded numbers", rows.len(), run.rows(circuit))?;
    rows.fill(F::default());
    let (precomputed, rows) = (&Precomputed::new(circuit, run), DisjointMut::new(rows));
    let segment = (run.steps as f64).sqrt().ceil().max(1.0) as usize;
    let weights = &circuit.connectivity.pack(run.weights);
    let trials: Vec<Trial<F>> = (0..run.batch).map(|b| Trial { circuit, run, precomputed, weights, b }).collect();
    let tiles = trials.par_chunks(BATCH_TILE);
    let elements: Vec<_> = tiles.flat_map_iter(|trials| ForwardTile::new(trials, segment).run(&rows)).collect();
    match elements.iter().filter_map(|e| e.as_ref().err()).min_by_key(|e| e.steps) {
        Some(first) => Err(Failure::NotFinite(first.clone())),
        None => Ok(History { segment, elements: elements.into_iter().flatten().collect() }),
    }
}

/// A tile of batch elements that run side by side, so that the weights of their spikes stay in a cache for all of them.
struct ForwardTile<'a, F> {
    trials: &'a [Trial<'a, F>],
    histories: Vec<TrialHistory<F>>,
    /// First failure of each element, if any.
    failed: Vec<Option<NotFinite>>,
    /// Number of steps of a segment.
    segment: usize,
    /// States, `[element, state]`.
    states: AlignedVec<F>,
    /// Inputs of the current step and of the later steps in which spikes arrive, `[element, row, input]`; the rows are
    /// a ring buffer.
    inputs: AlignedVec<F>,
    /// Number of rows of the ring.
    ring: usize,
    /// Spikes of each element in the current step and group.
    spikes: Vec<Vec<u32>>,
}

impl<'a, F: Precision> ForwardTile<'a, F> {
    fn new(trials: &'a [Trial<'a, F>], segment: usize) -> Self {
        let Trial { circuit, run, .. } = trials[0];
        let (count, rows, ring) = (trials.len(), circuit.rows, circuit.longest_delay() + 1);
        let mut states = AlignedVec::new(count * rows.states);
        states.chunks_exact_mut(rows.states.max(1)).zip(trials).for_each(|(to, t)| to.copy_from_slice(&t.start()));
        let history = |_| TrialHistory {
            checkpoints: Vec::with_capacity(run.steps.div_ceil(segment) * rows.states),
            spikes: SpikeLists::with_capacity(run.steps, circuit.populations.len()),
        };
        ForwardTile {
            trials,
            histories: trials.iter().map(history).collect(),
            failed: vec![None; count],
            segment,
            states,
            inputs: AlignedVec::new(count * ring * rows.inputs),
            ring,
            spikes: vec![vec![]; count],
        }
    }

    fn run(mut self, rows: &DisjointMut<F>) -> Vec<Result<TrialHistory<F>, NotFinite>> {
        let Trial { circuit, run, .. } = self.trials[0];
        for t in 0..run.steps {
            self.begin_step(t);
            for g in 0..circuit.populations.len() {
                self.take_step(t, g);
                self.deliver(t, g);
            }
            self.record(t, rows);
            if (t + 1) % self.segment == 0 || t + 1 == run.steps {
                self.look_for_failures(t);
                if self.failed.iter().all(Option::is_some) {
                    break;
                }
            }
        }
        self.histories.into_iter().zip(self.failed).map(|(h, failed)| failed.map_or(Ok(h), Err)).collect()
    }

    /// Returns the offset of the row of inputs of step `t` in an element's ring.
    fn input_row(&self, t: usize) -> usize {
        t % self.ring * self.trials[0].circuit.rows.inputs
    }

    /// Saves the states where a segment starts, and adds the external input of step `t`.
    fn begin_step(&mut self, t: usize) {
        let Trial { circuit, run, .. } = self.trials[0];
        let (states, inputs, row) = (circuit.rows.states, circuit.rows.inputs, self.input_row(t));
        let driven = run.drives.iter().any(|d| !d.inputs.is_empty());
        for (e, (trial, history)) in self.trials.iter().zip(&mut self.histories).enumerate() {
            if t.is_multiple_of(self.segment) {
                history.checkpoints.extend_from_slice(&self.states[e * states..][..states]);
            }
            if driven {
                trial.drive(t, &mut self.inputs[e * self.ring * inputs + row..][..inputs]);
            }
        }
    }

    /// Steps the cells of group `g` through step `t` and saves their spikes.
    fn take_step(&mut self, t: usize, g: usize) {
        let Trial { circuit, run, precomputed, .. } = self.trials[0];
        let (p, row) = (&circuit.layouts[g], self.input_row(t));
        let Some(cell) = circuit.populations[g].cell() else {
            for (trial, history) in self.trials.iter().zip(&mut self.histories) {
                history.spikes.push(run.given(g, t, trial.b));
            }
            return;
        };
        let mut work = ForwardStep {
            neurons: p.neurons,
            stride: p.stride,
            states: StridedMut { rows: &mut self.states[p.states..], pitch: circuit.rows.states },
            input: StridedMut { rows: &mut self.inputs[row + p.inputs..], pitch: self.ring * circuit.rows.inputs },
            invariants: &precomputed.forward[g],
            spikes: &mut self.spikes,
        };
        (F::compiled(cell).passes().forward)(&mut work, run.level);
        for (history, spikes) in self.histories.iter_mut().zip(&mut self.spikes) {
            history.spikes.push(spikes);
            spikes.clear();
        }
    }

    /// Delivers the spikes of group `g` in step `t`.
    fn deliver(&mut self, t: usize, g: usize) {
        let connectivity = &self.trials[0].circuit.connectivity;
        if connectivity.from[g].is_empty() {
            return;
        }
        let (row_length, first_row) = (connectivity.input_row, (t % self.ring) as isize);
        let width = self.ring * row_length;
        for (e, (trial, history)) in self.trials.iter().zip(&self.histories).enumerate() {
            if !history.spikes.of(t, g).is_empty() {
                let spikes = SpikeSpan { lists: &history.spikes, steps: t..t + 1, groups: g..g + 1, first_row };
                let values = &mut self.inputs[e * width..][..width];
                trial.delivery().deliver(&spikes, InputRows { values, row_length, ring: true });
            }
        }
    }

    /// Records step `t` in `rows`.
    fn record(&self, t: usize, rows: &DisjointMut<F>) {
        let states = self.trials[0].circuit.rows.states;
        for (e, (trial, history)) in self.trials.iter().zip(&self.histories).enumerate() {
            let after = &self.states[e * states..][..states];
            for r in recorded(trial.circuit, trial.run, t, trial.b) {
                let p = &trial.circuit.layouts[r.group];
                // SAFETY: this range of `rows` belongs to batch element `trial.b`, which this thread alone runs.
                let to = unsafe { rows.part(r.first, p.neurons) };
                if r.record.output == p.fields.states {
                    history.spikes.of(t, r.group).iter().for_each(|&n| to[n as usize] += F::of(1.0));
                    continue;
                }
                let from = &after[p.states + r.record.output * p.stride..][..p.neurons];
                match r.record.reduce {
                    Reduce::Each => to.copy_from_slice(from),
                    Reduce::Sum => to.iter_mut().zip(from).for_each(|(to, &x)| *to += x),
                    Reduce::Squares => to.iter_mut().zip(from).for_each(|(to, &x)| *to += x * x),
                }
            }
        }
    }

    /// Checks that states are finite after step `t`, the last of a segment, and finds the first failure where they are
    /// not.
    fn look_for_failures(&mut self, t: usize) {
        let states = self.trials[0].circuit.rows.states;
        for (e, (trial, history)) in self.trials.iter().zip(&self.histories).enumerate() {
            if self.failed[e].is_none() && !all_finite(&self.states[e * states..][..states]) {
                let from = t / self.segment * self.segment;
                self.failed[e] = first_not_finite(trial, history, self.segment, from..t + 1);
            }
        }
    }
}
