//! Weights as runs have them, and gradients by them: of a group whose neurons all have synapses to all targets, those of
//! a neuron follow each other, along all projections, each from the start of a cache line.

use crate::network::circuit::{Circuit, Link};
use crate::{Precision, cpu::recurrent::LINE, memory::AlignedVec};
use rayon::prelude::*;

/// Where the synapses of a projection lie.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PackedRows {
    /// The first.
    at: usize,
    /// From one row to the next; none where they follow each other without gaps.
    pitch: Option<usize>,
}

impl Link {
    /// Where the synapses of a row lie, and for how many there is place.
    #[inline(always)]
    pub(crate) fn packed_row(&self, row: usize) -> std::ops::Range<usize> {
        match self.packed.pitch {
            Some(pitch) => {
                let at = self.packed.at + row * pitch;
                at..at + self.targets.next_multiple_of(LINE)
            }
            None => {
                self.packed.at + self.edges.starts[row] as usize..self.packed.at + self.edges.starts[row + 1] as usize
            }
        }
    }
}

/// Places all projections of a circuit; gives which groups have neurons with lines of their own, and how many numbers
/// there are.
pub(crate) fn place(links: &mut [Link], from: &[Vec<usize>]) -> (Vec<bool>, usize) {
    let (mut all_to_all, mut end) = (vec![], 0);
    for own in from {
        let all = own.iter().all(|&l| links[l].full_row.is_some());
        let pitch = own.iter().map(|&l| links[l].targets.next_multiple_of(LINE)).sum();
        let (begin, mut at) = (end, end);
        for &l in own {
            let link = &mut links[l];
            link.packed = PackedRows { at, pitch: all.then_some(pitch) };
            at += if all { link.targets } else { link.synapses }.next_multiple_of(LINE);
            end = at.max(if all { begin + link.edges.rows() * pitch } else { 0 });
        }
        all_to_all.push(all);
    }
    (all_to_all, end)
}

impl Circuit {
    /// Lays weights out; what no synapse has is zero.
    pub(crate) fn pack<F: Precision>(&self, weights: &[F]) -> AlignedVec<F> {
        let mut to = AlignedVec::new(self.packed_weights);
        for link in &self.links {
            for row in 0..link.edges.rows() {
                let (own, _) = link.synapses_of(link.first + row as u32);
                to[link.packed_row(row).start..][..own.len()].copy_from_slice(&weights[link.weights..][own]);
            }
        }
        to
    }

    /// Sums up what lies so, in the order given.
    pub(crate) fn unpack_sum<F: Precision>(&self, parts: &[&[F]], to: &mut [F]) {
        to.fill(F::default());
        for link in &self.links {
            let to = &mut to[link.weights..][..link.synapses];
            let add = |row: usize, to: &mut [F]| {
                for part in parts {
                    to.iter_mut().zip(&part[link.packed_row(row)]).for_each(|(to, &x)| *to += x);
                }
            };
            match link.full_row.filter(|&count| count > 0) {
                Some(count) => to.par_chunks_exact_mut(count).enumerate().for_each(|(row, to)| add(row, to)),
                None => (0..link.edges.rows()).for_each(|row| {
                    let (own, _) = link.synapses_of(link.first + row as u32);
                    add(row, &mut to[own])
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Delays, Edges, Projection, Weights, delivery::active_rows::tests::*};

    /// Neurons 0 to 10 to 37 and to 21, all pairs, and neurons 3 to 7 of others to half of each.
    fn circuit() -> Circuit {
        let projection = |pre: usize, first: usize, post: usize, edges: Edges| Projection {
            first,
            ..Projection::new(format!("{pre} {post}"), pre, post, 1, edges)
        };
        let half = |post| Edges::bernoulli(5, post, 0.5, 5, Weights::Uniform(0.0), Delays::Uniform(1)).unwrap();
        let projections = vec![
            projection(0, 0, 2, Edges::dense(11, 37, Delays::Uniform(1))),
            projection(1, 3, 2, half(37)),
            projection(0, 0, 3, Edges::dense(11, 21, Delays::Uniform(2))),
            projection(1, 3, 3, half(21)),
        ];
        super::super::active_rows::tests::circuit(&[("a", 11), ("b", 9), ("c", 37), ("d", 21)], projections)
    }

    #[test]
    fn what_is_laid_out_is_summed_in_the_order_of_weights() {
        let circuit = circuit();
        let weights = noise::<f64>(1, circuit.synapses());
        let (once, twice) =
            (circuit.pack(&weights), circuit.pack(&weights.iter().map(|w| 2.0 * w).collect::<Vec<_>>()));
        let mut sums = vec![7.0; weights.len()];
        circuit.unpack_sum(&[&once, &twice], &mut sums);
        assert!(sums.iter().zip(&weights).all(|(sum, w)| *sum == w + 2.0 * w));
        assert!(once.iter().map(|w| w.abs()).sum::<f64>() < weights.iter().map(|w| w.abs()).sum::<f64>() + 1e-9);
    }

    #[test]
    fn rows_have_lines_of_their_own_where_all_pairs_are() {
        let circuit = circuit();
        assert_eq!(circuit.all_to_all, [true, false, true, true]);
        let mut taken = vec![false; circuit.packed_weights];
        for link in &circuit.links {
            for row in 0..link.edges.rows() {
                let own = link.packed_row(row);
                if circuit.all_to_all[link.pre] {
                    assert!(own.start.is_multiple_of(LINE) && own.len() == link.targets.next_multiple_of(LINE));
                }
                own.for_each(|at| assert!(!std::mem::replace(&mut taken[at], true), "{at} has two synapses"));
            }
        }
        // The second projection's follow the first's, row by row.
        let [first, .., second, _] = &circuit.links[..] else { unreachable!() };
        assert_eq!(first.packed_row(4).end, second.packed_row(4).start);
    }
}
