//! A run, and what the way back needs of it.

use super::{
    Circuit, Episode, Failure, NotFinite, Reduce,
    episode::{Hoisted, Sheet, pad, size},
    gather::TEAM,
    record::recorded,
    synapses::Spikes,
    tape::Tape,
};
use crate::{Precision, Spread, cpu::recurrent::Ahead, lined::Lined};
use rayon::prelude::*;

/// States at the start of every segment, and all spikes, of a run.
#[derive(Clone, Debug)]
pub struct History<F> {
    pub(super) segment: usize,
    pub(super) elements: Vec<Element<F>>,
}

/// Of one batch element.
#[derive(Clone, Debug)]
pub(super) struct Element<F> {
    /// `[segment, state]`
    pub(super) starts: Vec<F>,
    /// `[step, group]`: ends of lists in `spikes`, those of sources among them.
    ends: Vec<usize>,
    spikes: Vec<u32>,
    groups: usize,
}

impl<F> Element<F> {
    #[inline(always)]
    pub(super) fn spikes(&self, t: usize, g: usize) -> &[u32] {
        let at = t * self.groups + g;
        &self.spikes[if at == 0 { 0 } else { self.ends[at - 1] }..self.ends[at]]
    }
}

impl<F> History<F> {
    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        let one = |e: &Element<F>| size_of_val(&e.starts[..]) + size_of_val(&e.ends[..]) + size_of_val(&e.spikes[..]);
        self.elements.iter().map(one).sum()
    }

    /// Bytes of kept states alone: they grow with the square root of the steps.
    pub fn state_bytes(&self) -> usize {
        self.elements.iter().map(|e| size_of_val(&e.starts[..])).sum()
    }

    /// Spikes of group `g`, of all batch elements.
    pub fn spikes(&self, g: usize) -> usize {
        let steps = |e: &Element<F>| e.ends.len() / e.groups.max(1);
        self.elements.iter().map(|e| (0..steps(e)).map(|t| e.spikes(t, g).len()).sum::<usize>()).sum()
    }
}

/// Runs `circuit` and writes the recorded outputs to `rows`, as many as [`Episode::rows`] says.
///
/// Fails, naming both sizes, where numbers do not fit the circuit; and with the first step, group and state variable
/// that is not finite.
pub fn forward<F: Precision>(circuit: &Circuit, episode: &Episode<F>, rows: &mut [F]) -> Result<History<F>, Failure> {
    episode.check(circuit)?;
    size("network", "recorded numbers", rows.len(), episode.rows(circuit))?;
    rows.fill(F::default());
    let (hoisted, sheet) = (Hoisted::of(circuit, episode), Sheet::new(rows));
    let segment = (episode.steps as f64).sqrt().ceil().max(1.0) as usize;
    let weights = circuit.lay(episode.weights);
    let pass = |b| Pass { circuit, episode, hoisted: &hoisted, weights: &weights, b };
    let run = |team: &[Pass<F>]| together(team, segment, &sheet);
    let passes: Vec<Pass<F>> = (0..episode.batch).map(pass).collect();
    let elements: Vec<_> = passes.par_chunks(TEAM).flat_map_iter(run).collect();
    match elements.iter().filter_map(|e| e.as_ref().err()).min_by_key(|e| e.steps) {
        Some(first) => Err(Failure::NotFinite(first.clone())),
        None => Ok(History { segment, elements: elements.into_iter().flatten().collect() }),
    }
}

/// One batch element of a run.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a, F> {
    pub(super) circuit: &'a Circuit,
    pub(super) episode: &'a Episode<'a, F>,
    pub(super) hoisted: &'a Hoisted<F>,
    /// Laid out.
    pub(super) weights: &'a [F],
    pub(super) b: usize,
}

