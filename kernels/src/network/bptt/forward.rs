//! A run, and what the way back needs of it.

use super::residuals::Residuals;
use crate::network::{
    circuit::Circuit,
    delivery::{dense::SpikeWindow, dense_transpose::BATCH_TILE},
    trial::{
        Failure, NotFinite, Reduce, RunInputs,
        inputs::{Precomputed, pad, size},
        recorded,
    },
};
use crate::{
    Precision, Spread,
    cpu::recurrent::Ahead,
    memory::{AlignedVec, DisjointMut},
};
use rayon::prelude::*;

/// States at the start of every segment, and all spikes, of a run.
#[derive(Clone, Debug)]
pub struct History<F> {
    pub(crate) segment: usize,
    pub(crate) elements: Vec<TrialHistory<F>>,
}

/// Of one batch element.
#[derive(Clone, Debug)]
pub(crate) struct TrialHistory<F> {
    /// `[segment, state]`
    pub(crate) checkpoints: Vec<F>,
    /// `[step, group]`: ends of lists in `spikes`, those of sources among them.
    ends: Vec<usize>,
    spikes: Vec<u32>,
    groups: usize,
}

impl<F> TrialHistory<F> {
    #[inline(always)]
    pub(crate) fn spikes(&self, t: usize, g: usize) -> &[u32] {
        let at = t * self.groups + g;
        &self.spikes[if at == 0 { 0 } else { self.ends[at - 1] }..self.ends[at]]
    }
}

impl<F> History<F> {
    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        let one = |e: &TrialHistory<F>| {
            size_of_val(&e.checkpoints[..]) + size_of_val(&e.ends[..]) + size_of_val(&e.spikes[..])
        };
        self.elements.iter().map(one).sum()
    }

    /// Bytes of kept states alone: they grow with the square root of the steps.
    pub fn state_bytes(&self) -> usize {
        self.elements.iter().map(|e| size_of_val(&e.checkpoints[..])).sum()
    }

    /// Spikes of group `g`, of all batch elements.
    pub fn spikes(&self, g: usize) -> usize {
        let steps = |e: &TrialHistory<F>| e.ends.len() / e.groups.max(1);
        self.elements.iter().map(|e| (0..steps(e)).map(|t| e.spikes(t, g).len()).sum::<usize>()).sum()
    }
}

/// Runs `circuit` and writes the recorded outputs to `rows`, as many as [`RunInputs::rows`] says.
///
/// Fails, naming both sizes, where numbers do not fit the circuit; and with the first step, group and state variable
/// that is not finite.
pub fn forward<F: Precision>(circuit: &Circuit, run: &RunInputs<F>, rows: &mut [F]) -> Result<History<F>, Failure> {
    run.check(circuit)?;
    size("network", "recorded numbers", rows.len(), run.rows(circuit))?;
    rows.fill(F::default());
    let (precomputed, rows_of_trials) = (Precomputed::of(circuit, run), DisjointMut::new(rows));
    let segment = (run.steps as f64).sqrt().ceil().max(1.0) as usize;
    let weights = circuit.pack(run.weights);
    let trial = |b| Trial { circuit, run, precomputed: &precomputed, weights: &weights, b };
    let run_tile = |tile: &[Trial<F>]| forward_tile(tile, segment, &rows_of_trials);
    let trials: Vec<Trial<F>> = (0..run.batch).map(trial).collect();
    let elements: Vec<_> = trials.par_chunks(BATCH_TILE).flat_map_iter(run_tile).collect();
    match elements.iter().filter_map(|e| e.as_ref().err()).min_by_key(|e| e.steps) {
        Some(first) => Err(Failure::NotFinite(first.clone())),
        None => Ok(History { segment, elements: elements.into_iter().flatten().collect() }),
    }
}

/// One batch element of a run.
#[derive(Clone, Copy)]
pub(crate) struct Trial<'a, F> {
    pub(crate) circuit: &'a Circuit,
    pub(crate) run: &'a RunInputs<'a, F>,
    pub(crate) precomputed: &'a Precomputed<F>,
    /// Laid out.
    pub(crate) weights: &'a [F],
    pub(crate) b: usize,
}

