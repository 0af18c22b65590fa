//! This module computes the gradients w.r.t. weights. Each is the sum over the spikes of the presynaptic neuron of the
//! gradient w.r.t. the target's input in the step in which the spike arrived.
//!
//! The spikes of a segment are sorted by neuron, so that the row of a neuron's gradients is fetched once for all of
//! them.

use super::{
    batch_tile::PerElement, connectivity::Connectivity, dense::add_rows, input_rows::by_fours,
    placed_projection::PlacedProjection, spike_lists::SpikeLists,
};
use crate::{
    Level, Precision, Simd,
    network::Delays,
    simd::{self, Work},
};
use std::ops::Range;

/// The spikes of one group in a segment of all elements of a batch tile, sorted by neuron.
#[derive(Default)]
pub(crate) struct SpikesByNeuron {
    /// End of the spikes of each neuron in `rows`.
    ends: Vec<usize>,
    /// Offset of the row of each spike's step in the gradients w.r.t. inputs, `[spike]`.
    rows: Vec<usize>,
}

impl SpikesByNeuron {
    /// Sorts the spikes of group `g` in `steps` of all elements. The gradients w.r.t. inputs of two elements are
    /// `pitch` apart and begin with the first of the steps.
    fn sort(
        &mut self,
        connectivity: &Connectivity,
        g: usize,
        elements: &[&SpikeLists],
        steps: Range<usize>,
        pitch: usize,
    ) {
        // Counts are stored one place later, so that filling the rows turns the starts into ends.
        self.ends.clear();
        self.ends.resize(connectivity.neurons[g] + 1, 0);
        for lists in elements {
            for t in steps.clone() {
                lists.of(t, g).iter().for_each(|&n| self.ends[n as usize + 1] += 1);
            }
        }
        let mut all = 0;
        for end in &mut self.ends {
            all += *end;
            *end = all;
        }
        self.rows.resize(all, 0);
        for (e, lists) in elements.iter().enumerate() {
            for (k, t) in steps.clone().enumerate() {
                for &n in lists.of(t, g) {
                    let place = &mut self.ends[n as usize];
                    self.rows[*place] = e * pitch + k * connectivity.input_row;
                    *place += 1;
                }
            }
        }
    }

    /// Returns the row offsets of the spikes of neuron `n`.
    #[inline(always)]
    fn of(&self, n: usize) -> &[usize] {
        &self.rows[if n == 0 { 0 } else { self.ends[n - 1] }..self.ends[n]]
    }
}

/// Adds the contributions of the spikes of `steps` to `weights`, the packed gradients w.r.t. weights. `inputs` are the
/// gradients w.r.t. the inputs of all groups, `[row, input]` of each element, from the first of the steps on. `sorted`
/// is scratch memory.
pub(crate) fn add_weight_gradients<F: Precision>(
    sorted: &mut SpikesByNeuron,
    connectivity: &Connectivity,
    elements: &[&SpikeLists],
    steps: Range<usize>,
    inputs: PerElement<F>,
    weights: &mut [F],
    level: Level,
) {
    for group in (0..connectivity.from.len()).filter(|&g| !connectivity.from[g].is_empty()) {
        sorted.sort(connectivity, group, elements, steps.clone(), inputs.pitch);
        if !sorted.rows.is_empty() {
            let inputs = inputs.values;
            simd::run(&mut WeightGradient { connectivity, group, sorted, inputs, weights: &mut *weights }, level);
        }
    }
}

/// The contribution of the spikes of one group.
struct WeightGradient<'a, F> {
    connectivity: &'a Connectivity,
    group: usize,
    sorted: &'a SpikesByNeuron,
    inputs: &'a [F],
    weights: &'a mut [F],
}

impl<F: Precision> Work<F> for WeightGradient<'_, F> {
    type Cell = ();

    #[inline(always)]
    fn run<V: Simd<Elem = F>>(&mut self) {
        let WeightGradient { connectivity, group, sorted, inputs, .. } = *self;
        let weights = &mut *self.weights;
        let (projections, all_to_all) = (&connectivity.from[group], connectivity.layout.all_to_all[group]);
        for n in 0..connectivity.neurons[group] {
            let spikes = sorted.of(n);
            if spikes.is_empty() {
                continue;
            }
            if all_to_all {
                by_fours!(spikes, |some| all_rows::<V, _>(connectivity, projections, n, some, inputs, weights));
                continue;
            }
            for &k in projections {
                let (p, packed) = (&connectivity.projections[k], connectivity.layout.rows[k]);
                if let Some(row) = p.row_of(n) {
                    let own = &mut weights[packed.row(p, row)];
                    one_row::<V>(p, row, spikes, inputs, connectivity.input_row, own);
                }
            }
        }
    }
}

/// Adds the contributions of `K` spikes of neuron `n` to the gradients w.r.t. its weights along all `projections` of
/// its group, which are all-to-all, so that each has one delay.
#[inline(always)]
fn all_rows<V: Simd<Elem: Precision>, const K: usize>(
    connectivity: &Connectivity,
    projections: &[usize],
    n: usize,
    spikes: [usize; K],
    inputs: &[V::Elem],
    weights: &mut [V::Elem],
) {
    for &k in projections {
        let (p, packed) = (&connectivity.projections[k], connectivity.layout.rows[k]);
        let Delays::Uniform(delay) = &p.edges.delays else { continue };
        let base = *delay as usize * connectivity.input_row + p.column;
        let to = &mut weights[packed.row(p, n)];
        let count = to.len();
        let mut rows = [&inputs[..0]; K];
        for (row, &step) in rows.iter_mut().zip(&spikes) {
            *row = &inputs[step + base..][..count];
        }
        add_rows::<V, K>(to, rows);
    }
}

/// Adds the contributions of `spikes` to the gradients w.r.t. the weights of one row.
#[inline(always)]
fn one_row<V: Simd<Elem: Precision>>(
    p: &PlacedProjection,
    row: usize,
    spikes: &[usize],
    inputs: &[V::Elem],
    row_length: usize,
    to: &mut [V::Elem],
) {
    let own = p.row(row);
    match &p.edges.delays {
        Delays::Uniform(delay) => {
            let base = *delay as usize * row_length + p.column;
            if p.contiguous {
                let (first, count) = (base + p.first_targets[row] as usize, own.len());
                for &step in spikes {
                    add_rows::<V, 1>(&mut to[..count], [&inputs[step + first..][..count]]);
                }
                return;
            }
            for &step in spikes {
                for (to, &target) in to.iter_mut().zip(&p.edges.targets[own.clone()]) {
                    *to += inputs[step + base + target as usize];
                }
            }
        }
        Delays::Each(delays) => {
            for &step in spikes {
                let targets = p.edges.targets[own.clone()].iter().zip(&delays[own.clone()]);
                for (to, (&target, &delay)) in to.iter_mut().zip(targets) {
                    *to += inputs[step + delay as usize * row_length + p.column + target as usize];
                }
            }
        }
    }
}