/// Runs some batch elements side by side: the weights of spikes are in a near cache for all.
fn together<F: Precision>(team: &[Pass<F>], segment: usize, sheet: &Sheet<F>) -> Vec<Result<Element<F>, NotFinite>> {
    let Pass { circuit, episode, hoisted, .. } = team[0];
    let [states, inputs, _] = circuit.lengths;
    let (groups, segments) = (circuit.groups.len(), episode.steps.div_ceil(segment));
    let element = |_| Element {
        starts: Vec::with_capacity(segments * states),
        ends: Vec::with_capacity(episode.steps * groups),
        spikes: vec![],
        groups,
    };
    let mut elements: Vec<Element<F>> = team.iter().map(element).collect();
    let mut failed: Vec<Option<NotFinite>> = team.iter().map(|_| None).collect();
    let mut state = Lined::new(team.len() * states);
    state.chunks_exact_mut(states.max(1)).zip(team).for_each(|(to, pass)| to.copy_from_slice(&pass.start()));
    let mut spikes = vec![vec![]; team.len()];
    // Rows of this step and of those that its spikes reach.
    let ring = circuit.longest + 1;
    let width = ring * inputs;
    let mut window = Lined::new(team.len() * width);
    let driven = episode.drives.iter().any(|d| !d.inputs.is_empty());
    for t in 0..episode.steps {
        let row = t % ring * inputs;
        for (e, (pass, element)) in team.iter().zip(&mut elements).enumerate() {
            if t % segment == 0 {
                element.starts.extend_from_slice(&state[e * states..][..states]);
            }
            if driven {
                pass.drive(t, &mut window[e * width + row..][..inputs]);
            }
        }
        for (g, (group, p)) in circuit.groups.iter().zip(&circuit.places).enumerate() {
            if let Some(cell) = group.cell {
                let mut work = Ahead {
                    neurons: p.neurons,
                    stride: p.stride,
                    states: &mut state[p.states..],
                    input: &mut window[row + p.inputs..],
                    hoisted: &hoisted.sloped[g],
                    pitch: [states, width],
                    spikes: &mut spikes,
                };
                (F::passes(cell).ahead)(&mut work, episode.level);
            }
            for (e, (pass, element)) in team.iter().zip(&mut elements).enumerate() {
                match group.cell {
                    Some(_) => element.spikes.append(&mut spikes[e]),
                    None => element.spikes.extend_from_slice(episode.given(g, t, pass.b)),
                }
                element.ends.push(element.spikes.len());
                if !circuit.from[g].is_empty() && !element.spikes(t, g).is_empty() {
                    let spikes = Spikes { element, steps: t..t + 1, groups: g..g + 1, now: (t % ring) as isize };
                    pass.deliver(spikes, &mut window[e * width..][..width], true);
                }
            }
        }
        for (e, (pass, element)) in team.iter().zip(&elements).enumerate() {
            pass.record(t, &state[e * states..][..states], element, sheet);
        }
        if (t + 1) % segment == 0 || t + 1 == episode.steps {
            for (e, (pass, element)) in team.iter().zip(&elements).enumerate() {
                if failed[e].is_none() && !all_finite(&state[e * states..][..states]) {
                    failed[e] = pass.finite(segment, t, element).err();
                }
            }
            if failed.iter().all(Option::is_some) {
                break;
            }
        }
    }
    elements.into_iter().zip(failed).map(|(element, failed)| failed.map_or(Ok(element), Err)).collect()
}

impl<F: Precision> Pass<'_, F> {
    /// Looks for what is not finite in the segment that ends with step `t`.
    fn finite(&self, segment: usize, t: usize, element: &Element<F>) -> Result<(), NotFinite> {
        let (states, from) = (self.circuit.lengths[0], t / segment * segment);
        let mut tape = Tape::new(self.circuit, segment, 1);
        self.fill(tape.part(0), from, t + 1 - from, element, &element.starts[from / segment * states..]);
        let rows = tape.part(0).states.chunks(states).take(t + 2 - from).zip(from..);
        rows.into_iter()
            .map(|(row, steps)| self.not_finite("state", steps, row))
            .find(Option::is_some)
            .flatten()
            .map_or(Ok(()), Err)
    }

    /// What is not finite of a row of states, or of what belongs to them.
    pub(super) fn not_finite(&self, what: &str, steps: usize, row: &[F]) -> Option<NotFinite> {
        self.circuit.groups.iter().zip(&self.circuit.places).find_map(|(g, p)| {
            let states = p.states..p.states + p.fields[0] * p.stride;
            let at = row[states].iter().position(|x| !x.to().is_finite())?;
            let variable = &g.cell?.cell.state[at / p.stride].name;
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
    pub(super) fn start(&self) -> Vec<F> {
        let mut x = vec![F::default(); self.circuit.lengths[0]];
        let mut at = 0;
        for p in &self.circuit.places {
            let count = p.fields[0] * self.episode.batch * p.neurons;
            let to = &mut x[p.states..p.states + p.fields[0] * p.stride];
            pad(p, &self.episode.start[at..at + count], self.episode.batch, self.b, to);
            at += count;
        }
        x
    }

    /// Adds the input from outside to a row of all inputs.
    pub(super) fn drive(&self, t: usize, row: &mut [F]) {
        let (batch, b) = (self.episode.batch, self.b);
        let mut from = self.episode.drive;
        for (p, d) in self.circuit.places.iter().zip(self.episode.drives) {
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
            from = &from[d.count(self.episode.steps, batch, p.neurons, d.spread())..];
        }
    }

    fn record(&self, t: usize, after: &[F], element: &Element<F>, sheet: &Sheet<F>) {
        for (g, record, at) in recorded(self.circuit, self.episode, t, self.b) {
            let p = &self.circuit.places[g];
            // SAFETY: the places of this batch element.
            let to = unsafe { sheet.part(at, p.neurons) };
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
pub(super) fn all_finite<F: Precision>(x: &[F]) -> bool {
    let (some, rest) = x.as_chunks::<16>();
    let mut sums = [F::default(); 16];
    for x in some {
        sums.iter_mut().zip(x).for_each(|(sum, &x)| *sum += x * F::of(0.0));
    }
    sums.iter().chain(rest).all(|x| x.to().is_finite())
}