/// Runs some batch elements side by side: the weights of spikes are in a near cache for all.
fn forward_tile<F: Precision>(
    tile: &[Trial<F>],
    segment: usize,
    rows_of_trials: &DisjointMut<F>,
) -> Vec<Result<TrialHistory<F>, NotFinite>> {
    let Trial { circuit, run, precomputed, .. } = tile[0];
    let [states, inputs, _] = circuit.lengths;
    let (groups, segments) = (circuit.groups.len(), run.steps.div_ceil(segment));
    let element = |_| TrialHistory {
        checkpoints: Vec::with_capacity(segments * states),
        ends: Vec::with_capacity(run.steps * groups),
        spikes: vec![],
        groups,
    };
    let mut elements: Vec<TrialHistory<F>> = tile.iter().map(element).collect();
    let mut failed: Vec<Option<NotFinite>> = tile.iter().map(|_| None).collect();
    let mut state = AlignedVec::new(tile.len() * states);
    state.chunks_exact_mut(states.max(1)).zip(tile).for_each(|(to, trial)| to.copy_from_slice(&trial.start()));
    let mut spikes = vec![vec![]; tile.len()];
    // Rows of this step and of those that its spikes reach.
    let ring = circuit.longest + 1;
    let width = ring * inputs;
    let mut window = AlignedVec::new(tile.len() * width);
    let driven = run.drives.iter().any(|d| !d.inputs.is_empty());
    for t in 0..run.steps {
        let row = t % ring * inputs;
        for (e, (trial, element)) in tile.iter().zip(&mut elements).enumerate() {
            if t % segment == 0 {
                element.checkpoints.extend_from_slice(&state[e * states..][..states]);
            }
            if driven {
                trial.drive(t, &mut window[e * width + row..][..inputs]);
            }
        }
        for (g, (group, p)) in circuit.groups.iter().zip(&circuit.places).enumerate() {
            if let Some(cell) = group.cell {
                let mut work = Ahead {
                    neurons: p.neurons,
                    stride: p.stride,
                    states: &mut state[p.states..],
                    input: &mut window[row + p.inputs..],
                    hoisted: &precomputed.forward[g],
                    pitch: [states, width],
                    spikes: &mut spikes,
                };
                (F::compiled(cell).passes().ahead)(&mut work, run.level);
            }
            for (e, (trial, element)) in tile.iter().zip(&mut elements).enumerate() {
                match group.cell {
                    Some(_) => element.spikes.append(&mut spikes[e]),
                    None => element.spikes.extend_from_slice(run.given(g, t, trial.b)),
                }
                element.ends.push(element.spikes.len());
                if !circuit.from[g].is_empty() && !element.spikes(t, g).is_empty() {
                    let spikes =
                        SpikeWindow { history: element, steps: t..t + 1, groups: g..g + 1, now: (t % ring) as isize };
                    trial.deliver(spikes, &mut window[e * width..][..width], true);
                }
            }
        }
        for (e, (trial, element)) in tile.iter().zip(&elements).enumerate() {
            trial.record(t, &state[e * states..][..states], element, rows_of_trials);
        }
        if (t + 1) % segment == 0 || t + 1 == run.steps {
            for (e, (trial, element)) in tile.iter().zip(&elements).enumerate() {
                if failed[e].is_none() && !all_finite(&state[e * states..][..states]) {
                    failed[e] = trial.finite(segment, t, element).err();
                }
            }
            if failed.iter().all(Option::is_some) {
                break;
            }
        }
    }
    elements.into_iter().zip(failed).map(|(element, failed)| failed.map_or(Ok(element), Err)).collect()
}

