//! This module packs the weights of a run in the order of the [layout](super::weight_layout), and sums packed gradients.

use super::connectivity::Connectivity;
use crate::{Precision, memory::AlignedVec};
use rayon::prelude::*;

impl Connectivity {
    /// Packs `weights`, `[synapse]` of all projections. The padding is zero.
    pub(crate) fn pack<F: Precision>(&self, weights: &[F]) -> AlignedVec<F> {
        let mut to = AlignedVec::new(self.layout.len);
        for (p, packed) in self.projections.iter().zip(&self.layout.rows) {
            for row in 0..p.edges.rows() {
                let own = p.row(row);
                to[packed.row(p, row).start..][..own.len()].copy_from_slice(&weights[p.weights..][own]);
            }
        }
        to
    }

    /// Sums packed `parts` in their order into `to`, `[synapse]` of all projections.
    pub(crate) fn unpack_sum<F: Precision>(&self, parts: &[&[F]], to: &mut [F]) {
        to.fill(F::default());
        for (p, packed) in self.projections.iter().zip(&self.layout.rows) {
            let to = &mut to[p.weights..][..p.synapses];
            let add = |row: usize, to: &mut [F]| {
                for part in parts {
                    to.iter_mut().zip(&part[packed.row(p, row)]).for_each(|(to, &x)| *to += x);
                }
            };
            match p.full_row.filter(|&count| count > 0) {
                Some(count) => to.par_chunks_exact_mut(count).enumerate().for_each(|(row, to)| add(row, to)),
                None => (0..p.edges.rows()).for_each(|row| add(row, &mut to[p.row(row)])),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        memory::LINE,
        network::{
            Delays, Edges, Weights,
            delivery::test_support::{connectivity, noise, projection},
        },
    };

    /// Makes a network in which neurons 0 to 10 of the first group project all-to-all to groups of 37 and 21 neurons,
    /// and neurons 3 to 7 of the second group project to half of each.
    fn mixed() -> Connectivity {
        let half = |post| Edges::bernoulli(5, post, 0.5, 5, Weights::Uniform(0.0), Delays::Uniform(1)).unwrap();
        connectivity(
            &[11, 9, 37, 21],
            vec![
                projection(0, 0, 2, 0, Edges::dense(11, 37, Delays::Uniform(1))),
                projection(1, 3, 2, 0, half(37)),
                projection(0, 0, 3, 0, Edges::dense(11, 21, Delays::Uniform(2))),
                projection(1, 3, 3, 0, half(21)),
            ],
        )
    }

    #[test]
    fn packed_weights_are_summed_in_the_order_of_synapses() {
        let mixed = mixed();
        let weights = noise::<f64>(1, mixed.synapses);
        let twice: Vec<f64> = weights.iter().map(|w| 2.0 * w).collect();
        let (once, twice) = (mixed.pack(&weights), mixed.pack(&twice));
        let mut sums = vec![7.0; weights.len()];
        mixed.unpack_sum(&[&once, &twice], &mut sums);
        assert!(sums.iter().zip(&weights).all(|(sum, w)| *sum == w + 2.0 * w));
        let size = |x: &[f64]| x.iter().map(|w| w.abs()).sum::<f64>();
        assert!(size(&once) < size(&weights) + 1e-9, "padding is not zero");
    }

    #[test]
    fn rows_of_all_to_all_projections_begin_with_a_cache_line() {
        let mixed = mixed();
        assert_eq!(mixed.layout.all_to_all, [true, false, true, true]);
        let mut taken = vec![false; mixed.layout.len];
        for (p, packed) in mixed.projections.iter().zip(&mixed.layout.rows) {
            for row in 0..p.edges.rows() {
                let own = packed.row(p, row);
                if mixed.layout.all_to_all[p.pre] {
                    assert!(own.start.is_multiple_of(LINE) && own.len() == p.targets.next_multiple_of(LINE));
                }
                own.for_each(|at| assert!(!std::mem::replace(&mut taken[at], true), "{at} has two synapses"));
            }
        }
        // The rows of the second all-to-all projection follow those of the first, neuron by neuron.
        let row = |k: usize| mixed.layout.rows[k].row(&mixed.projections[k], 4);
        assert_eq!(row(0).end, row(2).start);
    }
}
