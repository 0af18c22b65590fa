//! Gradients by weights: each is the sum of those by its target's input over the spikes of its neuron.
//!
//! A segment's spikes are sorted by neuron, so that the row of a neuron's gradients is fetched once for all of them.

use super::dense::{add, by_fours};
use crate::network::{
    Delays,
    bptt::forward::{Trial, TrialHistory},
    circuit::{Circuit, Link},
};
use crate::{
    Precision, Simd,
    simd::{self, Work},
};
use std::{mem::take, ops::Range};

/// The spikes of one group in a segment, of all elements of a batch tile.
#[derive(Default)]
pub(crate) struct SpikesByNeuron {
    /// Where those of each neuron end.
    ends: Vec<usize>,
    /// Where the step of each begins in the gradients by inputs, by neuron.
    steps: Vec<usize>,
}

impl SpikesByNeuron {
    /// Of group `g` in some steps; gradients by inputs of elements are `pitch` apart.
    fn sort<F: Precision>(
        &mut self,
        g: usize,
        elements: &[(Trial<F>, &TrialHistory<F>)],
        steps: Range<usize>,
        pitch: usize,
    ) {
        let circuit = elements[0].0.circuit;
        let fired = |e: usize, t: usize| elements[e].1.spikes(t, g);
        // Counted one place further on, so that starts become ends as the places are filled.
        self.ends.clear();
        self.ends.resize(circuit.groups[g].neurons + 1, 0);
        for e in 0..elements.len() {
            for t in steps.clone() {
                fired(e, t).iter().for_each(|&n| self.ends[n as usize + 1] += 1);
            }
        }
        let mut all = 0;
        for end in &mut self.ends {
            all += *end;
            *end = all;
        }
        self.steps.resize(all, 0);
        for e in 0..elements.len() {
            for (k, t) in steps.clone().enumerate() {
                for &n in fired(e, t) {
                    let place = &mut self.ends[n as usize];
                    self.steps[*place] = e * pitch + k * circuit.lengths[1];
                    *place += 1;
                }
            }
        }
    }

    fn of(&self, n: usize) -> &[usize] {
        &self.steps[if n == 0 { 0 } else { self.ends[n - 1] }..self.ends[n]]
    }
}

/// Adds to the gradients by weights, `to`, those by the spikes of some steps, `by` whose inputs' gradients are known, of
/// elements that are `pitch` apart.
pub(crate) fn add_weight_gradients<F: Precision>(
    sorted: &mut SpikesByNeuron,
    elements: &[(Trial<F>, &TrialHistory<F>)],
    steps: Range<usize>,
    (by, pitch): (&[F], usize),
    to: &mut [F],
) {
    let Trial { circuit, run, .. } = elements[0].0;
    for (g, links) in circuit.from.iter().enumerate().filter(|(_, links)| !links.is_empty()) {
        sorted.sort(g, elements, steps.clone(), pitch);
        if !sorted.steps.is_empty() {
            let (neurons, all_to_all) = (circuit.groups[g].neurons, circuit.all_to_all[g]);
            simd::run(&mut WeightGradient { circuit, links, neurons, all_to_all, sorted, by, to }, run.level);
        }
    }
}

struct WeightGradient<'a, F> {
    circuit: &'a Circuit,
    /// Projections from the group.
    links: &'a [usize],
    neurons: usize,
    /// Whether all of them are from all neurons to all.
    all_to_all: bool,
    sorted: &'a SpikesByNeuron,
    by: &'a [F],
    to: &'a mut [F],
}

impl<F: Precision> Work<F> for WeightGradient<'_, F> {
    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let to = take(&mut self.to);
        for n in 0..self.neurons {
            let spikes = self.sorted.of(n);
            if spikes.is_empty() {
                continue;
            }
            if self.all_to_all {
                by_fours!(spikes, |some| self.rows::<V, _>(n, some, to));
                continue;
            }
            for &l in self.links {
                let link = &self.circuit.links[l];
                let row = n.wrapping_sub(link.first as usize);
                if row < link.edges.rows() {
                    self.row::<V>(link, row, spikes, &mut to[link.packed_row(row)]);
                }
            }
        }
    }
}

impl<F: Precision> WeightGradient<'_, F> {
    /// Of neuron `n`, along projections each from all neurons to all, in which a delay is shared.
    #[inline(always)]
    fn rows<V: Simd<Elem = F>, const K: usize>(&self, n: usize, spikes: [usize; K], to: &mut [F]) {
        for &l in self.links {
            let link = &self.circuit.links[l];
            let Delays::Uniform(delay) = &link.edges.delays else { continue };
            let base = *delay as usize * self.circuit.lengths[1] + link.column;
            let to = &mut to[link.packed_row(n)];
            let count = to.len();
            let mut rows = [&self.by[..0]; K];
            for (row, &step) in rows.iter_mut().zip(&spikes) {
                *row = &self.by[step + base..][..count];
            }
            add::<V, K>(to, rows);
        }
    }

    #[inline(always)]
    fn row<V: Simd<Elem = F>>(&self, link: &Link, row: usize, spikes: &[usize], to: &mut [F]) {
        let length = self.circuit.lengths[1];
        let (own, _) = link.synapses_of(link.first + row as u32);
        match &link.edges.delays {
            Delays::Uniform(delay) => {
                let base = *delay as usize * length + link.column;
                if link.contiguous {
                    let (first, count) = (base + link.first_targets[row] as usize, own.len());
                    for &step in spikes {
                        add::<V, 1>(&mut to[..count], [&self.by[step + first..][..count]]);
                    }
                    return;
                }
                for &step in spikes {
                    for (to, &target) in to.iter_mut().zip(&link.edges.targets[own.clone()]) {
                        *to += self.by[step + base + target as usize];
                    }
                }
            }
            Delays::Each(delays) => {
                for &step in spikes {
                    let targets = link.edges.targets[own.clone()].iter().zip(&delays[own.clone()]);
                    for (to, (&target, &delay)) in to.iter_mut().zip(targets) {
                        *to += self.by[step + delay as usize * length + link.column + target as usize];
                    }
                }
            }
        }
    }
}