impl<F: Precision> Trial<'_, F> {
    /// Looks for what is not finite in the segment that ends with step `t`.
    fn finite(&self, segment: usize, t: usize, element: &TrialHistory<F>) -> Result<(), NotFinite> {
        let (states, from) = (self.circuit.lengths[0], t / segment * segment);
        let mut residuals = Residuals::of_states(self.circuit, segment, 1);
        self.recompute(
            residuals.element(0),
            from,
            t + 1 - from,
            element,
            &element.checkpoints[from / segment * states..],
        );
        let rows = residuals.element(0).states.chunks(states).take(t + 2 - from).zip(from..);
        rows.into_iter()
            .map(|(row, steps)| self.not_finite("state", steps, row))
            .find(Option::is_some)
            .flatten()
            .map_or(Ok(()), Err)
    }

    /// What is not finite of a row of states, or of what belongs to them.
    pub(crate) fn not_finite(&self, what: &str, steps: usize, row: &[F]) -> Option<NotFinite> {
        self.circuit.groups.iter().zip(&self.circuit.places).find_map(|(g, p)| {
            let states = p.states..p.states + p.fields[0] * p.stride;
            let at = row[states].iter().position(|x| !x.to().is_finite())?;
            let variable = &g.cell?.state[at / p.stride].name;
            Some(NotFinite {
                part: g.name.clone(),
                what: format!("{what} {variable}"),
                index: (at % p.stride).min(p.neurons - 1),
                element: Some(self.b),
                steps: Some(steps),
            })
        })
    }

    /// States of all groups before the first step.
    pub(crate) fn start(&self) -> Vec<F> {
        let mut x = vec![F::default(); self.circuit.lengths[0]];
        let mut at = 0;
        for p in &self.circuit.places {
            let count = p.fields[0] * self.run.batch * p.neurons;
            let to = &mut x[p.states..p.states + p.fields[0] * p.stride];
            pad(p, &self.run.start[at..at + count], self.run.batch, self.b, to);
            at += count;
        }
        x
    }

    /// Adds the input from outside to a row of all inputs.
    pub(crate) fn drive(&self, t: usize, row: &mut [F]) {
        let (batch, b) = (self.run.batch, self.b);
        let mut from = self.run.drive;
        for (p, d) in self.circuit.places.iter().zip(self.run.drives) {
            for (k, &i) in d.inputs.iter().enumerate() {
                let to = &mut row[p.inputs + i * p.stride..][..p.stride];
                let at = t * d.inputs.len() + k;
                match d.spread() {
                    Spread::Shared => to.iter_mut().for_each(|to| *to += from[at]),
                    Spread::Batch => to.iter_mut().for_each(|to| *to += from[at * batch + b]),
                    Spread::Neuron => {
                        let from = &from[(at * batch + b) * p.neurons..][..p.neurons];
                        to.iter_mut().zip(from).for_each(|(to, &x)| *to += x);
                    }
                }
            }
            from = &from[d.count(self.run.steps, batch, p.neurons, d.spread())..];
        }
    }

    fn record(&self, t: usize, after: &[F], element: &TrialHistory<F>, rows_of_trials: &DisjointMut<F>) {
        for (g, record, at) in recorded(self.circuit, self.run, t, self.b) {
            let p = &self.circuit.places[g];
            // SAFETY: the places of this batch element.
            let to = unsafe { rows_of_trials.part(at, p.neurons) };
            if record.output == p.fields[0] {
                element.spikes(t, g).iter().for_each(|&n| to[n as usize] += F::of(1.0));
                continue;
            }
            let from = &after[p.states + record.output * p.stride..][..p.neurons];
            match record.reduce {
                Reduce::Each => to.copy_from_slice(from),
                Reduce::Sum => to.iter_mut().zip(from).for_each(|(to, &x)| *to += x),
                Reduce::Squares => to.iter_mut().zip(from).for_each(|(to, &x)| *to += x * x),
            }
        }
    }
}

/// Whether all are finite: zero times them is.
pub(crate) fn all_finite<F: Precision>(x: &[F]) -> bool {
    let (some, rest) = x.as_chunks::<16>();
    let mut sums = [F::default(); 16];
    for x in some {
        sums.iter_mut().zip(x).for_each(|(sum, &x)| *sum += x * F::of(0.0));
    }
    sums.iter().chain(rest).all(|x| x.to().is_finite())
}
